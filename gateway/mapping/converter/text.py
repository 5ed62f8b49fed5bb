"""Converters of texts and codes."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from gateway.mapping.converter.pair import Kind, Pair, UnknownConverter
from gateway.mapping.run import Mismatch

if TYPE_CHECKING:
    from gateway.mapping.tree import JsonValue

__all__ = ["ANY", "BASE64", "TEXT", "code", "decode_base64"]


def _text(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value
    raise Mismatch("type", "a text is expected")


def _any(value: JsonValue) -> JsonValue:
    return value


def decode_base64(value: JsonValue) -> bytes:
    """The bytes of a base64 text; spaces and line ends inside are allowed."""
    if not isinstance(value, str):
        raise Mismatch("type", "a text in base64 is expected")
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Mismatch("base64", "not base64") from error


def _from_base64(value: JsonValue) -> JsonValue:
    try:
        return decode_base64(value).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Mismatch("base64", "the content is not UTF-8 text") from error


def _to_base64(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        raise Mismatch("type", "a text is expected")
    try:
        return base64.b64encode(value.encode()).decode("ascii")
    except UnicodeEncodeError as error:
        raise Mismatch("text", "half of a character") from error


TEXT = Pair(kind=Kind(name="text"), read=_text, write=_text, keeps_text=True)
ANY = Pair(kind=Kind(name="any"), read=_any, write=_any, keeps_text=True)
BASE64 = Pair(kind=Kind(name="text"), read=_from_base64, write=_to_base64)


def code(words: list[str], *, xml: bool) -> Pair:
    """A code that is text or a whole number; canonical text, written as the table declares."""
    if words not in ([], ["text"], ["int"]):
        raise UnknownConverter("`code` takes nothing, `text` or `int`")
    if words == ["int"]:
        return Pair(
            kind=Kind(name="digits"),
            read=_read_code,
            write=_digits if xml else _write_number,
        )
    return Pair(kind=Kind(name="text"), read=_read_code, write=_read_code, keeps_text=True)


def _read_code(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Mismatch("type", "a text or a whole number is expected")


def _digits(value: JsonValue) -> JsonValue:
    return str(_write_number(value))


def _write_number(value: JsonValue) -> JsonValue:
    text = _read_code(value)
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19:
        number = int(text)
        if str(number) == text:
            return number
    raise Mismatch("number", "the destination takes whole numbers only, no leading zeros")
