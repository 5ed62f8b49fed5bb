"""Read the values of an XML tree that is valid by its schema, in one walk; whatever is unusual is left to the careful reading."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from gateway.schema.outline import Bag, Many, Record, Scalar
from gateway.schema.xml_reading import BOOLEANS, SPACE, is_nil

if TYPE_CHECKING:
    from lxml import etree

    from gateway.schema.outline import Content, Field

__all__ = ["quick_values"]

Read: TypeAlias = "Callable[[etree._Element], object]"  # noqa: SLF001 - the library has no other name for it


class _UnusualError(Exception):
    """Something that the quick way does not know."""


def quick_values(record: Record, element: etree._Element) -> dict[str, object] | None:
    """Read the fields of a record, as `read_record` does for a document without faults; None when that must be asked.

    It looks at names, not at rules: what it answers holds only for an element that its schema finds valid.
    """
    try:
        return _record(record)(element)
    except (_UnusualError, ValueError, KeyError, msgspec.DecodeError, RecursionError):
        return None


@cache
def _record(record: Record) -> Callable[[etree._Element], dict[str, object]]:
    """Compile the reading of a record."""
    known = {f"{{{record.namespace}}}{field.name}": (field.name, _field(field, record.namespace)) for field in record.fields}

    def read(element: etree._Element) -> dict[str, object]:
        values: dict[str, object] = {}
        for child in element:
            name, read_field = known[child.tag]  # a comment has a function for a tag, and is not known
            values[name] = read_field(child)
        return values

    return read


def _field(field: Field, home: str) -> Read:
    """Compile the reading of a field; only one that may be nil is asked whether it is."""
    read_content = _content(field.content, home)
    if not field.nillable:
        return read_content

    def read(element: etree._Element) -> object:
        if is_nil(element):
            return None
        return read_content(element)

    return read


def _content(content: Content, home: str) -> Read:
    """Compile the reading of what a field holds."""
    match content:
        case Record():
            return _record(content)
        case Many():
            return _many(content, home)
        case Bag():
            return _bag(home)
        case Scalar(base="string"):
            return _text
        case Scalar(base="boolean"):
            return lambda element: BOOLEANS[_text(element).strip(SPACE)]
        case Scalar(base="base64Binary"):
            return lambda element: b64decode(_text(element))
        case Scalar(base="integer"):
            return lambda element: int(_text(element).strip(SPACE))
        case _:
            return lambda element: _text(element).strip(SPACE)


def _many(many: Many, home: str) -> Read:
    """Compile the reading of a list."""
    tag, read_item = f"{{{home}}}{many.name}", _content(many.item, home)

    def read(element: etree._Element) -> list[object]:
        items = []
        for child in element:
            if child.tag != tag:
                raise _UnusualError
            items.append(read_item(child))
        return items

    return read


def _bag(home: str) -> Read:
    """Compile the reading of JSON values by name."""
    tag = f"{{{home}}}extension"

    def read(element: etree._Element) -> dict[str, object]:
        values: dict[str, object] = {}
        for child in element:
            name = child.get("name")
            if child.tag != tag or name is None or name in values:
                raise _UnusualError
            values[name] = msgspec.json.decode(_text(child))
        return values

    return read


def _text(element: etree._Element) -> str:
    """The text of an element without children, comments among them."""
    if len(element):
        raise _UnusualError
    return element.text or ""
