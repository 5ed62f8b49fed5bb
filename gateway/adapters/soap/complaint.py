"""Says everything that is wrong with values, once something is: each fault with its path, none with a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.adapters.soap.shape import TEXT, Choosing, Compound, Field
from gateway.adapters.soap.simple import FOREIGN, Simple, Strange
from gateway.domain.errors import Problem
from gateway.soap.calling import NIL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.soap.shape import Attached

__all__ = ["complaints"]

#: What no XML holds.
IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST = 100


def complaints(shape: Compound, values: object) -> list[Problem]:
    """The faults of the values of a message, a hundred at most; none where only zeep knows what is wrong."""
    return [problem for problem, _ in zip(_of_compound(shape, values, ""), range(MOST), strict=False)]


def _of_compound(shape: Compound, values: object, path: str) -> Iterator[Problem]:
    """The faults of an element that holds others."""
    if not isinstance(values, dict):
        yield Problem(path=path, rule="a mapping of its elements is wanted", found=type(values).__name__)
        return
    for unknown in sorted(map(str, values.keys() - set(shape.names()))):
        yield Problem(path=_below(path, unknown), rule="unknown")
    for attached in shape.attributes:
        yield from _of_attribute(attached, values.get(attached.name), _below(path, attached.name))
    if shape.text is not None and values.get(TEXT) is not None:
        yield from _of_simple(shape.text, values[TEXT], _below(path, TEXT))
    for part in shape.parts:
        if isinstance(part, Choosing):
            for option in part.options:
                for field in option:
                    yield from _of_field(field, values, path, is_wanted=False)
        else:
            yield from _of_field(part, values, path, is_wanted=part.minimum > 0)


def _of_attribute(attached: Attached, value: object, path: str) -> Iterator[Problem]:
    """The faults of an attribute."""
    if value is not None:
        yield from _of_simple(attached.type, value, path)
    elif attached.is_required and attached.default is None:
        yield Problem(path=path, rule="required")


def _of_field(field: Field, values: dict[str, object], path: str, *, is_wanted: bool) -> Iterator[Problem]:
    """The faults of an element, however often it comes."""
    value, path = values.get(field.name), _below(path, field.name)
    if value is None:
        if is_wanted and not field.is_nillable and (field.default is None or field.name in values):
            yield Problem(path=path, rule="required")
        return
    if not field.is_many or not isinstance(value, list | tuple):
        yield from _of_one(field, value, path)
        return
    if len(value) < field.minimum or (field.maximum is not None and len(value) > field.maximum):
        yield Problem(path=path, rule=f"{field.minimum} to {field.maximum or 'any number of'} items", found=str(len(value)))
    for index, one in enumerate(value):
        yield from _of_one(field, one, f"{path}[{index}]")


def _of_one(field: Field, value: object, path: str) -> Iterator[Problem]:
    """The faults of one element."""
    if value is NIL:
        return
    if isinstance(field.type, Compound):
        yield from _of_compound(field.type, value, path)
    else:
        yield from _of_simple(field.type, value, path)


def _of_simple(type_: Simple, value: object, path: str) -> Iterator[Problem]:
    """The faults of a text."""
    if isinstance(value, str) and type_.takes_text:
        if IMPOSSIBLE.search(value):
            yield Problem(path=path, rule="a character that no XML holds")
        return
    if not _can_be_said(type_, value):
        yield Problem(path=path, rule=f"a value of the type {type_.name} is wanted", found=type(value).__name__)


def _can_be_said(type_: Simple, value: object) -> bool:
    """Tell whether a value is surely right, or right to zeep, which takes whatever can be shown as a text."""
    if isinstance(value, dict | list | tuple):
        return False
    try:
        type_.write(value)
    except (Strange, *FOREIGN):
        try:
            type_.zeep.xmlvalue(value)
        except FOREIGN:
            return False
    return True


def _below(path: str, name: str) -> str:
    """The path of what is within."""
    return f"{path}.{name}" if path else name
