"""Statements over many rows in few steps: every step gives up and takes back the interpreter lock, which costs more than the row."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

__all__ = ["select", "write"]

#: Few sizes, so that the connection keeps every statement prepared.
SIZES = (128, 32, 8, 1)


def write(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run `statement`, whose `$rows` stands for the rows of a VALUES list, over all rows."""
    for text, part in _parts(statement, rows):
        connection.execute(text, part)


def select(connection: sqlite3.Connection, statement: str, keys: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Run `statement`, whose `$rows` stands for the keys of a VALUES list, and walk over all it finds."""
    for text, part in _parts(statement, keys):
        yield from connection.execute(text, part)


def _parts(statement: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[Any]]]:
    """Cut the rows into parts of the few sizes, the largest first."""
    begin = 0
    for size in SIZES:
        while len(rows) - begin >= size:
            part = rows[begin : begin + size]
            yield _text(statement, len(part[0]), size), [cell for row in part for cell in row]
            begin += size


@cache
def _text(statement: str, width: int, size: int) -> str:
    """Write the statement for so many rows of so many cells."""
    row = f"({', '.join('?' * width)})"
    return statement.replace("$rows", ", ".join([row] * size))
