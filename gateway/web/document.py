"""Decodes JSON documents and queries as types; what is faulty is told with every fault."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from gateway.domain.errors import Malformed, Problem
from gateway.domain.tree import MOST, is_suspect, text_faults
from gateway.web.fault import duplicate_faults, first_fault, schema_faults

if TYPE_CHECKING:
    from multidict import MultiMapping

__all__ = ["MOST_VALUES", "count_values", "decode", "read_query"]

Kind = TypeVar("Kind", bound=msgspec.Struct)
#: A document has at most so many values; they are counted by the commas and brackets, be they in a text or not. A dossier has about a hundred.
MOST_VALUES = 50_000
#: To read a number takes the square of its digits: in a long document, longer ones than this are refused.
LONG_NUMBER = re.compile(rb"[\[:,\s-][0-9]{401}")
LONG = 64 * 1024


def decode(body: bytes, kind: type[Kind]) -> Kind:
    """Decode JSON as a type. Raises `Malformed` naming every fault by path and rule; values are told by their kind only.

    Beyond the type it demands what JSON leaves open: no name twice in an object, no control characters in texts, not too many values.
    """
    _require_readable(body)
    try:
        tree = _tree(body, kind)
        value = msgspec.convert(tree, kind)
        if msgspec.json.format(body, indent=-1) != msgspec.json.encode(tree):  # else nothing of it was lost, so no name stood twice
            _unrepeated(body.decode())
    except msgspec.ValidationError as error:
        raise Malformed(_faults(body, kind) or (first_fault(error),)) from error
    except _RepeatedNameError as error:
        raise Malformed(_faults(body, kind) or (Problem(path="", rule="a name stands twice in one object"),)) from error
    except RecursionError as error:
        raise Malformed([Problem(path="", rule="nested too deeply")], code="not_json") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed([_unreadable(error)], code="not_json") from error
    if is_suspect(body) and (faults := text_faults(msgspec.json.decode(body))):
        raise Malformed(faults)
    return value


def count_values(body: bytes) -> int:
    """Count the values of a JSON document, roughly and quickly: they are what makes it costly to read."""
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def read_query(query: MultiMapping[str], kind: type[Kind]) -> Kind:
    """Read the parameters of a URL as a type. Raises `Malformed` naming every fault."""
    lists, numbers = _forms(kind)
    value: dict[str, Any] = {}
    for name in dict.fromkeys(query):
        texts = query.getall(name)
        found: list[Any] = [
            int(text) if name in numbers and text.isascii() and text.isdigit() and len(text) < 10 else text for text in texts
        ]
        value[name] = found if name in lists or len(found) > 1 else found[0]
    try:
        read = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Malformed(schema_faults(value, kind) or (first_fault(error),)) from error
    if faults := text_faults(value):
        raise Malformed(faults)
    return read


def _require_readable(body: bytes) -> None:
    """Raise `Malformed` for what would take too long to read."""
    if (values := count_values(body)) > MOST_VALUES:
        raise Malformed([Problem(path="", rule=f"at most {MOST_VALUES} values", found=f"about {values}")], code="too_many_values")
    if len(body) > LONG and LONG_NUMBER.search(body):
        raise Malformed([Problem(path="", rule="a number has at most 400 digits")], code="long_number")


class _RepeatedNameError(Exception):
    """A name stands twice in one object."""


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    """Raise when a name is given twice."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise _RepeatedNameError


#: Reads JSON only to see that no name is repeated; numbers are not made, a long one would cost much.
_unrepeated = json.JSONDecoder(object_pairs_hook=_refuse_repeated, parse_int=len, parse_float=len).decode


def _tree(body: bytes, kind: type[Kind]) -> object:
    """Decode JSON as dicts, lists, texts and numbers; of what is nested too deeply, a fault of its type that stands before that is told."""
    try:
        return _untyped(body)
    except RecursionError:
        msgspec.json.decode(body, type=kind)
        raise


_untyped = msgspec.json.Decoder().decode


@cache
def _forms(kind: type[msgspec.Struct]) -> tuple[frozenset[str], frozenset[str]]:
    """Name the parameters that are lists and those that are numbers."""
    fields = msgspec.json.schema_components([kind])[1][kind.__name__]["properties"]
    lists, numbers = (frozenset(name for name, rule in fields.items() if rule.get("type") == form) for form in ("array", "integer"))
    return lists, numbers


def _faults(body: bytes, kind: type[msgspec.Struct]) -> tuple[Problem, ...]:
    """List every fault of a body that is JSON."""
    try:
        value = msgspec.json.decode(body)
        return (*schema_faults(value, kind), *_repetitions(body), *text_faults(value))[:MOST]
    except (msgspec.DecodeError, RecursionError, ValueError):
        return ()


def _repetitions(body: bytes) -> tuple[Problem, ...]:
    """List the repeated names, where there are any."""
    try:
        _unrepeated(body.decode())
    except _RepeatedNameError:
        return duplicate_faults(body)
    return ()


def _unreadable(error: msgspec.DecodeError | UnicodeDecodeError) -> Problem:
    """Say why a body is not JSON, without a piece of it."""
    if isinstance(error, UnicodeDecodeError):
        return Problem(path="", rule="not UTF-8", hint=f"at byte {error.start}")
    return Problem(path="", rule="not JSON", hint=str(error))
