"""Refused news in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from gateway.adapters.postgres.cell import NEWS
from gateway.adapters.postgres.statement import write
from gateway.domain.errors import Problem
from gateway.domain.transfer import digest
from gateway.ports import RefusedNews

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from gateway.adapters.ledger_rules.change import Changes
    from gateway.adapters.ledger_rules.command import Refuse

__all__ = ["REFUSED", "refused_of", "save_refused"]

#: What is shown of refused news, in the order of `refused_of`.
REFUSED = "id, system, kept_at, refused_at, code, problems, media_type, sha256, size"
TYPES = ("text", "text", "timestamptz", "timestamptz", "text", "text", "text", "text", "bigint", "text", "bytea")

_decode_problems = msgspec.json.Decoder(tuple[Problem, ...]).decode


def refused_of(cells: Record) -> RefusedNews:
    """Read what is shown of refused news."""
    name, system, kept_at, refused_at, code, problems, media_type, sha256, size = cells
    return RefusedNews(
        id=name,
        system=system,
        kept_at=kept_at,
        refused_at=refused_at,
        code=code,
        problems=_decode_problems(problems),
        media_type=media_type,
        sha256=sha256,
        size=size,
    )


async def save_refused(connection: Connection[Record], changes: Changes) -> None:
    """Write what was put aside, and take back what is to be read again or discarded."""
    await write(
        connection,
        f"INSERT INTO refused ({REFUSED}, memo, body) SELECT * FROM $rows ON CONFLICT (id) DO NOTHING",  # noqa: S608 - a constant
        TYPES,
        [_cells(refused) for refused in changes.refused],
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


def _cells(refused: Refuse) -> tuple[Any, ...]:
    """Write refused news: what is shown of them, then memo and body."""
    kept, news = refused.kept, refused.kept.news
    problems = msgspec.json.encode(refused.problems).decode()
    shown = (kept.id, kept.system, kept.kept_at, refused.at, refused.code, problems, news.media_type, digest(news.body), len(news.body))
    return (*shown, news.memo, news.body)
