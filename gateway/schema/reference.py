"""The reference of a canonical type for people: one table for each record, in English and Vietnamese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.schema.outline import Bag, Many, Record, Scalar, records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.schema.outline import Content, Field

__all__ = ["BEGIN", "END", "reference", "with_reference"]

BEGIN = "<!-- begin: generated from the types by scripts/generate -->"
END = "<!-- end: generated -->"
HEAD = "| field | holds | there | English | Tiếng Việt |\n|---|---|---|---|---|"
KINDS = {"boolean": "true or false", "dateTime": "instant with zone", "integer": "whole number", "string": "text"}


def reference(roots: Iterable[Record]) -> str:
    """Tell every record that these are made of, each once."""
    told = {record.name: record for root in roots for record in records(root)}
    return "\n\n".join(_tell(record) for record in told.values())


def with_reference(page: str, roots: Iterable[Record]) -> str:
    """Put the reference between the two marks of a page; ValueError when a mark is missing."""
    before, rest = _split(page, BEGIN)
    _, after = _split(rest, END)
    return f"{before}{BEGIN}\n\n{reference(roots)}\n\n{END}{after}"


def _split(page: str, mark: str) -> tuple[str, str]:
    """Split a page at its mark."""
    before, found, after = page.partition(mark)
    if not found:
        raise ValueError(mark)
    return before, after


def _tell(record: Record) -> str:
    """Tell one record: its promise, then its fields."""
    promise = " ".join(record.promise.split())
    rows = "\n".join(_row(field) for field in record.fields)
    return f"### {record.name}\n\n{promise}\n\n{HEAD}\n{rows}"


def _row(field: Field) -> str:
    """Tell one field."""
    there = "always" if field.required else "may be absent"
    if field.nillable:
        there += " or null"
    cells = (f"`{field.name}`", _holds(field.content), there, field.english, field.vietnamese)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _holds(content: Content) -> str:
    """Tell what a field holds, with every rule of it."""
    match content:
        case Bag():
            return "JSON values by name"
        case Many(item=item):
            limits = _between(content.least or None, content.most)
            return f"list of {_holds(item)}" + (f", {limits} items" if limits else "")
        case Record(name=name):
            return f"[{name}](#{name.lower()})"
        case Scalar(values=values) if values:
            return ", ".join(f"`{value}`" for value in values)
        case Scalar():
            return _rules(content)


def _rules(scalar: Scalar) -> str:
    """Tell the rules of a single value."""
    told = KINDS[scalar.base]
    if limits := _between(scalar.min_length, scalar.max_length):
        told += f", {limits} characters"
    if scalar.minimum is not None:
        told += f", at least {scalar.minimum}"
    if scalar.pattern and scalar.base == "string":
        told += f", `{scalar.pattern}`"
    return told


def _between(least: int | None, most: int | None) -> str:
    """Tell limits; empty when there are none."""
    if least is None and most is None:
        return ""
    if most is None:
        return f"at least {least}"
    return f"{least} to {most}" if least is not None else f"at most {most}"
