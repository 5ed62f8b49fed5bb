"""A document inside a text of another: opened when reading, encoded when writing."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from gateway.domain.errors import Malformed
from gateway.mapping.converter import decode_base64
from gateway.mapping.extension import restore
from gateway.mapping.format import Format
from gateway.mapping.path import render
from gateway.mapping.run import Mismatch, Run
from gateway.mapping.step import Direction, Step, compile_rows
from gateway.mapping.translate import plain_text
from gateway.mapping.tree import MISSING, JsonValue, Missing, Tree
from gateway.mapping.way import CANONICAL, getter, putter

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.mapping.row import Embedded

__all__ = ["compile_embedded"]


def compile_embedded(row: Embedded, direction: Direction, base: str) -> Step:
    """The step of an embedded document."""
    return (_opening if direction.reading else _encoding)(row, direction, base)


def _opening(row: Embedded, direction: Direction, base: str) -> Step:
    path = base + render(row.agency, direction.source.separator)
    get = getter(row.agency, direction.source, base)
    steps = compile_rows(row.rows, _inner(row, direction), f"{path}!")
    look, put = getter(row.canonical, CANONICAL), putter(row.canonical, CANONICAL)
    open_text = _opener(row, path)
    required = row.reading.required

    def opening(node: JsonValue, out: Tree, run: Run) -> None:
        found = get(node, run)
        tree = open_text(found, run)
        if tree is None:
            if required and found in (MISSING, None, ""):
                run.report(path, "required", None)
            return
        run.embedded[run.prefix + path] = tree
        place = look(out, None)
        into: Tree = place if isinstance(place, dict) else {}
        for step in steps:
            step(tree, into, run)
        if into and into is not place:
            put(out, into)

    return opening


def _opener(row: Embedded, path: str) -> Callable[[JsonValue | Missing, Run], Tree | None]:
    form, coded = Format(row.document), row.base64

    def open_text(value: JsonValue | Missing, run: Run) -> Tree | None:
        if value is MISSING:
            return None
        text = plain_text(value)
        if text is None or text == "":
            return None
        if not isinstance(text, str):
            run.report(path, "type", text, "a text that holds a document is expected")
            return None
        try:
            return form.open(decode_base64(text) if coded else text)
        except Mismatch as fault:
            run.mismatch(path, fault, text)
        except Malformed as error:
            for problem in error.problems:
                run.report(path, problem.rule, text, problem.hint)
        return None

    return open_text


def _encoding(row: Embedded, direction: Direction, base: str) -> Step:
    source = base + render(row.canonical) if row.canonical else base.rstrip(".")
    get = getter(row.canonical, CANONICAL, base)
    put = putter(row.agency, direction.target)
    steps = compile_rows(row.rows, _inner(row, direction), f"{source}." if source else "")
    form, target = Format(row.document), render(row.agency, direction.target.separator)
    dialect, required = row.document.dialect, row.writing.required

    def encoding(node: JsonValue, out: Tree, run: Run) -> None:
        part = get(node, run)
        tree: Tree = {}
        if isinstance(part, dict):
            for step in steps:
                step(part, tree, run)
        elif part is not MISSING and part is not None:
            run.report(source, "type", part, "an object is expected")
        extras = run.extras.get(run.target + target)
        if extras:
            restore(extras, tree, dialect, run)
        if tree:
            data = form.encode(tree, run)
            put(out, (base64.b64encode(data) if row.base64 else data).decode("utf-8"))
        elif required:
            run.report(source, "required", None)

    return encoding


def _inner(row: Embedded, direction: Direction) -> Direction:
    dialect = row.document.dialect
    return Direction(
        reading=direction.reading,
        source=dialect if direction.reading else CANONICAL,
        target=CANONICAL if direction.reading else dialect,
        embed=direction.embed,
    )
