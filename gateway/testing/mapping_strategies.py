"""Canonical documents made up from what a mapping table carries, and the proof that they come back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from gateway.mapping.converter import Parts
from gateway.mapping.row import Cell, Each, Embedded, Row, Within
from gateway.mapping.tree import MISSING, JsonValue, Tree, spoken
from gateway.mapping.way import CANONICAL, getter, putter

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.mapping import CompiledMapping
    from gateway.mapping.row import Document

__all__ = ["canonical_trees", "lost_on_the_way"]

WORDS = st.sampled_from(["Nguyễn", "Thị", "Văn", "Hồng", "Hạnh", "An", "Rơ Châm".replace(" ", "-"), "Đức"])
TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip() and text != "")
TRUNCATED: dict[str, dict[str, int]] = {
    "microsecond": {},
    "second": {"microsecond": 0},
    "minute": {"microsecond": 0, "second": 0},
    "hour": {"microsecond": 0, "second": 0, "minute": 0},
    "day": {"microsecond": 0, "second": 0, "minute": 0, "hour": 0},
}
TRUNCATED["month"] = {**TRUNCATED["day"], "day": 1}
TRUNCATED["year"] = {**TRUNCATED["month"], "month": 1}


def canonical_trees(mapping: CompiledMapping) -> st.SearchStrategy[Tree]:
    """Canonical documents with what the table carries both ways, and all that it requires."""

    @st.composite
    def trees(draw: st.DrawFn) -> Tree:
        out: Tree = {}
        _Maker(draw, mapping.table.document).fill(mapping.table.rows, out)
        return out

    return trees()


def lost_on_the_way(mapping: CompiledMapping, canonical: Tree) -> list[str]:
    """What does not come back from canonical -> agency -> canonical although the table carries it; empty when all is well."""
    found = mapping.read(mapping.write_bytes(canonical))
    excused = set(mapping.does_not_return(canonical))
    return list(_absent(canonical, found, excused, ""))


class _Maker:
    def __init__(self, draw: st.DrawFn, document: Document) -> None:
        self.draw = draw
        self.document = document

    def fill(self, rows: tuple[Row, ...], out: Tree, *, all_of_them: bool = False) -> None:
        for row in rows:
            needed = row.writing.required or row.reading.required
            if not row.writing.active or not (row.reading.active or needed):
                continue
            if needed or all_of_them or self.draw(st.booleans()):
                self.row(row, rows, out)

    def row(self, row: Row, rows: tuple[Row, ...], out: Tree) -> None:
        match row:
            case Cell():
                values = cell_values(row, self.document)
                if row.canonical is not None and values is not None:
                    putter(row.canonical, CANONICAL)(out, self.draw(values))
            case Within() | Embedded():
                self.part(row, out)
            case Each():
                self.items(row, rows, out)

    def part(self, row: Within | Embedded, out: Tree) -> None:
        place = getter(row.canonical, CANONICAL)(out, None)
        into: Tree = place if isinstance(place, dict) else {}
        document = row.document if isinstance(row, Embedded) else self.document
        needed = row.writing.required or row.reading.required
        _Maker(self.draw, document).fill(row.rows, into, all_of_them=needed)
        if into and into is not place:
            putter(row.canonical, CANONICAL)(out, into)

    def items(self, row: Each, rows: tuple[Row, ...], out: Tree) -> None:
        least = int(self.document.dialect.xml)
        fits = _fits(row, rows)
        made = [self.item(row) for _ in range(self.draw(st.integers(least, 3)))]
        kept = [item for item in made if fits(item)]
        if len(kept) < least:
            return
        putter(row.canonical, CANONICAL)(out, [])
        place = getter(row.canonical, CANONICAL)(out, None)
        if isinstance(place, list):
            place += kept

    def item(self, row: Each) -> JsonValue:
        if row.item is None:
            out: Tree = {}
            self.fill(row.rows, out)
            return out
        values = cell_values(row.item, self.document)
        usual = st.just("x") if values is None else values
        value: JsonValue = self.draw(usual.filter(lambda value: value is not None))
        holder: Tree = {}
        putter(row.item.canonical or (), CANONICAL)(holder, value)
        return holder if row.item.canonical else value


def _fits(row: Each, rows: tuple[Row, ...]) -> Callable[[JsonValue], bool]:
    """An item belongs to this row, and to no other row of the same canonical list."""
    mine = row.writing.where
    others = [
        other.writing.where
        for other in rows
        if isinstance(other, Each) and other is not row and other.canonical == row.canonical and other.writing.active
    ]

    def fits(item: JsonValue) -> bool:
        return (mine is None or mine(item)) and not any(other is None or other(item) for other in others)

    return fits


def cell_values(cell: Cell, document: Document) -> st.SearchStrategy[JsonValue] | None:
    """Canonical values that a cell carries and gives back; None when it carries none."""
    if cell.constant is not MISSING or cell.formula is not None:
        return None
    if cell.codes is not None:
        words = cell.codes.words()
        return st.sampled_from(words) if words else None
    values = _of_kind(cell, document)
    if cell.policy.absent:
        values = values.filter(lambda value: spoken(value) not in cell.policy.absent)
    nullable = "empty" in {cell.policy.empty, cell.policy.nil}
    needed = cell.writing.required or cell.reading.required
    if not nullable or needed or isinstance(cell.pair, Parts) or _is_attribute(cell):
        return values
    return st.one_of(values, values, values, st.none())


def _is_attribute(cell: Cell) -> bool:
    """XML has no null for an attribute, nor for an element in a list that a selector names."""
    last = cell.agency[0][-1:] if cell.agency else ()
    return any(step.name.startswith("@") or step.matches for step in last)


def _of_kind(cell: Cell, document: Document) -> st.SearchStrategy[JsonValue]:
    kind = cell.pair.kind
    match kind.name:
        case "any":
            return st.one_of(TEXTS, st.integers(-(2**40), 2**40), st.booleans())
        case "day":
            return st.one_of([DAYS[name] for name in kind.detail])
        case "decimal":
            return st.one_of(
                st.integers(-(10**9), 10**9),
                st.integers(-(10**6), 10**6).map(lambda number: number / 1000),
            )
        case "digits":
            return st.integers(0, 10**9).map(str)
        case "flag":
            return st.booleans()
        case "instant":
            return instants(kind.detail[0], document.zone)
        case "integer":
            return st.integers(-(10**9), 10**9)
        case "name":
            return st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
        case _:
            return TEXTS


DAYS: dict[str, st.SearchStrategy[JsonValue]] = {
    "day": st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)).map(lambda day: day.isoformat()),
    "year": st.integers(1900, 2100).map(str),
}


def instants(precision: str, zone: dt.timezone) -> st.SearchStrategy[JsonValue]:
    """Instants in the table's zone, no finer than a precision."""
    moments = st.datetimes(
        dt.datetime(1976, 1, 1),  # noqa: DTZ001 - hypothesis takes bounds without a zone
        dt.datetime(2100, 1, 1),  # noqa: DTZ001 - likewise
    )

    def text(moment: dt.datetime) -> JsonValue:
        if precision == "millisecond":
            rounded = moment.microsecond // 1000 * 1000
            moment = moment.replace(microsecond=rounded)
        else:
            moment = moment.replace(**TRUNCATED[precision])  # type: ignore[arg-type]  # names of whole numbers only
        return moment.replace(tzinfo=zone).isoformat()

    return moments.map(text)


def _absent(expected: JsonValue, found: JsonValue, excused: set[str], path: str) -> list[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for name, inner in expected.items()
            for line in _absent(
                inner,
                found.get(name),
                excused,
                f"{path}.{name}" if path else name,
            )
        ]
    if isinstance(expected, list) and isinstance(found, list):
        return _absent_items(expected, found, excused, path)
    if expected == found and type(expected) is type(found):
        return []
    if not expected and isinstance(expected, (dict, list)):
        return []
    if any(other == path or other.startswith((f"{path}.", f"{path}[")) for other in excused):
        return []
    return [f"{path}: {expected!r} came back as {found!r}"]


def _absent_items(expected: list[JsonValue], found: list[JsonValue], excused: set[str], path: str) -> list[str]:
    lines: list[str] = []
    rest = list(found)
    for index, item in enumerate(expected):
        below = f"{path}[{index}]"
        place = next(
            (place for place, other in enumerate(rest) if not _absent(item, other, excused, below)),
            None,
        )
        if place is not None:
            rest = rest[place + 1 :]
        elif not any(other.startswith(below) for other in excused):
            lines += _absent(item, rest[0] if rest else None, excused, below)
    return lines
