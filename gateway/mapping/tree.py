"""The plain tree that every document is while it is mapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final, Literal, TypeAlias

__all__ = ["MISSING", "JsonValue", "Missing", "Tree", "leaves", "shape", "spoken"]

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
Tree: TypeAlias = dict[str, JsonValue]


class Missing(Enum):
    """The kind of `MISSING`."""

    MISSING = 0


#: Absent: not said at all. `None` is known to be empty.
MISSING: Final[Literal[Missing.MISSING]] = Missing.MISSING


def shape(value: object) -> str:
    """Name the shape of a value and nothing of its content."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return f"text of {len(value)} characters" if value else "empty text"
        case int():
            return "whole number"
        case float():
            return "number"
        case dict():
            return f"object of {len(value)} fields"
        case list() | tuple():
            return f"list of {len(value)}"
        case _:
            return type(value).__name__


def spoken(value: object) -> str:
    """The text of a scalar, by which texts and numbers compare alike."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() | float():
            return str(value)
        case _:
            return "\0"


def leaves(value: object, path: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Every scalar and every empty container below a value, with its dotted path."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    elif isinstance(value, (dict, list, str, int, float, bool)) or value is None:
        yield path, value
