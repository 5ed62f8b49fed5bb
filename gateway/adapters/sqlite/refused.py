"""Refused news in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from gateway.adapters.sqlite.cell import NEWS, instant
from gateway.adapters.sqlite.statement import write
from gateway.domain.errors import Problem
from gateway.domain.journal import microseconds
from gateway.domain.transfer import digest
from gateway.ports import RefusedNews

if TYPE_CHECKING:
    import sqlite3

    from gateway.adapters.ledger_rules.change import Changes
    from gateway.adapters.ledger_rules.command import Refuse

__all__ = ["REFUSED", "refused_of", "save_refused"]

#: What is shown of refused news, in the order of `refused_of`.
REFUSED = "id, system, kept_at, refused_at, code, problems, media_type, sha256, size"

_decode_problems = msgspec.json.Decoder(tuple[Problem, ...]).decode


def refused_of(cells: tuple[Any, ...]) -> RefusedNews:
    """Read what is shown of refused news."""
    name, system, kept_at, refused_at, code, problems, media_type, sha256, size = cells
    return RefusedNews(
        id=name,
        system=system,
        kept_at=instant(kept_at),
        refused_at=instant(refused_at),
        code=code,
        problems=_decode_problems(problems),
        media_type=media_type,
        sha256=sha256,
        size=size,
    )


def save_refused(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write what was put aside, and take back what is to be read again or discarded."""
    write(
        connection,
        f"INSERT INTO refused ({REFUSED}, memo, body) VALUES $rows ON CONFLICT (id) DO NOTHING",  # noqa: S608 - a constant
        [_cells(refused) for refused in changes.refused],
    )
    for revision in changes.revised:
        if revision.again:
            connection.execute(
                f"INSERT INTO news ({NEWS}) SELECT id, system, kept_at, media_type, memo, body, 1 FROM refused WHERE id = ?",  # noqa: S608 - a constant
                (revision.news_id,),
            )
        connection.execute("DELETE FROM refused WHERE id = ?", (revision.news_id,))


def _cells(refused: Refuse) -> tuple[Any, ...]:
    """Write refused news: what is shown of them, then memo and body."""
    kept, news = refused.kept, refused.kept.news
    at, problems = microseconds(refused.at), msgspec.json.encode(refused.problems).decode()
    shown = (
        kept.id,
        kept.system,
        microseconds(kept.kept_at),
        at,
        refused.code,
        problems,
        news.media_type,
        digest(news.body),
        len(news.body),
    )
    return (*shown, news.memo, news.body)
