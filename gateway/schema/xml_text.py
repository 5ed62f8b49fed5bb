"""Write a value by the outline of its type as one text, compiled once: several times quicker than element by element."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import UNSET

from gateway.schema.namespace import XSI
from gateway.schema.outline import Bag, Many, Record, Scalar

if TYPE_CHECKING:
    from gateway.schema.outline import Content, Field

__all__ = ["UNSPEAKABLE", "plain", "text_of"]

Write: TypeAlias = Callable[[Any, list[str]], None]

#: What XML 1.0 cannot say, not even escaped.
UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SPECIAL = re.compile('[&<>"\t\n\r]')
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def text_of(value: msgspec.Struct, record: Record, name: str) -> str | None:
    """Write a value as an element of this name in the record's namespace; None when a text of it holds what XML cannot say."""
    out = [f'<{name} xmlns="{record.namespace}" xmlns:xsi="{XSI}">']
    _record(record, record.namespace)(value, out)
    out.append(f"</{name}>")
    whole = "".join(out)
    return None if UNSPEAKABLE.search(whole) else whole


def plain(value: object) -> str:
    """Write one value, not escaped."""
    match value:
        case str() if not isinstance(value, Enum):
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return str(msgspec.to_builtins(value))


@cache
def _record(record: Record, default: str) -> Write:
    """Compile the writing of the fields of a record; `default` is the namespace that names without a prefix have around them."""
    home = "" if record.namespace == default else f' xmlns="{record.namespace}"'
    fields = [(field.name, _field(field, home, record.namespace)) for field in record.fields]

    def write(value: Any, out: list[str]) -> None:
        for name, write_field in fields:
            found = getattr(value, name)
            if found is not UNSET:
                write_field(found, out)

    return write


def _field(field: Field, home: str, namespace: str) -> Write:
    """Compile the writing of a field that is there: nothing for an empty list, `nil` for one that is known to be empty."""
    begin, end, nil = f"<{field.name}{home}>", f"</{field.name}>", f'<{field.name}{home} xsi:nil="true"/>'
    if isinstance(field.content, Scalar):
        return lambda value, out: out.append(nil if value is None else f"{begin}{_escaped(value)}{end}")
    write_content, several = _content(field.content, namespace), isinstance(field.content, Many | Bag)

    def write(value: Any, out: list[str]) -> None:
        if value is None:
            out.append(nil)
        elif value or not several:
            out.append(begin)
            write_content(value, out)
            out.append(end)

    return write


def _content(content: Content, namespace: str) -> Write:
    """Compile the writing of what a field holds."""
    match content:
        case Record():
            return _record(content, namespace)
        case Many():
            return _many(content, namespace)
        case Scalar():
            return lambda value, out: out.append(_escaped(value))
        case _:
            return _write_bag


def _many(many: Many, namespace: str) -> Write:
    """Compile the writing of a list."""
    begin, end, write_item = f"<{many.name}>", f"</{many.name}>", _content(many.item, namespace)

    def write(values: Any, out: list[str]) -> None:
        for value in values:
            out.append(begin)
            write_item(value, out)
            out.append(end)

    return write


def _write_bag(values: Any, out: list[str]) -> None:
    """Write JSON values by name; JSON can say in escapes what XML cannot."""
    for name, value in values.items():
        json = UNSPEAKABLE.sub(_unspeakable, msgspec.json.encode(value).decode())
        out.append(f'<extension name="{_escaped(name)}">{_escaped(json)}</extension>')


def _escaped(value: object) -> str:
    """Write one value; what means something in XML, or would be lost there, is escaped."""
    text = value if value.__class__ is str else plain(value)
    return SPECIAL.sub(_escape, text) if SPECIAL.search(text) else text


def _escape(found: re.Match[str]) -> str:
    """Write a character as XML escapes it."""
    return ESCAPES[found.group()]


def _unspeakable(found: re.Match[str]) -> str:
    r"""Write a character as JSON's \u escape: inside JSON text it can only stand in a string."""
    return f"\\u{ord(found.group()):04x}"
