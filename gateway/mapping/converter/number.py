"""Converters of numbers and of yes and no."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from gateway.mapping.converter.pair import Kind, Pair, UnknownConverter
from gateway.mapping.run import Mismatch
from gateway.mapping.tree import spoken

if TYPE_CHECKING:
    from gateway.mapping.tree import JsonValue

__all__ = ["decimal", "flag", "integer"]

WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
BOUND = 10**18


def integer(words: list[str], *, xml: bool) -> Pair:
    """A whole number, written as number or as its digits."""
    write = _write_digits if _as_text("integer", words, xml=xml) else _read_integer
    return Pair(kind=Kind(name="integer"), read=_read_integer, write=write)


def decimal(words: list[str], *, xml: bool) -> Pair:
    """A number, written as number or as its digits."""
    write = _write_decimal_digits if _as_text("decimal", words, xml=xml) else _read_decimal
    return Pair(kind=Kind(name="decimal"), read=_read_decimal, write=write)


def _as_text(name: str, words: list[str], *, xml: bool) -> bool:
    if words not in ([], ["text"]):
        raise UnknownConverter(f"`{name}` takes nothing or `text`")
    return xml or bool(words)


def _read_integer(value: JsonValue) -> JsonValue:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < BOUND:
        return int(value)
    raise Mismatch("number", "a whole number is expected")


def _write_digits(value: JsonValue) -> JsonValue:
    return str(_read_integer(value))


def _read_decimal(value: JsonValue) -> JsonValue:
    if isinstance(value, str) and DECIMAL.fullmatch(value.strip()):
        return float(value) if "." in value else int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise Mismatch("number", "a number is expected")


def _write_decimal_digits(value: JsonValue) -> JsonValue:
    number = _read_decimal(value)
    if isinstance(number, int):
        return str(number)
    digits = f"{number:.18f}".rstrip("0") if isinstance(number, float) else ""
    short = repr(number)
    return short if "e" not in short else digits + "0" * digits.endswith(".")


def flag(words: list[str], *, xml: bool) -> Pair:
    """Yes or no, in the two values that the table declares."""
    yes: JsonValue = "true" if xml else True
    no: JsonValue = "false" if xml else False
    if len(words) == 2:
        yes, no = _flag_value(words[0], xml=xml), _flag_value(words[1], xml=xml)
    elif words:
        raise UnknownConverter("`flag` takes nothing, or the values for true and false")
    meaning = {spoken(yes).casefold(): True, spoken(no).casefold(): False}
    if len(meaning) == 1:
        raise UnknownConverter("`flag` needs two different values")
    written: dict[bool, JsonValue] = {True: yes, False: no}

    def read(value: JsonValue) -> JsonValue:
        if isinstance(value, bool):
            return value
        found = meaning.get(spoken(value).strip().casefold())
        if found is None:
            raise Mismatch("flag", f"one of {spoken(yes)!r} and {spoken(no)!r} is expected")
        return found

    def write(value: JsonValue) -> JsonValue:
        if isinstance(value, bool):
            return written[value]
        raise Mismatch("type", "true or false is expected")

    return Pair(kind=Kind(name="flag"), read=read, write=write)


def _flag_value(word: str, *, xml: bool) -> JsonValue:
    if word.startswith('"'):
        return word.strip('"')
    return int(word) if WHOLE.fullmatch(word) and not xml else word
