"""Statements over many rows in few steps: every step gives up and takes back the interpreter lock, which costs more than the row."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

__all__ = ["select", "write"]

#: The most rows of one statement; fewer are filled up to a power of two with rows of NULLs, so that the connection keeps few statements prepared.
LARGEST = 128


def write(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run `statement`, whose `$rows` stands for the rows of a VALUES list, over all rows; the first cell of a row is never NULL."""
    for text, part in _parts(statement, rows):
        connection.execute(text, part)


def select(connection: sqlite3.Connection, statement: str, keys: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Run `statement`, whose `$rows` stands for the keys of a VALUES list, and walk over all it finds; a key of NULLs may be among them."""
    for text, part in _parts(statement, keys):
        yield from connection.execute(text, part)


def _parts(statement: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[Any]]]:
    """Cut the rows into parts, each with its statement."""
    for begin in range(0, len(rows), LARGEST):
        part = rows[begin : begin + LARGEST]
        size = 1 << (len(part) - 1).bit_length()
        cells = [cell for row in part for cell in row]
        width = len(part[0])
        cells += [None] * (width * (size - len(part)))
        yield _text(statement, width, size), cells


@cache
def _text(statement: str, width: int, size: int) -> str:
    """Write the statement for so many rows of so many cells; an insertion passes over the rows of NULLs."""
    statement = statement.replace(") VALUES $rows", ") SELECT * FROM (VALUES $rows) WHERE column1 IS NOT NULL")
    row = f"({', '.join('?' * width)})"
    return statement.replace("$rows", ", ".join([row] * size))
