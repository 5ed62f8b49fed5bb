"""One cell of a table, compiled for one direction."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, TypeAlias

from gateway.mapping.converter import TEXT, Pair, Parts
from gateway.mapping.path import Path, render
from gateway.mapping.run import Mismatch, Run
from gateway.mapping.tree import MISSING, JsonValue, Missing, Tree, spoken
from gateway.mapping.way import Dialect, getter, putter

if TYPE_CHECKING:
    from gateway.mapping.row import Cell

__all__ = ["compile_cell", "plain_text"]

Translate: TypeAlias = Callable[["JsonValue", Run], "JsonValue | Missing"]
CellStep: TypeAlias = Callable[["JsonValue", Tree, Run], None]


def compile_cell(cell: Cell, *, reading: bool, source: Dialect, target: Dialect, base: str) -> CellStep:
    """The step of a cell; paths of faults start at `base`."""
    if cell.formula is not None or cell.constant is not MISSING:
        return _given(cell, target, base)
    if isinstance(cell.pair, Parts):
        step = _join if reading else _split
        return step(cell, cell.pair, source, target, base)
    canonical = cell.canonical or ()
    from_path, to_path = (cell.agency[0], canonical) if reading else (canonical, cell.agency[0])
    translate = _reading(cell, xml=source.xml) if reading else _writing(cell)
    return _single(cell, translate, from_path, to_path, (source, target, base, reading))


def _single(
    cell: Cell,
    translate: Translate,
    from_path: Path,
    to_path: Path,
    setting: tuple[Dialect, Dialect, str, bool],
) -> CellStep:
    source, target, base, reading = setting
    turn = cell.reading if reading else cell.writing
    get, put = getter(from_path, source, base), putter(to_path, target)
    path = _label(from_path, source, base)
    default, required = turn.default, turn.required

    def step(node: JsonValue, out: Tree, run: Run) -> None:
        found = get(node, run)
        if found is not MISSING:
            try:
                value = translate(found, run)
            except Mismatch as fault:
                run.mismatch(path, fault, found)
                return
            if value is not MISSING:
                put(out, value)
                return
        if default is not MISSING:
            put(out, deepcopy(default))
        elif required:
            run.report(path, "required", None)

    return step


def _label(path: Path, dialect: Dialect, base: str) -> str:
    return base + render(path, dialect.separator) if path else base.rstrip("./")


def plain_text(value: JsonValue) -> JsonValue:
    """The text of an XML element that also has attributes, or of the first of several."""
    if isinstance(value, list) and value:
        value = value[0]
    return value.get("#text", "") if isinstance(value, dict) else value


def _reading(cell: Cell, *, xml: bool) -> Translate:
    policy, absent = cell.policy, cell.policy.absent
    convert = _code_reader(cell) if cell.codes else _plain_reader(cell.pair)
    empty: JsonValue | Missing = None if policy.empty == "empty" else MISSING
    keeps_empty, trim = policy.empty == "text", policy.trim
    nil: JsonValue | Missing = None if policy.nil == "empty" else MISSING

    def translate(value: JsonValue, run: Run) -> JsonValue | Missing:
        if xml:
            value = plain_text(value)
        if value is None:
            return nil
        if isinstance(value, str):
            if trim:
                value = value.strip()
            if not value and not keeps_empty:
                return empty
        if absent and spoken(value) in absent:
            return MISSING
        return convert(value, run)

    return translate


def _plain_reader(pair: Pair | Parts) -> Translate:
    read = pair.read

    def convert(value: JsonValue, _: Run) -> JsonValue | Missing:
        return read(value)  # type: ignore[arg-type]  # the pair is a `Pair` here: `Parts` are compiled elsewhere

    return convert


def _code_reader(cell: Cell) -> Translate:
    codes, unknown = cell.codes, cell.unknown

    def convert(value: JsonValue, run: Run) -> JsonValue | Missing:
        if isinstance(value, (dict, list)) or codes is None:
            raise Mismatch("type", "a code is expected")
        found = codes.read(value, run.on)
        if found is not MISSING or unknown == "absent":
            return found
        if unknown == "keep":
            return spoken(value)
        raise Mismatch("code", f"not in the code table {codes.name!r}")

    return convert


def _writing(cell: Cell) -> Translate:
    policy = cell.policy
    nothing: JsonValue | Missing = MISSING
    if policy.empty == "empty":
        nothing = ""
    elif policy.nil == "empty":
        nothing = None
    convert = _code_writer(cell) if cell.codes else _plain_writer(cell.pair)

    def translate(value: JsonValue, run: Run) -> JsonValue | Missing:
        return nothing if value is None else convert(value, run)

    return translate


def _plain_writer(pair: Pair | Parts) -> Translate:
    write = pair.write

    def convert(value: JsonValue, _: Run) -> JsonValue | Missing:
        return write(value)  # type: ignore[return-value]  # as in `_plain_reader`

    return convert


def _code_writer(cell: Cell) -> Translate:
    codes, unknown, pair = cell.codes, cell.unknown, cell.pair
    form = pair.write if isinstance(pair, Pair) and pair is not TEXT else None

    def convert(value: JsonValue, run: Run) -> JsonValue | Missing:
        if isinstance(value, (dict, list)) or codes is None:
            raise Mismatch("type", "a word of a code table is expected")
        found: JsonValue | Missing = codes.write(value, run.on)
        if found is MISSING:
            if unknown == "refuse":
                raise Mismatch("code", f"no code for it in the table {codes.name!r}")
            if unknown == "absent":
                return MISSING
            found = value
        return form(spoken(found)) if form is not None else found

    return convert


def _given(cell: Cell, target: Dialect, base: str) -> CellStep:
    path = cell.agency[0] if cell.agency else cell.canonical or ()
    put = putter(path, target)
    formula, constant = cell.formula, cell.constant

    def step(node: JsonValue, out: Tree, run: Run) -> None:
        value: JsonValue | Missing = constant
        if formula is not None:
            try:
                value = formula(node)
            except Mismatch as fault:
                run.mismatch(base.rstrip("./"), fault, node)
                return
        if value is not MISSING:
            put(out, deepcopy(value))

    return step


def _join(cell: Cell, parts: Parts, source: Dialect, target: Dialect, base: str) -> CellStep:
    gets = [getter(path, source, base) for path in cell.agency]
    put = putter(cell.canonical or (), target)
    label = _label(cell.agency[0], source, base)
    default, required = cell.reading.default, cell.reading.required
    absent, xml = cell.policy.absent, source.xml

    def part(value: JsonValue | Missing) -> JsonValue | Missing:
        if value is MISSING:
            return MISSING
        value = plain_text(value) if xml else value
        return MISSING if value == "" or spoken(value) in absent else value

    def step(node: JsonValue, out: Tree, run: Run) -> None:
        values = [part(get(node, run)) for get in gets]
        try:
            value = parts.read(values)
        except Mismatch as fault:
            run.report(label, fault.rule, None, fault.hint)
            return
        if value is MISSING:
            value = default
        if value is not MISSING:
            put(out, value)
        elif required:
            run.report(label, "required", None)

    return step


def _split(cell: Cell, parts: Parts, source: Dialect, target: Dialect, base: str) -> CellStep:
    get = getter(cell.canonical or (), source, base)
    puts = [putter(path, target) for path in cell.agency]
    label = _label(cell.canonical or (), source, base)
    default, required = cell.writing.default, cell.writing.required

    def step(node: JsonValue, out: Tree, run: Run) -> None:
        value = get(node, run)
        if (value is MISSING or value is None) and required:
            run.report(label, "required", None)
            return
        try:
            values = [MISSING] * len(puts) if value is MISSING or value is None else parts.write(value)
        except Mismatch as fault:
            run.report(label, fault.rule, value, fault.hint)
            return
        for put, each in zip(puts, values, strict=True):
            written = default if each is MISSING else each
            if written is not MISSING:
                put(out, written)

    return step
