"""Which canonical fields a table carries, and which it loses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from gateway.mapping.converter import Pair
from gateway.mapping.path import render
from gateway.mapping.row import Cell, Each, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Coverage", "cover"]

ELEMENT = re.compile(r"\[(?:[^\]']|'[^']*')*\]")


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Canonical paths by the direction in which a table carries them; lists are written `papers[]`.

    `narrowed`: instants of which only the day is written. `keeps`: where what is not mapped is kept.
    """

    both: tuple[str, ...]
    read_only: tuple[str, ...]
    write_only: tuple[str, ...]
    narrowed: tuple[str, ...] = ()
    keeps: str = ""

    def lost(self, paths: Iterable[str]) -> list[str]:
        """Of canonical leaf paths, those that the table never writes. Indexes and selectors are not looked at."""
        carried = {ELEMENT.sub("", path) for path in (*self.both, *self.write_only)}
        for path in (*self.both, *self.write_only):
            for found in re.finditer(r"([^\[\]]+)=", path):
                place = ELEMENT.sub("", path[: path.rindex("[", 0, found.start() + 1)])
                carried.add(f"{place}.{found[1].strip(' ,:')}")
        if self.keeps:
            carried.add(self.keeps)
        return [path for path in paths if not _is_within(ELEMENT.sub("", path), carried)]


def _is_within(path: str, carried: set[str]) -> bool:
    names = path.split(".")
    return any(".".join(names[:count]) in carried for count in range(1, len(names) + 1))


def cover(rows: tuple[Row, ...], keeps: str) -> Coverage:
    """The coverage of the rows of a table."""
    found: dict[str, set[str]] = {"both": set(), "read": set(), "write": set()}
    narrowed: set[str] = set()
    for path, ways, cell in _paths(rows, "", reads=True, writes=True):
        found[ways].add(path)
        if isinstance(cell.pair, Pair) and cell.pair.narrows and cell.codes is None:
            narrowed.add(path)
    reads = found["read"] - found["both"]
    writes = found["write"] - found["both"]
    return Coverage(
        both=tuple(sorted(found["both"] | (reads & writes))),
        read_only=tuple(sorted(reads - writes)),
        write_only=tuple(sorted(writes - reads)),
        narrowed=tuple(sorted(narrowed)),
        keeps=keeps,
    )


def _paths(rows: tuple[Row, ...], base: str, *, reads: bool, writes: bool) -> Iterator[tuple[str, Literal["both", "read", "write"], Cell]]:
    for row in rows:
        reading, writing = reads and row.reading.active, writes and row.writing.active
        if not isinstance(row, Cell):
            place = render(row.canonical) + ("[]" if isinstance(row, Each) else "")
            inner = base if place == "." else f"{base}{place}."
            below: tuple[Row, ...] = row.rows
            if isinstance(row, Each) and row.item is not None:
                below = (row.item,)
            yield from _paths(below, inner, reads=reading, writes=writing)
        elif row.canonical is not None and (reading or writing):
            path = f"{base}{render(row.canonical)}" if row.canonical else base[:-1]
            yield path, _ways(reading=reading, writing=writing), row


def _ways(*, reading: bool, writing: bool) -> Literal["both", "read", "write"]:
    if reading and writing:
        return "both"
    return "read" if reading else "write"
