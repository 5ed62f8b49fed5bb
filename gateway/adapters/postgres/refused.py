"""Refused news in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.cell import NEWS, REFUSED
from gateway.adapters.postgres.cell import CELLS, REFUSED_TYPES
from gateway.adapters.postgres.statement import write

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from gateway.adapters.ledger_rules.change import Changes

__all__ = ["save_refused"]


async def save_refused(connection: Connection[Record], changes: Changes) -> None:
    """Write what was put aside, and take back what is to be read again or discarded."""
    await write(
        connection,
        f"INSERT INTO refused ({REFUSED}, memo, body) SELECT * FROM $rows ON CONFLICT (id) DO NOTHING",  # noqa: S608 - a constant
        REFUSED_TYPES,
        [CELLS.of_refused(refused) for refused in changes.refused],
    )
    await write(
        connection,
        f"INSERT INTO news ({NEWS}) SELECT id, system, kept_at, media_type, memo, body, true FROM refused"  # noqa: S608 - a constant
        " WHERE id IN (SELECT * FROM $rows)",
        ("text",),
        [(revision.news_id,) for revision in changes.revised if revision.again],
    )
    await write(
        connection,
        "DELETE FROM refused WHERE id IN (SELECT * FROM $rows)",
        ("text",),
        [(revision.news_id,) for revision in changes.revised],
    )
