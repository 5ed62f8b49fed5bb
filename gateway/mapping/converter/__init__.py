"""The converters that `as:` names; every one is a pair."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.mapping.converter.moment import date, datetime_pair
from gateway.mapping.converter.number import decimal, flag, integer
from gateway.mapping.converter.pair import VIETNAM, Kind, Pair, Parts, UnknownConverter
from gateway.mapping.converter.parts import date_parts, full_name
from gateway.mapping.converter.text import ANY, BASE64, TEXT, code, decode_base64

if TYPE_CHECKING:
    from datetime import timezone

__all__ = [
    "NAMES",
    "TEXT",
    "VIETNAM",
    "Kind",
    "Pair",
    "Parts",
    "UnknownConverter",
    "converter",
    "decode_base64",
]

NAMES = (
    "any",
    "base64",
    "code",
    "date",
    "date_parts",
    "datetime",
    "decimal",
    "flag",
    "full_name",
    "integer",
    "text",
)
WORD = re.compile(r'"[^"]*"|\S+')
LONE: dict[str, Pair | Parts] = {"text": TEXT, "any": ANY, "base64": BASE64, "full_name": full_name()}


def converter(text: str, *, zone: timezone, xml: bool) -> Pair | Parts:
    """The pair that a text after `as:` names; raises `UnknownConverter`."""
    name, _, rest = text.partition(" ")
    words = WORD.findall(rest)
    match name:
        case "code":
            return code(words, xml=xml)
        case "date":
            return date(rest, zone=zone, xml=xml)
        case "date_parts":
            return date_parts(words)
        case "datetime":
            return datetime_pair(rest, zone=zone, xml=xml)
        case "decimal":
            return decimal(words, xml=xml)
        case "flag":
            return flag(words, xml=xml)
        case "integer":
            return integer(words, xml=xml)
        case _:
            return _lone(name, words, xml=xml)


def _lone(name: str, words: list[str], *, xml: bool) -> Pair | Parts:
    if name not in LONE:
        raise UnknownConverter(f"no converter {name!r}; there are {', '.join(NAMES)}")
    if words:
        raise UnknownConverter(f"`{name}` takes nothing after it")
    if name == "any" and xml:
        raise UnknownConverter("`any` is for JSON only")
    return LONE[name]
