"""How values lie in SQLite, and how they are read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from gateway.adapters.ledger_rules.row import Row
from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.domain.journal import microseconds
from gateway.domain.receipt import Receipt
from gateway.ports import Kept, News

__all__ = [
    "NEWS",
    "ROW",
    "cells_of",
    "identifier_of",
    "instant",
    "instant_or_none",
    "issuer_cell",
    "kept_cells",
    "kept_of",
    "receipt_of",
    "row_of",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: The columns of a delivery, in the order of `cells_of` and `row_of`.
ROW = (
    "id, transfer_id, destination, dossier_id, position, state, attempts, accepted_at, changed_at, due_at, publish_at, "
    "lease_until, failing_since, fence, owner, ask_first, cause, text, reference, replayed_after"
)
#: The columns of news, in the order of `kept_cells` and `kept_of`.
NEWS = "id, system, kept_at, media_type, memo, body, again"

_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode


def instant(at: int) -> datetime:
    """Read an instant."""
    return EPOCH + timedelta(microseconds=at)


def instant_or_none(at: int | None) -> datetime | None:
    """Read an instant that may be missing."""
    return None if at is None else instant(at)


def cells_of(row: Row) -> tuple[Any, ...]:
    """Write a delivery, in the order of `ROW`."""
    return (
        row.id,
        row.transfer_id,
        row.destination,
        row.dossier_id,
        row.position,
        row.state.value,
        row.attempts,
        microseconds(row.accepted_at),
        microseconds(row.changed_at),
        microseconds(row.due_at),
        microseconds(row.publish_at),
        None if row.lease_until is None else microseconds(row.lease_until),
        None if row.failing_since is None else microseconds(row.failing_since),
        row.fence,
        row.owner,
        row.ask_first,
        row.cause,
        row.text,
        row.reference,
        row.replayed_after,
    )


def row_of(cells: tuple[Any, ...]) -> Row:
    """Read a delivery, in the order of `ROW`."""
    return Row(
        id=cells[0],
        transfer_id=cells[1],
        destination=cells[2],
        dossier_id=cells[3],
        position=cells[4],
        state=State(cells[5]),
        attempts=cells[6],
        accepted_at=instant(cells[7]),
        changed_at=instant(cells[8]),
        due_at=instant(cells[9]),
        publish_at=instant(cells[10]),
        lease_until=instant_or_none(cells[11]),
        failing_since=instant_or_none(cells[12]),
        fence=cells[13],
        owner=cells[14],
        ask_first=bool(cells[15]),
        cause=cells[16],
        text=cells[17],
        reference=cells[18],
        replayed_after=cells[19],
    )


def receipt_of(cells: tuple[Any, ...]) -> Receipt:
    """Read a receipt: id, message_id, sender, dossier_id, digest, accepted_at, destinations."""
    return Receipt(
        transfer_id=cells[0],
        message_id=cells[1],
        sender=cells[2],
        dossier_id=cells[3],
        digest=cells[4],
        accepted_at=instant(cells[5]),
        destinations=_decode_names(cells[6]),
    )


def kept_cells(kept: Kept) -> tuple[Any, ...]:
    """Write news, in the order of `NEWS`."""
    return (kept.id, kept.system, microseconds(kept.kept_at), kept.news.media_type, kept.news.memo, kept.news.body, kept.again)


def kept_of(cells: tuple[Any, ...]) -> Kept:
    """Read news, in the order of `NEWS`."""
    name, system, kept_at, media_type, memo, body, again = cells
    return Kept(id=name, system=system, kept_at=instant(kept_at), news=News(body=body, media_type=media_type, memo=memo), again=bool(again))


def issuer_cell(name: Identifier) -> str | None:
    """Write an issuer: NULL when not said, empty when said to be none."""
    return None if name.issuer is UNSET else (name.issuer or "")


def identifier_of(value: str, scheme: str, issuer: str | None) -> Identifier:
    """Read an identifier."""
    said = UNSET if issuer is None else (issuer or None)
    return Identifier(value=value, scheme=scheme, issuer=said)
