"""What a round of commands changes, collected so that a store can write it in bulk."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gateway.adapters.ledger_rules.command import Ask, Refuse
from gateway.adapters.ledger_rules.row import Row
from gateway.domain.delivery import ACTIVE
from gateway.domain.dossier import Identifier
from gateway.domain.journal import link, microseconds
from gateway.domain.receipt import Receipt
from gateway.ports import Acceptance, Kept, Revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["CaseOpened", "Changes", "DossierOpened", "Entry", "JournalRow", "chained"]

#: number, microseconds, transfer, delivery, before, after, who, why, chain
JournalRow = tuple[int, int, str, str, str, str, str, str, bytes]


class DossierOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier seen for the first time."""

    id: str
    origin: str
    procedure: str
    opened_at: datetime


class CaseOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A destination settles a dossier now."""

    destination: str
    dossier_id: str
    reference: str
    opened_at: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change of state, before it has a number and a chain."""

    at: datetime
    transfer_id: str
    delivery_id: str
    before: str
    after: str
    who: str
    why: str


class Changes(msgspec.Struct, kw_only=True):
    """Grows while a round is decided; then a store writes it.

    `identifiers` must be new: that one of them is not means that another process was faster, and the round must be run again.
    `references` give way to an owner that is there. `ended` is written before `moved`, so that a lane never has two active rows.
    """

    dossiers: list[DossierOpened] = msgspec.field(default_factory=list)
    procedures: list[tuple[str, str]] = msgspec.field(default_factory=list)
    identifiers: list[tuple[str, Identifier]] = msgspec.field(default_factory=list)
    references: list[tuple[str, Identifier]] = msgspec.field(default_factory=list)
    transfers: list[tuple[Acceptance, Receipt]] = msgspec.field(default_factory=list)
    deliveries: list[Row] = msgspec.field(default_factory=list)
    ended: list[Row] = msgspec.field(default_factory=list)
    moved: list[Row] = msgspec.field(default_factory=list)
    published: list[Row] = msgspec.field(default_factory=list)
    opened: list[CaseOpened] = msgspec.field(default_factory=list)
    closed: list[tuple[str, str]] = msgspec.field(default_factory=list)
    asked: list[Ask] = msgspec.field(default_factory=list)
    checkpoints: list[tuple[str, str]] = msgspec.field(default_factory=list)
    kept: list[Kept] = msgspec.field(default_factory=list)
    forgotten: list[str] = msgspec.field(default_factory=list)
    refused: list[Refuse] = msgspec.field(default_factory=list)
    revised: list[Revision] = msgspec.field(default_factory=list)
    readers: list[tuple[bytes, str]] = msgspec.field(default_factory=list)
    journal: list[Entry] = msgspec.field(default_factory=list)

    def grant(self, attachments: Iterable[str], systems: Iterable[str]) -> None:
        """Let each of the systems read each of the attachments."""
        self.readers.extend((bytes.fromhex(sha256), system) for sha256 in attachments for system in systems)

    def move(self, before: Row, after: Row, *, who: str, why: str) -> None:
        """Change a row and journal it."""
        (self.moved if after.state in ACTIVE else self.ended).append(after)
        self.journal.append(
            Entry(
                at=after.changed_at,
                transfer_id=after.transfer_id,
                delivery_id=after.id,
                before=before.state,
                after=after.state,
                who=who,
                why=why,
            )
        )


def chained(number: int, chain: bytes, entries: Sequence[Entry]) -> list[JournalRow]:
    """Number the entries from after `number` on, and chain them to `chain`."""
    rows: list[JournalRow] = []
    for entry in entries:
        number += 1
        told = (
            number,
            microseconds(entry.at),
            entry.transfer_id,
            entry.delivery_id,
            entry.before,
            entry.after,
            entry.who,
            entry.why,
        )
        chain = link(chain, told)
        rows.append((*told, chain))
    return rows
