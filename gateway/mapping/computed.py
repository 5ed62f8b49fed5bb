"""Computed values in JSONata: input only, with a time limit and a depth limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from jsonata import JException, Jsonata

from gateway.mapping.run import Mismatch
from gateway.mapping.tree import MISSING, JsonValue, Missing

if TYPE_CHECKING:
    from jsonata.regex_engine import CompiledPattern, RegexFlags

__all__ = ["Formula", "FormulaFault", "compile_formula"]

Formula: TypeAlias = Callable[["JsonValue"], "JsonValue | Missing"]

LIMIT_MILLISECONDS = 100
LIMIT_DEPTH = 64
#: A clock, chance, evaluation of text, and what builds values of any size at once.
FORBIDDEN = ("eval", "millis", "now", "pad", "random", "shuffle")
FORBIDDEN_NAME = re.compile(rf"\$({'|'.join(FORBIDDEN)})\b")
ARRAY_OF_RANGE = re.compile(r"\.\.")


class FormulaFault(Exception):
    """The text is not a formula that is allowed; says why."""


def compile_formula(text: str) -> Formula:
    """Compile once; the formula raises `Mismatch` for an error and for a limit passed."""
    if found := FORBIDDEN_NAME.search(text):
        raise FormulaFault(f"jsonata: ${found[1]} is not allowed in a mapping")
    if ARRAY_OF_RANGE.search(text):
        raise FormulaFault("jsonata: ranges (`a..b`) are not allowed in a mapping")
    try:
        expression = Jsonata(text, _no_patterns)
    except (JException, RecursionError) as error:
        raise FormulaFault(f"jsonata: {_cause(error)}") from error

    def formula(node: JsonValue) -> JsonValue | Missing:
        return _evaluate(expression, node)

    return formula


def _evaluate(expression: Jsonata, node: JsonValue) -> JsonValue | Missing:
    # The library counts the time from when bounds are set: set them for each evaluation, in a frame of its own.
    frame = expression.create_frame()
    frame.set_runtime_bounds(LIMIT_MILLISECONDS, LIMIT_DEPTH)
    for name in FORBIDDEN:
        frame.bind(name, None)
    try:
        value = expression.evaluate(node, frame)
    except JException as error:
        raise Mismatch("jsonata", f"error {error.error}") from error
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Mismatch("jsonata", type(error).__name__) from error
    return MISSING if value is None else _plain(value)


def _plain(value: object) -> JsonValue:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            raise Mismatch("jsonata", "the result is not a value")


def _no_patterns(_pattern: str, _flags: RegexFlags) -> CompiledPattern:
    raise FormulaFault("jsonata: regular expressions are not allowed in a mapping")


def _cause(error: Exception) -> str:
    return f"error {error.error}: {error}" if isinstance(error, JException) else "too deep"
