"""A reader compiled from the shape of a message: one walk from elements to plain values.

It reads what zeep reads, or raises `Strange` and leaves it to zeep: whatever is not at the place where the schema has it. A text that is
none of its type is a fault, where zeep would lose it or take it for something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from gateway.adapters.soap.shape import TEXT, Choosing, Compound, Field
from gateway.adapters.soap.simple import FOREIGN, Simple, Strange
from gateway.domain.errors import Malformed, Problem

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["Reader"]

Read: TypeAlias = Callable[[Any], Any]
#: Reads what is in an element, or its attributes, into values.
Walk: TypeAlias = Callable[[Any, dict[str, Any]], None]
NOTHING: Final[tuple[object, ...]] = (None, [])
#: What an element says of itself beside its schema: that it is empty, or of another type.
XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
TYPE, NIL_MARK = f"{XSI}type", f"{XSI}nil"


class _Fault(Exception):
    """A text that is none of its type; the way to it is gathered on the way up."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """An element that may come: how it is read, and how often it comes."""

    name: str
    read: Read
    maximum: int | None
    is_many: bool
    is_required: bool


class Reader:
    """Reads the element of a body; holds nothing that changes."""

    def __init__(self, shape: Compound) -> None:
        """Compile."""
        self._empty = _empty_of(shape)
        self._read = _Compiling().compound(shape)

    def read(self, found: etree._Element) -> dict[str, Any]:
        """Read an element. Raises `Strange` when it is not just as its shape, `Malformed` for a text that is none of its type."""
        try:
            values = self._read(found)
        except _Fault as fault:
            raise Malformed([Problem(path=".".join(reversed(fault.path)), rule="a value of another type")]) from None
        return self._empty() if values is None else values


class _Compiling:
    """Compiles the shapes of a message, each once."""

    def __init__(self) -> None:
        self._known: dict[int, Read] = {}

    def compound(self, shape: Compound) -> Read:
        """The reader of an element that holds others; of one that is within itself, only when it is called."""
        key = id(shape)
        if self._known.get(key) is _leave:
            return lambda found: self._known[key](found)  # noqa: PLW0108 - it is compiled later
        if key not in self._known:
            self._known[key] = _leave
            self._known[key] = self._with_text(shape, shape.text) if shape.text else self._with_elements(shape)
        return self._known[key]

    def _with_text(self, shape: Compound, type_: Simple) -> Read:
        """The reader of a text with attributes."""
        text, attributes, empty = _text(type_), _attributes(shape), _empty_of(shape)

        def read(found: etree._Element) -> Any:
            values = empty()
            values[TEXT] = text(found)
            attributes(found, values)
            return values

        return read

    def _with_elements(self, shape: Compound) -> Read:
        """The reader of elements. zeep decides about schemas that have one name at two places."""
        fields = [*shape.fields()]
        steps = {field.tag: (place, self._step(field, shape)) for place, field in enumerate(fields)}
        if len(steps) < len(fields):
            return _leave
        if not fields and not shape.attributes:
            return _nothing
        walk = _in_any_order(steps) if shape.is_in_any_order else _in_order(steps)
        attributes, empty, options = _attributes(shape), _empty_of(shape), _options(shape)

        def read(found: etree._Element) -> Any:
            if not len(found) and not found.attrib:
                return None
            values = empty()
            walk(found, values)
            if options:
                _require_one(values, options)
            if found.attrib:
                attributes(found, values)
            return values

        return read

    def _step(self, field: Field, shape: Compound) -> _Step:
        """An element that may come; no option of a choice must."""
        return _Step(
            name=field.name,
            read=_text(field.type) if isinstance(field.type, Simple) else self.compound(field.type),
            maximum=field.maximum if field.is_many else 1,
            is_many=field.is_many,
            is_required=field.minimum > 0 and field in shape.parts,
        )


def _in_order(steps: Mapping[str, tuple[int, _Step]]) -> Walk:
    """The walk through elements that come in the order of the schema."""
    required = [step.is_required for _, step in steps.values()]

    def walk(found: etree._Element, values: dict[str, Any]) -> None:
        place, came = 0, 0
        for child in found:
            step_of = steps.get(child.tag)
            if step_of is None or step_of[0] < place:
                raise Strange
            index, step = step_of
            if index > place:
                if True in required[place + (came > 0) : index]:
                    raise Strange
                place, came = index, 0
            came += 1
            _put(values, step, child, came)

    return walk


def _in_any_order(steps: Mapping[str, tuple[int, _Step]]) -> Walk:
    """The walk through elements that come in any order, each once."""

    def walk(found: etree._Element, values: dict[str, Any]) -> None:
        came: set[str] = set()
        for child in found:
            step_of = steps.get(child.tag)
            if step_of is None or step_of[1].name in came:
                raise Strange
            came.add(step_of[1].name)
            _put(values, step_of[1], child, 1)

    return walk


def _put(values: dict[str, Any], step: _Step, child: etree._Element, came: int) -> None:
    """Read an element that comes for the `came`th time."""
    if step.maximum is not None and came > step.maximum:
        raise Strange
    try:
        value = step.read(child)
    except _Fault as fault:
        fault.path.append(step.name)
        raise
    if step.is_many:
        values[step.name].append(value)
    else:
        values[step.name] = value


def _text(type_: Simple) -> Read:
    """The reader of a text."""
    convert = type_.read

    def read(found: etree._Element) -> Any:
        if len(found):
            raise _Fault
        if found.attrib and TYPE in found.attrib:
            raise Strange
        text = found.text
        if text is None:
            return None
        try:
            return convert(text)
        except FOREIGN:
            raise _Fault from None

    return read


def _attributes(shape: Compound) -> Walk:
    """The reader of the attributes of an element; what it says of itself beside its schema is left to zeep."""
    known = [(one.tag, one.name, one.type.read) for one in shape.attributes]

    def walk(found: etree._Element, values: dict[str, Any]) -> None:
        attrib = found.attrib
        if TYPE in attrib or NIL_MARK in attrib:
            raise Strange
        for tag, name, convert in known:
            text = attrib.get(tag)
            if text is not None:
                try:
                    values[name] = convert(text)
                except FOREIGN:
                    fault = _Fault()
                    fault.path.append(name)
                    raise fault from None

    return walk


def _empty_of(shape: Compound) -> Callable[[], dict[str, Any]]:
    """Makes the values of an element in which nothing is: lists anew each time."""
    values: dict[str, Any] = {TEXT: None} if shape.text else {}
    values |= {one.name: one.default for one in shape.fields()} | {one.name: one.default for one in shape.attributes}
    many = [one.name for one in shape.fields() if one.is_many]

    def empty() -> dict[str, Any]:
        made = values.copy()
        for name in many:
            made[name] = []
        return made

    return empty


def _options(shape: Compound) -> list[list[frozenset[str]]]:
    """The names of the options of each choice."""
    return [[frozenset(one.name for one in option) for option in part.options] for part in shape.parts if isinstance(part, Choosing)]


def _require_one(values: Mapping[str, Any], choices: list[list[frozenset[str]]]) -> None:
    """Leave elements of two options of a choice to zeep."""
    for options in choices:
        given = {name for option in options for name in option if values[name] not in NOTHING}
        if given and not any(given <= option for option in options):
            raise Strange


def _leave(_: etree._Element) -> Any:
    """Leave it to zeep."""
    raise Strange


def _nothing(_: etree._Element) -> None:
    """Read an element that holds nothing."""
