"""Statements over many rows at once: one array for each column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Connection, Record

__all__ = ["select", "write"]


async def write(connection: Connection[Record], statement: str, types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Run `statement`, whose `$rows` stands for the `unnest` of the rows, once; not at all when there are none."""
    if rows:
        await connection.execute(statement.replace("$rows", _unnest(types)), *_columns(rows))


async def select(connection: Connection[Record], statement: str, types: Sequence[str], keys: Sequence[tuple[Any, ...]]) -> list[Record]:
    """Run `statement`, whose `$rows` stands for the `unnest` of the keys, once; find nothing when there are none."""
    if not keys:
        return []
    return await connection.fetch(statement.replace("$rows", _unnest(types)), *_columns(keys))


def _unnest(types: Sequence[str]) -> str:
    """Write the call of `unnest` for columns of these types."""
    return f"unnest({', '.join(f'${place}::{name}[]' for place, name in enumerate(types, 1))})"


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Turn rows into columns."""
    return [list(column) for column in zip(*rows, strict=True)]
