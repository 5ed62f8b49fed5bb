"""The canonical XML form of a transfer and of a receipt, written and read with nothing lost.

Elements stand in the order of the type. What is absent has no element; what is known to be empty has `xsi:nil="true"`. A list is an
element with one child for each item; an extension is a name and its value as JSON text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from lxml import etree
from msgspec import UNSET

from gateway.domain.errors import Malformed, Problem
from gateway.domain.receipt import Receipt
from gateway.domain.transfer import Transfer
from gateway.schema.namespace import NAMESPACE
from gateway.schema.outline import Bag, Many, Record, Scalar, outline
from gateway.schema.xml_reading import read_record
from gateway.schema.xml_text import UNSPEAKABLE, plain, text_of
from gateway.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.schema.outline import Content

__all__ = ["NAMESPACE", "element_of", "from_element", "from_xml", "receipt_from_xml", "to_element", "to_xml", "values_of"]

Kind = TypeVar("Kind", Transfer, Receipt)

NAME = Scalar(base="string")
#: Takes only what was written here, however long a text of it is.
WRITTEN = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def to_xml(value: Transfer | Receipt) -> bytes:
    """Write a transfer or a receipt; raises `Malformed` naming each text with a character that XML does not have."""
    return etree.tostring(to_element(value), xml_declaration=True, encoding="UTF-8")


def to_element(value: Transfer | Receipt) -> etree._Element:
    """Write a transfer or a receipt as an element, to stand in a message; errors as `to_xml`."""
    record = outline(type(value))
    return element_of(value, record, record.name.lower())


def element_of(value: msgspec.Struct, record: Record, name: str) -> etree._Element:
    """Write a value by the outline of its type, as an element of this name in the record's namespace; errors as `to_xml`."""
    text = text_of(value, record, name)
    if text is None:
        raise Malformed(list(_unspeakable(record, value, "")), code="not_xml")
    return etree.fromstring(text, WRITTEN)


def values_of(record: Record, element: etree._Element) -> dict[str, object]:
    """Read the values of an element by the outline of a type; raises `Malformed` with every fault, each with its path."""
    problems: list[Problem] = []
    values = read_record(record, element, "", problems)
    if problems:
        raise Malformed(problems)
    return values


def from_xml(data: bytes) -> Transfer:
    """Read a transfer; raises `Malformed` with every fault of the document, each with its path."""
    return from_element(parse_xml(data), Transfer)


def receipt_from_xml(data: bytes) -> Receipt:
    """Read a receipt; raises `Malformed` with every fault of the document, each with its path."""
    return from_element(parse_xml(data), Receipt)


def from_element(root: etree._Element, kind: type[Kind]) -> Kind:
    """Read a transfer or a receipt that is an element of a message; raises `Malformed` with every fault, each with its path."""
    record = outline(kind)
    if root.tag != f"{{{NAMESPACE}}}{record.name.lower()}":
        rule = f"the document is one {record.name.lower()} in {NAMESPACE}"
        raise Malformed([Problem(path="", rule=rule, found="another element")])
    return msgspec.convert(values_of(record, root), kind)


def _unspeakable(content: Content, value: object, path: str) -> Iterator[Problem]:
    """Name every text with a character that XML does not have."""
    match content:
        case Record():
            for field in content.fields:
                found = getattr(value, field.name)
                if found is not UNSET and found is not None:
                    yield from _unspeakable(field.content, found, f"{path}.{field.name}".removeprefix("."))
        case Many() if isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _unspeakable(content.item, item, f"{path}[{index}]")
        case Bag() if isinstance(value, dict):
            for name in value:
                yield from _unspeakable(NAME, name, path)
        case _:
            if UNSPEAKABLE.search(plain(value)):
                yield Problem(path=path, rule="holds a character that XML does not have", found="a control character")
