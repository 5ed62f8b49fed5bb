"""Read the values of an XML tree by the outline of a type, noting every fault."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gateway.domain.errors import Problem
from gateway.schema.namespace import NIL, XSI
from gateway.schema.outline import Many, Record, Scalar

if TYPE_CHECKING:
    from lxml import etree

    from gateway.schema.outline import Field

__all__ = ["BOOLEANS", "SPACE", "is_nil", "read_record"]

SPACE = " \t\n\r"
INTEGER = re.compile(r"[+-]?[0-9]{1,24}")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
NO_SPACE = str.maketrans("", "", SPACE)
HINTS = {f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"}


def read_record(record: Record, element: etree._Element, path: str, problems: list[Problem]) -> dict[str, object]:
    """Read the fields of a record; `path` ends in a dot or is empty."""
    home = record.namespace
    places = {field.name: place for place, field in enumerate(record.fields)}
    values: dict[str, object] = {}
    furthest = 0
    _note_extras(element, path, problems, attributes=HINTS | {NIL})
    for child in element:
        name = _local_name(child, home)
        if name not in places:
            problems.append(Problem(path=path + name, rule="no such element here"))
            continue
        if name in values:
            problems.append(Problem(path=path + name, rule="stands here twice"))
        elif places[name] < furthest:
            order = ", ".join(places)
            rule, hint = "stands in the wrong place", f"the order is {order}"
            problems.append(Problem(path=path + name, rule=rule, hint=hint))
        furthest = max(furthest, places[name])
        values[name] = _read_field(record.fields[places[name]], home, child, path + name, problems)
    problems += [
        Problem(path=path + field.name, rule="must be there", found="nothing")
        for field in record.fields
        if field.required and field.name not in values
    ]
    return values


def is_nil(element: etree._Element) -> bool:
    """Tell whether an element is known to be empty."""
    return element.get(NIL, "false").strip(SPACE) in {"true", "1"}


def _read_field(field: Field, home: str, element: etree._Element, path: str, problems: list[Problem]) -> object:
    """Read a field, or None where it is known to be empty."""
    if is_nil(element):
        if not field.nillable:
            problems.append(Problem(path=path, rule="may be absent, never nil"))
        elif len(element) or element.text:
            problems.append(Problem(path=path, rule="nil, so it holds nothing"))
        return None
    content = field.content
    match content:
        case Many():
            return _read_many(content, home, element, path, problems)
        case Record() | Scalar():
            return _read_item(content, element, path, problems)
        case _:
            return _read_bag(home, element, path, problems)


def _read_item(
    content: Record | Scalar,
    element: etree._Element,
    path: str,
    problems: list[Problem],
) -> object:
    """Read a record or a single value."""
    if isinstance(content, Record):
        return read_record(content, element, f"{path}.", problems)
    if len(element):
        problems.append(Problem(path=path, rule="holds text only", found="elements"))
        return None
    _note_attributes(element, path, problems, {NIL})
    text = element.text or ""
    return _read_scalar(content, text, path, problems)


def _read_many(many: Many, home: str, element: etree._Element, path: str, problems: list[Problem]) -> list[object]:
    """Read every item of a list."""
    _note_extras(element, path, problems, attributes={NIL})
    items: list[object] = []
    for index, child in enumerate(element):
        if (name := _local_name(child, home)) == many.name:
            items.append(_read_item(many.item, child, f"{path}[{index}]", problems))
        else:
            problems.append(Problem(path=f"{path}.{name}", rule=f"holds only <{many.name}>"))
    if len(items) < many.least or (many.most is not None and len(items) > many.most):
        rule = f"has {many.least} to {many.most or 'any number of'} items"
        problems.append(Problem(path=path, rule=rule, found=str(len(items))))
    return items


def _read_bag(home: str, element: etree._Element, path: str, problems: list[Problem]) -> dict[str, object]:
    """Read the extensions: JSON text by name."""
    _note_extras(element, path, problems, attributes={NIL})
    values: dict[str, object] = {}
    for index, child in enumerate(element):
        here, name = f"{path}[{index}]", child.get("name")
        _note_attributes(child, here, problems, {"name"})
        if _local_name(child, home) != "extension" or name is None or len(child):
            rule = 'is <extension name="..."> with JSON text'
            problems.append(Problem(path=here, rule=rule))
            continue
        if name in values:
            problems.append(Problem(path=here, rule="stands here twice"))
        try:
            values[name] = msgspec.json.decode(child.text or "")
        except (msgspec.DecodeError, RecursionError):
            problems.append(Problem(path=here, rule="is not JSON"))
    return values


def _read_scalar(scalar: Scalar, text: str, path: str, problems: list[Problem]) -> object:
    """Read a single value by its rules."""
    if scalar.base != "string":
        text = text.strip(SPACE)
    rule = _broken_rule(scalar, text)
    if rule:
        found = f"{len(text)} characters"
        problems.append(Problem(path=path, rule=rule, found=found))
        return None
    match scalar.base:
        case "boolean":
            return BOOLEANS[text]
        case "base64Binary":
            return b64decode(text)
        case "integer":
            return int(text)
        case _:
            return text


def _broken_rule(scalar: Scalar, text: str) -> str:
    """Say which rule a text breaks; empty when none."""
    match scalar.base:
        case "boolean":
            return "" if text in BOOLEANS else "is true or false"
        case "base64Binary":
            return "" if BASE64.fullmatch(text.translate(NO_SPACE)) else "is base64"
        case "integer":
            return _broken_rule_of_integer(scalar, text)
        case "dateTime":
            known = re.fullmatch(scalar.pattern, text) and _is_instant(text)
            return "" if known else "is an instant with its zone (RFC 3339)"
        case _:
            return _broken_rule_of_string(scalar, text)


def _broken_rule_of_integer(scalar: Scalar, text: str) -> str:
    """Say which rule a number breaks."""
    if not INTEGER.fullmatch(text):
        return "is a whole number"
    if scalar.minimum is not None and int(text) < scalar.minimum:
        return f"is at least {scalar.minimum}"
    if scalar.maximum is not None and int(text) > scalar.maximum:
        return f"is at most {scalar.maximum}"
    return ""


def _broken_rule_of_string(scalar: Scalar, text: str) -> str:
    """Say which rule a text breaks."""
    if scalar.values and text not in scalar.values:
        return f"is one of {', '.join(scalar.values)}"
    if scalar.pattern and not re.fullmatch(scalar.pattern, text):
        return f"has the form {scalar.pattern}"
    if scalar.min_length is not None and len(text) < scalar.min_length:
        return f"has at least {scalar.min_length} characters"
    if scalar.max_length is not None and len(text) > scalar.max_length:
        return f"has at most {scalar.max_length} characters"
    return ""


def _is_instant(text: str) -> bool:
    """Tell whether an instant exists in the calendar."""
    try:
        msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return False
    return True


def _note_extras(
    element: etree._Element,
    path: str,
    problems: list[Problem],
    *,
    attributes: set[str],
) -> None:
    """Note text between elements, and attributes that have no place here."""
    texts = [element.text, *(child.tail for child in element)]
    if any(text and text.strip(SPACE) for text in texts):
        problems.append(Problem(path=path.removesuffix("."), rule="holds no text"))
    _note_attributes(element, path.removesuffix("."), problems, attributes)


def _note_attributes(element: etree._Element, path: str, problems: list[Problem], known: set[str]) -> None:
    """Note attributes that have no place here."""
    problems += [Problem(path=path, rule="has an attribute that is not known here") for name in element.attrib if name not in known]


def _local_name(element: etree._Element, home: str) -> str:
    """The name of an element of this namespace, without it; another's as a sign that cannot be a field."""
    name = str(element.tag)
    prefix = f"{{{home}}}"
    return name.removeprefix(prefix) if name.startswith(prefix) else "(foreign element)"
