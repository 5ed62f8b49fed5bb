"""One reading or writing of one document: where it is, and the faults found so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import Malformed, Problem
from gateway.mapping.tree import shape

if TYPE_CHECKING:
    from datetime import date

    from gateway.mapping.tree import JsonValue, Tree

__all__ = ["Mismatch", "Run"]


class Mismatch(Exception):
    """A value is not of the form that a converter takes; names the rule, never the value."""

    def __init__(self, rule: str, hint: str = "") -> None:
        """Keep the rule and how to mend it."""
        super().__init__(rule)
        self.rule = rule
        self.hint = hint


class Run:
    """Changes while a document is mapped; owned by one call of `read` or `write`."""

    __slots__ = ("embedded", "extras", "on", "prefix", "problems", "target")

    def __init__(self, on: date | None) -> None:
        """Begin at the root of a document."""
        self.on = on
        self.prefix = ""
        self.target = ""
        self.problems: list[Problem] = []
        self.embedded: dict[str, Tree] = {}
        self.extras: dict[str, Tree] = {}

    def report(self, path: str, rule: str, value: object, hint: str = "") -> None:
        """Remember a fault at a path below the present item; the value itself is not kept."""
        found = "nothing" if rule == "required" else shape(value)
        self.problems.append(Problem(path=self.prefix + path, rule=rule, found=found, hint=hint))

    def mismatch(self, path: str, fault: Mismatch, value: JsonValue) -> None:
        """Remember that a converter did not take a value."""
        self.report(path, fault.rule, value, fault.hint)

    def settle(self) -> None:
        """Raise `Malformed` with every fault found, if there is one; repeated faults are named once."""
        if self.problems:
            raise Malformed(list(dict.fromkeys(self.problems)))
