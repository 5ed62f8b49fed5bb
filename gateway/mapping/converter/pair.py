"""A converter: a named pair of functions, from an agency's form to the canonical one and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta, timezone
from typing import TypeAlias

import msgspec

from gateway.mapping.tree import JsonValue, Missing

__all__ = [
    "VIETNAM",
    "Convert",
    "Join",
    "Kind",
    "Pair",
    "Parts",
    "Split",
    "UnknownConverter",
]

Convert: TypeAlias = Callable[[JsonValue], JsonValue]
Join: TypeAlias = Callable[[Sequence["JsonValue | Missing"]], "JsonValue | Missing"]
Split: TypeAlias = Callable[[JsonValue], Sequence["JsonValue | Missing"]]

#: Asia/Ho_Chi_Minh: +07:00 the whole year since 13 June 1975.
VIETNAM = timezone(timedelta(hours=7))


class UnknownConverter(Exception):
    """The text after `as:` names no converter, or gives it the wrong words; says what is right."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What canonical values a pair takes, for those who make some up: a name, and what goes with it."""

    name: str
    detail: tuple[str, ...] = ()


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """`read` and `write` raise `Mismatch` for a value that is not of their form.

    `narrows`: writing keeps only the day. `keeps_text`: a text is the same on both sides.
    """

    kind: Kind
    read: Convert
    write: Convert
    narrows: bool = False
    keeps_text: bool = False


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A pair between several agency values and one canonical value."""

    kind: Kind
    count: int
    read: Join
    write: Split
