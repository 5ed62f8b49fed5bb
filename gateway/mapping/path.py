"""A path of a table: the way from an object to a value."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from gateway.mapping.tree import JsonValue, spoken

__all__ = ["Match", "Path", "PathFault", "Step", "parse_path", "quote", "render"]

NAME = re.compile(r"'(?:[^']|'')*'|[^.\[\]='\s,|!]+")
SLASHED = re.compile(r"'(?:[^']|'')*'|[^/\[\]='\s,|!]+")
INDEX = re.compile(r"\[([0-9]{1,6})\]")
TEST = re.compile(r"\s*('(?:[^']|'')*'|[^\[\]=:'\s,]+)\s*(:?=)\s*('(?:[^']|'')*'|[^\[\]=',]*[^\[\]=',\s])\s*")


class PathFault(Exception):
    """The text is not a path; says why."""


class Match(msgspec.Struct, frozen=True):
    """One `key=value` that selects an element of a list, and is given to it when it is made."""

    key: str
    value: JsonValue

    def fits(self, item: JsonValue) -> bool:
        """Does this element of a list have the value, as text or number alike?"""
        return isinstance(item, dict) and self.key in item and spoken(item[self.key]) == spoken(self.value)


class Step(msgspec.Struct, frozen=True):
    """One name of a path, with the element of the list there, if it is one."""

    name: str
    index: int | None = None
    matches: tuple[Match, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Is it a name and nothing more?"""
        return self.index is None and not self.matches

    def find(self, items: list[JsonValue]) -> int:
        """The place of the element in a list, -1 when it is not there."""
        if self.index is not None:
            return self.index if self.index < len(items) else -1
        return next(
            (place for place, item in enumerate(items) if all(match.fits(item) for match in self.matches)),
            -1,
        )


Path: TypeAlias = tuple[Step, ...]


def parse_path(text: str, separator: str = ".") -> Path:
    """Take a path apart; `.` is the empty path. Raises `PathFault`."""
    if text == ".":
        return ()
    steps: list[Step] = []
    place = 0
    while True:
        step, place = _step(text, place, separator)
        steps.append(step)
        if place == len(text):
            return tuple(steps)
        if text[place] != separator:
            raise PathFault(f"not a path: unexpected {text[place]!r} in {text!r}")
        place += 1


def _step(text: str, place: int, separator: str) -> tuple[Step, int]:
    found = (SLASHED if separator == "/" else NAME).match(text, place)
    if not found:
        raise PathFault(f"not a path: a name is missing in {text!r}")
    name, place = _unquoted(found[0]), found.end()
    if not text.startswith("[", place):
        return Step(name), place
    if index := INDEX.match(text, place):
        return Step(name, int(index[1])), index.end()
    matches, place = _matches(text, place + 1)
    return Step(name, None, matches), place


def _matches(text: str, place: int) -> tuple[tuple[Match, ...], int]:
    matches: list[Match] = []
    while True:
        found = TEST.match(text, place)
        if not found:
            raise PathFault(f"expected [index] or [key=value] in {text!r}")
        matches.append(Match(_unquoted(found[1]), _value(found[3], typed=found[2] == ":=")))
        place = found.end() + 1
        match text[found.end() : place]:
            case "]":
                return tuple(matches), place
            case ",":
                continue
            case _:
                raise PathFault(f"`]` is missing in {text!r}")


def _value(text: str, *, typed: bool) -> JsonValue:
    if not typed:
        return _unquoted(text)
    try:
        value = msgspec.json.decode(text.encode(), type=bool | int | float)
    except msgspec.DecodeError as error:
        raise PathFault(f"after := comes a number, true or false, not {text!r}") from error
    return value


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def quote(name: str, separator: str = ".") -> str:
    """A name as it stands in a path."""
    if (SLASHED if separator == "/" else NAME).fullmatch(name):
        return name
    return "'" + name.replace("'", "''") + "'"


def render(path: Path, separator: str = ".") -> str:
    """The text of a path, which `parse_path` takes apart again."""
    if not path:
        return "."
    return separator.join(_rendered(step, separator) for step in path)


def _rendered(step: Step, separator: str) -> str:
    name = quote(step.name, separator)
    if step.index is not None:
        return f"{name}[{step.index}]"
    if not step.matches:
        return name
    tests = ", ".join(_test(match) for match in step.matches)
    return f"{name}[{tests}]"


def _test(match: Match) -> str:
    if isinstance(match.value, str):
        return f"{quote(match.key)}={quote(match.value)}"
    return f"{quote(match.key)}:={spoken(match.value)}"
