"""Rows of a table that cannot stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gateway.mapping.path import Path, render
from gateway.mapping.row import Cell, Each, Row, Turn

if TYPE_CHECKING:
    from gateway.mapping.sheet import Sheet

__all__ = ["find_conflicts"]

Side = Literal["agency", "canonical"]


def find_conflicts(sheet: Sheet, rows: tuple[Row, ...]) -> None:
    """Report two rows that always give the same value, and a value that is also an object; each list and part by itself."""
    for side in ("agency", "canonical"):
        _same_scope(sheet, rows, "agency" if side == "agency" else "canonical")
    for row in rows:
        if not isinstance(row, Cell):
            find_conflicts(sheet, row.rows)


def _same_scope(sheet: Sheet, rows: tuple[Row, ...], side: Side) -> None:
    always: dict[Path, int] = {}
    for row in rows:
        if not isinstance(row, Cell) or not _always(row, side):
            continue
        for path in _paths(row, side):
            if path in always:
                sheet.add(
                    row.line,
                    f"{side} {render(path)!r} is already given by the row of line {always[path]}; "
                    "mark one `read_only`, `write_only` or give it a condition",
                )
            always.setdefault(path, row.line)
    _report_objects(sheet, rows, side, always)


def _always(row: Cell, side: Side) -> bool:
    """Does the row, without condition and in both directions or by a constant, give this side?"""
    turn: Turn = row.writing if side == "agency" else row.reading
    two_way = row.reading.active and row.writing.active
    return turn.active and turn.when is None and (two_way or _is_given(row))


def _is_given(row: Cell) -> bool:
    return row.canonical is None or not row.agency


def _paths(row: Cell, side: Side) -> tuple[Path, ...]:
    if side == "agency":
        return row.agency
    return () if row.canonical is None else (row.canonical,)


def _report_objects(sheet: Sheet, rows: tuple[Row, ...], side: Side, values: dict[Path, int]) -> None:
    for row in rows:
        paths = _paths(row, side) if isinstance(row, Cell) else ((row.agency if side == "agency" else row.canonical),)
        for path in paths:
            for count in range(1, len(path)):
                line = values.get(path[:count])
                if line and not _is_text_of_element(path, count, row):
                    sheet.add(
                        row.line,
                        f"{side} {render(path[:count])!r} is a value in line {line}, and an object here",
                    )


def _is_text_of_element(path: Path, count: int, row: Row) -> bool:
    """In XML an element has text and attributes at once."""
    return path[count].name.startswith(("@", "#")) and not isinstance(row, Each)
