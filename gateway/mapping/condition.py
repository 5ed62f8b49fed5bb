"""Conditions of `when` and `where`: a few comparisons, nothing that runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from gateway.mapping.path import PathFault, parse_path
from gateway.mapping.tree import MISSING, JsonValue, spoken
from gateway.mapping.way import getter

if TYPE_CHECKING:
    from gateway.mapping.way import Dialect

__all__ = ["Condition", "ConditionFault", "parse_condition"]

Condition: TypeAlias = Callable[[JsonValue], bool]

TEST = re.compile(
    r"\s*(?P<path>(?:'(?:[^']|'')*'|\[[^\]]*\]|[^\s=!'\[\]])+)\s*"
    r"(?:(?P<sign>!?=|not\s+in\b|in\b)\s*(?P<values>.+)|(?P<state>present|absent))\s*",
    re.DOTALL,
)
VALUE = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s|'\"]+))\s*")
QUOTED = re.compile(r"""("[^"]*"|'[^']*'|\[[^\]]*\])""")


class ConditionFault(Exception):
    """The text is not a condition; says why."""


def parse_condition(text: str, dialect: Dialect) -> Condition:
    """Compile a condition over paths of one side; raises `ConditionFault`."""
    either = [[_test(part, dialect) for part in _split(group, "and")] for group in _split(text, "or")]
    if len(either) == 1 and len(either[0]) == 1:
        return either[0][0]
    return lambda node: any(all(test(node) for test in group) for group in either)


def _split(text: str, word: str) -> list[str]:
    parts = [""]
    for number, piece in enumerate(QUOTED.split(text)):
        if number % 2:
            parts[-1] += piece
            continue
        first, *others = re.split(rf"\s{word}\s", piece)
        parts[-1] += first
        parts += others
    return parts


def _test(text: str, dialect: Dialect) -> Condition:
    found = TEST.fullmatch(text)
    if found is None:
        raise ConditionFault(f"not a condition: {text.strip()!r}; write `path = value`, `path in a | b`, `path present`")
    try:
        get = getter(parse_path(found["path"], dialect.separator), dialect)
    except PathFault as error:
        raise ConditionFault(str(error)) from error
    if found["state"]:
        wanted = found["state"] == "present"
        return lambda node: (get(node, None) not in (MISSING, None)) is wanted
    sign, values = found["sign"], _values(found["values"])
    if "in" not in sign and len(values) > 1:
        raise ConditionFault(f"one value is expected after {sign!r}; use `in`")
    return _membership(get, values, among=sign in {"=", "in"})


def _membership(get: Callable[[JsonValue, None], object], values: frozenset[str], *, among: bool) -> Condition:
    def test(node: JsonValue) -> bool:
        value = get(node, None)
        return (value is not MISSING and spoken(value) in values) is among

    return test


def _values(text: str) -> frozenset[str]:
    values: list[str] = []
    place = 0
    while True:
        found = VALUE.match(text, place)
        if found is None:
            raise ConditionFault(f"a value is missing in {text!r}")
        values.append(next(group for group in found.groups() if group is not None))
        place = found.end()
        if place == len(text):
            return frozenset(values)
        if text[place] != "|":
            raise ConditionFault(f"quote a value with spaces: {text!r}")
        place += 1
