"""Errors say what to do next, and say nothing that they were not given."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, OutcomeUnknown, Problem, Refused, RetryLater


def test_a_problem_is_one_line_of_what_it_was_given() -> None:
    assert str(Problem(path="a.b", rule="must be there")) == "a.b: must be there"
    assert str(Problem(path="", rule="is JSON", found="text", hint="mend it")) == "(whole): is JSON (found text); mend it"


@given(st.lists(st.builds(Problem, path=st.text(), rule=st.text(min_size=1), found=st.text(), hint=st.text()), min_size=1))
def test_the_text_of_malformed_is_its_problems_and_nothing_else(problems: list[Problem]) -> None:
    error = Malformed(problems)

    assert error.problems == tuple(problems)
    assert error.text == "; ".join(map(str, problems))
    assert str(error) == error.text


def test_a_code_is_for_machines_and_defaults_to_the_class() -> None:
    assert GatewayError("x").code == "GatewayError"
    assert NeedsPerson("x").code == "NeedsPerson"
    assert Refused("x", code="no_route").code == "no_route"
    assert Malformed([]).code == "malformed"
    assert str(Malformed([])) == "malformed"


def test_retry_later_keeps_the_pause_and_whom_it_speaks_of() -> None:
    error = RetryLater("busy", after=timedelta(seconds=3), about_destination=False)

    assert (error.after, error.about_destination) == (timedelta(seconds=3), False)
    assert RetryLater("busy").about_destination
    assert RetryLater("busy").after is None


@pytest.mark.parametrize("kind", [RetryLater, NeedsPerson, Refused])
def test_the_branches_of_the_tree_do_not_overlap(kind: type[GatewayError]) -> None:
    branches = {RetryLater, NeedsPerson, Refused, Malformed}

    assert issubclass(kind, GatewayError)
    assert not any(issubclass(kind, other) for other in branches - {kind})


def test_an_unknown_outcome_may_be_tried_again_after_asking() -> None:
    assert issubclass(OutcomeUnknown, RetryLater)
