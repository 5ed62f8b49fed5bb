"""How values lie in PostgreSQL, and how they are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from gateway.adapters.ledger_rules.row import Row
from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.domain.receipt import Receipt
from gateway.ports import Kept, News

if TYPE_CHECKING:
    from asyncpg import Record

__all__ = [
    "NEWS",
    "NEWS_TYPES",
    "ROW",
    "ROW_TYPES",
    "cells_of",
    "identifier_of",
    "issuer_cell",
    "kept_cells",
    "kept_of",
    "receipt_of",
    "row_of",
]

#: The columns of a delivery, in the order of `cells_of` and `row_of`, and their types.
ROW = (
    "id, transfer_id, destination, dossier_id, position, state, attempts, accepted_at, changed_at, due_at, publish_at, "
    "lease_until, failing_since, fence, owner, ask_first, cause, text, reference, replayed_after"
)
ROW_TYPES = (
    *("text", "text", "text", "text", "bigint", "text", "integer"),
    *(["timestamptz"] * 6),
    *("bigint", "text", "boolean", "text", "text", "text", "integer"),
)
#: The columns of news, in the order of `kept_cells` and `kept_of`, and their types.
NEWS = "id, system, kept_at, media_type, memo, body, again"
NEWS_TYPES = ("text", "text", "timestamptz", "text", "text", "bytea", "boolean")

_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode


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
        row.accepted_at,
        row.changed_at,
        row.due_at,
        row.publish_at,
        row.lease_until,
        row.failing_since,
        row.fence,
        row.owner,
        row.ask_first,
        row.cause,
        row.text,
        row.reference,
        row.replayed_after,
    )


def row_of(cells: Record) -> Row:
    """Read a delivery, in the order of `ROW`."""
    return Row(
        id=cells[0],
        transfer_id=cells[1],
        destination=cells[2],
        dossier_id=cells[3],
        position=cells[4],
        state=State(cells[5]),
        attempts=cells[6],
        accepted_at=cells[7],
        changed_at=cells[8],
        due_at=cells[9],
        publish_at=cells[10],
        lease_until=cells[11],
        failing_since=cells[12],
        fence=cells[13],
        owner=cells[14],
        ask_first=cells[15],
        cause=cells[16],
        text=cells[17],
        reference=cells[18],
        replayed_after=cells[19],
    )


def receipt_of(cells: Record) -> Receipt:
    """Read a receipt: id, message_id, sender, dossier_id, digest, accepted_at, destinations."""
    return Receipt(
        transfer_id=cells[0],
        message_id=cells[1],
        sender=cells[2],
        dossier_id=cells[3],
        digest=cells[4],
        accepted_at=cells[5],
        destinations=_decode_names(cells[6]),
    )


def kept_cells(kept: Kept) -> tuple[Any, ...]:
    """Write news, in the order of `NEWS`."""
    return (kept.id, kept.system, kept.kept_at, kept.news.media_type, kept.news.memo, kept.news.body, kept.again)


def kept_of(cells: Record) -> Kept:
    """Read news, in the order of `NEWS`."""
    name, system, kept_at, media_type, memo, body, again = cells
    return Kept(id=name, system=system, kept_at=kept_at, news=News(body=body, media_type=media_type, memo=memo), again=bool(again))


def issuer_cell(name: Identifier) -> str | None:
    """Write an issuer: NULL when not said, empty when said to be none."""
    return None if name.issuer is UNSET else (name.issuer or "")


def identifier_of(value: str, scheme: str, issuer: str | None) -> Identifier:
    """Read an identifier."""
    said = UNSET if issuer is None else (issuer or None)
    return Identifier(value=value, scheme=scheme, issuer=said)
