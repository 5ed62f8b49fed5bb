"""The steps of a compiled table: one function for each row and direction."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from gateway.mapping.bundle import fuse, source_of
from gateway.mapping.path import Path, render
from gateway.mapping.row import Cell, Each, Embedded, Row, Turn, Within
from gateway.mapping.run import Run
from gateway.mapping.translate import compile_cell
from gateway.mapping.tree import MISSING, JsonValue, Tree
from gateway.mapping.way import Dialect, getter, putter

if TYPE_CHECKING:
    from gateway.mapping.way import Get

__all__ = ["Direction", "Step", "compile_rows"]

#: From a node of the source into an object of the target.
Step: TypeAlias = Callable[["JsonValue", Tree, Run], None]


class Direction(msgspec.Struct, frozen=True, kw_only=True):
    """Which way the rows are gone, and how paths are written on both sides."""

    reading: bool
    source: Dialect
    target: Dialect
    embed: Callable[[Embedded, Direction, str], Step]

    def turn(self, row: Row) -> Turn:
        """What holds for a row in this direction."""
        return row.reading if self.reading else row.writing

    def sides(self, row: Each | Within | Embedded) -> tuple[Path, Path]:
        """Source path and target path of a row."""
        pair = (row.agency, row.canonical)
        return pair if self.reading else (pair[1], pair[0])


def compile_rows(rows: tuple[Row, ...], direction: Direction, base: str = "") -> tuple[Step, ...]:
    """The steps of the rows that work in this direction, in their order. `base`: the source path where they start."""
    steps: list[Step] = []
    for way, group in groupby(
        (row for row in rows if direction.turn(row).active),
        key=lambda row: source_of(row, reading=direction.reading),
    ):
        compiled = [(row, _guarded(row, direction, base)) for row in group]
        if way is None:
            steps += [step for _, step in compiled]
        else:
            bundle = [(row, step) for row, step in compiled if isinstance(row, Cell)]
            steps.append(fuse(bundle, way, reading=direction.reading))
    return tuple(steps)


def _guarded(row: Row, direction: Direction, base: str) -> Step:
    return _guard(_compile(row, direction, base), direction.turn(row))


def _guard(step: Step, turn: Turn) -> Step:
    when = turn.when
    if when is None:
        return step

    def guarded(node: JsonValue, out: Tree, run: Run) -> None:
        if when(node):
            step(node, out, run)

    return guarded


def _compile(row: Row, direction: Direction, base: str) -> Step:
    match row:
        case Cell():
            return compile_cell(
                row,
                reading=direction.reading,
                source=direction.source,
                target=direction.target,
                base=base,
            )
        case Each():
            return _each(row, direction, base)
        case Within():
            return _within(row, direction, base)
        case Embedded():
            return direction.embed(row, direction, base)


def _within(row: Within, direction: Direction, base: str) -> Step:
    source, target = direction.sides(row)
    separator = direction.source.separator
    path = base + render(source, separator) if source else base.rstrip(separator)
    inner_base = path + separator if path else ""
    get = getter(source, direction.source, base)
    look, put = getter(target, direction.target), putter(target, direction.target)
    steps = compile_rows(row.rows, direction, inner_base)
    required, xml = direction.turn(row).required, direction.source.xml

    def within(node: JsonValue, out: Tree, run: Run) -> None:
        part = get(node, run)
        if xml:
            part = one_element(part) if part is not MISSING else part
        if part is MISSING or part is None:
            if required:
                run.report(path, "required", None)
            return
        if not isinstance(part, dict):
            run.report(path, "type", part, "an object is expected")
            return
        place = look(out, None)
        into: Tree = place if isinstance(place, dict) else {}
        for step in steps:
            step(part, into, run)
        if into and into is not place:
            put(out, into)

    return within


def one_element(value: JsonValue) -> JsonValue:
    """The object of an XML element, also of the first of several and of one with only text."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str):
        return {"#text": value} if value.strip() else {}
    return value


def _each(row: Each, direction: Direction, base: str) -> Step:
    source, target = direction.sides(row)
    path = base + render(source, direction.source.separator)
    get = _list_getter(getter(source, direction.source, base), source, direction, base)
    look, put = getter(target, direction.target), putter(target, direction.target)
    required = direction.turn(row).required
    make = _maker(row, direction, path, render(target, direction.target.separator))
    listless = direction.target.xml and len(target) == 1
    container = putter(target[:-1], direction.target) if len(target) > 1 else put

    def each(node: JsonValue, out: Tree, run: Run) -> None:
        items = get(node, run)
        if items is MISSING or items is None:
            if required:
                run.report(path, "required", None)
            return
        if not isinstance(items, list):
            run.report(path, "type", items, "a list is expected")
            return
        present = look(out, None)
        if not isinstance(present, list):
            present = []
            if items or not direction.target.xml:
                put(out, present)
            elif not listless:
                container(out, {})
        make(items, present, run)

    return each


def _list_getter(get: Get, path: Path, direction: Direction, base: str) -> Get:
    """In XML one element is a list of one, and a container without elements an empty list."""
    if not direction.source.xml:
        return get
    container = getter(path[:-1], direction.source, base) if len(path) > 1 else None

    def elements(node: JsonValue, run: Run | None) -> JsonValue:
        value = get(node, run)
        if value is not MISSING:
            return value if isinstance(value, list) else [value]
        if container is not None and container(node, run) is not MISSING:
            return []
        return None

    return elements


def _maker(row: Each, direction: Direction, path: str, target: str) -> Callable[[list[JsonValue], list[JsonValue], Run], None]:
    rows: tuple[Row, ...] = row.rows if row.item is None else (row.item,)
    steps = compile_rows(rows, direction)
    where = direction.turn(row).where
    separator = direction.source.separator
    plain = row.item is not None
    unwrap = plain and not _target_of(row.item, direction)
    xml = direction.source.xml

    def make(items: list[JsonValue], into: list[JsonValue], run: Run) -> None:
        prefix, outer = run.prefix, run.target
        for index, item in enumerate(items):
            node = one_element(item) if xml and not plain else item
            if where is not None and not where(node):
                continue
            run.prefix = f"{prefix}{path}[{index}]"
            if not plain and not isinstance(node, dict):
                run.report("", "type", node, "an object is expected")
                continue
            run.prefix += separator if not plain or isinstance(node, dict) else ""
            run.target = f"{outer}{target}[{len(into)}]{direction.target.separator}"
            made: Tree = {}
            for step in steps:
                step(node, made, run)
            if not unwrap:
                into.append(made)
            elif "" in made:
                into.append(made[""])
        run.prefix, run.target = prefix, outer

    return make


def _target_of(item: Cell | None, direction: Direction) -> Path | None:
    if item is None:
        return None
    return item.canonical if direction.reading else item.agency[0]
