"""The canonical XML form of a transfer and of a receipt, written and read with nothing lost.

Elements stand in the order of the type. What is absent has no element; what is known to be empty has `xsi:nil="true"`. A list is an
element with one child for each item; an extension is a name and its value as JSON text.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

import msgspec
from lxml import etree
from msgspec import UNSET

from gateway.domain.errors import Malformed, Problem
from gateway.domain.receipt import Receipt
from gateway.domain.transfer import Transfer
from gateway.schema.namespace import NAMESPACE, NIL, XSI
from gateway.schema.outline import Bag, Many, Record, Scalar, outline
from gateway.schema.xml_reading import read_record
from gateway.xml import parse_xml

if TYPE_CHECKING:
    from gateway.schema.outline import Content

__all__ = ["NAMESPACE", "element_of", "from_element", "from_xml", "receipt_from_xml", "to_element", "to_xml", "values_of"]

Kind = TypeVar("Kind", Transfer, Receipt)

#: What XML 1.0 cannot say, not even escaped.
UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xml(value: Transfer | Receipt) -> bytes:
    """Write a transfer or a receipt; raises `Malformed` naming each text with a character that XML does not have."""
    return etree.tostring(to_element(value), xml_declaration=True, encoding="UTF-8")


def to_element(value: Transfer | Receipt) -> etree._Element:
    """Write a transfer or a receipt as an element, to stand in a message; errors as `to_xml`."""
    record = outline(type(value))
    return element_of(value, record, record.name.lower())


def element_of(value: msgspec.Struct, record: Record, name: str) -> etree._Element:
    """Write a value by the outline of its type, as an element of this name in the record's namespace; errors as `to_xml`."""
    names: dict[str | None, str] = {None: record.namespace, "xsi": XSI}
    root = etree.Element(f"{{{record.namespace}}}{name}", nsmap=names)  # type: ignore[arg-type]  # the stubs forget None
    problems: list[Problem] = []
    _write_record(root, record, value, "", problems)
    if problems:
        raise Malformed(problems, code="not_xml")
    return root


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


def _write_record(
    element: etree._Element,
    record: Record,
    value: object,
    path: str,
    problems: list[Problem],
) -> None:
    """Write the fields of a record that are there."""
    home = record.namespace
    for field in record.fields:
        found = getattr(value, field.name)
        if found is UNSET or (isinstance(field.content, Many | Bag) and not found):
            continue
        child = etree.SubElement(element, f"{{{home}}}{field.name}")
        if found is None:
            child.set(NIL, "true")
        else:
            _write(child, home, field.content, found, f"{path}{field.name}", problems)


def _write(
    element: etree._Element,
    home: str,
    content: Content,
    value: object,
    path: str,
    problems: list[Problem],
) -> None:
    """Write what a field holds."""
    match content:
        case Record():
            _write_record(element, content, value, f"{path}.", problems)
        case Scalar():
            element.text = _speakable(_text(value), path, problems)
        case Many() if isinstance(value, tuple):
            for index, item in enumerate(value):
                child = etree.SubElement(element, f"{{{home}}}{content.name}")
                _write(child, home, content.item, item, f"{path}[{index}]", problems)
        case Bag() if isinstance(value, dict):
            for name, item in value.items():
                child = etree.SubElement(element, f"{{{home}}}extension")
                child.set("name", _speakable(name, path, problems))
                json = msgspec.json.encode(item).decode()
                child.text = UNSPEAKABLE.sub(_escaped, json)
        case _:
            raise TypeError(path)


def _text(value: object) -> str:
    """Write one value."""
    match value:
        case str() if not isinstance(value, Enum):
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return str(msgspec.to_builtins(value))


def _speakable(text: str, path: str, problems: list[Problem]) -> str:
    """Note a character that XML does not have."""
    if UNSPEAKABLE.search(text):
        rule = "holds a character that XML does not have"
        problems.append(Problem(path=path, rule=rule, found="a control character"))
        return ""
    return text


def _escaped(found: re.Match[str]) -> str:
    r"""Write a character as JSON's \u escape: inside JSON text it can only stand in a string."""
    return f"\\u{ord(found.group()):04x}"
