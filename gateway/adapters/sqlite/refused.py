"""Refused news in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.cell import NEWS, REFUSED
from gateway.adapters.sqlite.cell import CELLS
from gateway.adapters.sqlite.statement import write

if TYPE_CHECKING:
    import sqlite3

    from gateway.adapters.ledger_rules.change import Changes

__all__ = ["save_refused"]


def save_refused(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write what was put aside, and take back what is to be read again or discarded."""
    write(
        connection,
        f"INSERT INTO refused ({REFUSED}, memo, body) VALUES $rows ON CONFLICT (id) DO NOTHING",  # noqa: S608 - a constant
        [CELLS.of_refused(refused) for refused in changes.refused],
    )
    for revision in changes.revised:
        if revision.again:
            connection.execute(
                f"INSERT INTO news ({NEWS}) SELECT id, system, kept_at, media_type, memo, body, 1 FROM refused WHERE id = ?",  # noqa: S608 - a constant
                (revision.news_id,),
            )
        connection.execute("DELETE FROM refused WHERE id = ?", (revision.news_id,))
