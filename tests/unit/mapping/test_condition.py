"""Conditions compare, and run nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.mapping.condition import ConditionFault, parse_condition
from gateway.mapping.way import JSON, XML

if TYPE_CHECKING:
    from gateway.mapping.tree import Tree

NODE: Tree = {"a": 1, "b": {"c": "x y"}, "n": None, "l": [{"k": "1", "v": "z"}], "e": ""}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a = 1", True),
        ("a = '1'", True),
        ("a != 1", False),
        ("none != 1", True),
        ("none = 1", False),
        ("b.c = 'x y'", True),
        ("b.c in 'x y' | z", True),
        ("a not in 2 | 3", True),
        ("a in 2|1", True),
        ("n present", False),
        ("n absent", True),
        ("e present", True),
        ("l[k=1].v = z", True),
        ("a = 2 or a = 1 and e present", True),
        ("a = 2 and a = 1 or n present", False),
        ("a.b = 1", False),
    ],
)
def test_a_condition_holds_or_not(text: str, holds: bool) -> None:
    assert parse_condition(text, JSON)(NODE) is holds


def test_an_attribute_can_be_asked_for() -> None:
    assert parse_condition("From/@kind = x", XML)({"From": {"@kind": "x"}})


@pytest.mark.parametrize(
    "text", ["", "a", "a =", "= 1", "a = b c", "a = 1 | 2", "a == 1", "a present now", "__import__('os')", "a = 1 and"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConditionFault):
        parse_condition(text, JSON)
