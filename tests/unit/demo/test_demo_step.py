"""The demonstration counts what came once, in order and with its paper, and calls all else wrong."""

from __future__ import annotations

import pytest

from gateway.demo.arrival import Arrival, hashes, heard
from gateway.demo.step import arrived, told, told_together
from gateway.demo.story import paper_of

ONE, TWO = "H21.129-260302-0001", "H21.129-260302-0002"
ANSWERS = {"civil": ["accepted", "completed"], "insurance": ["accepted"]}
COURSES = ((8, 2, 4), (8, 4))


def arrival(code: str, *contents: bytes) -> Arrival:
    return Arrival(code=code, papers=hashes(contents))


def said(sender: str, *events: str, code: str = ONE) -> list[Arrival]:
    return [Arrival(code=code, sender=sender, event=event) for event in events]


def test_a_birth_with_its_paper_is_done() -> None:
    step = arrived("births", [arrival(ONE, paper_of(ONE))], [ONE, TWO])

    assert (step.done, step.of, step.wrong) == (1, 2, 0)


@pytest.mark.parametrize(
    "arrivals",
    [
        [arrival(ONE)],
        [arrival(ONE, paper_of(ONE)[:-1])],
        [arrival(ONE, paper_of(TWO))],
        [arrival(ONE, paper_of(ONE), b"another")],
        [arrival(ONE, paper_of(ONE)), arrival(ONE, paper_of(ONE))],
        [arrival(TWO, paper_of(TWO))],
    ],
    ids=["without its paper", "cut", "another's paper", "one paper more", "twice", "nobody's"],
)
def test_any_other_birth_is_wrong(arrivals: list[Arrival]) -> None:
    step = arrived("births", arrivals, [ONE])

    assert (step.done, step.wrong) == (0, len(arrivals))


def test_courses_may_run_beside_each_other() -> None:
    came = said("civil", "accepted") + said("insurance", "accepted") + said("civil", "completed")

    whole, half = told("told", heard(came), [ONE], ANSWERS), told("told", heard(came[:1]), [ONE], ANSWERS)

    assert (whole.done, whole.wrong) == (1, 0)
    assert (half.done, half.wrong) == (0, 0)


@pytest.mark.parametrize(
    "arrivals",
    [
        said("civil", "completed"),
        said("civil", "accepted", "accepted"),
        said("insurance", "accepted", "completed"),
        said("stranger", "accepted"),
        said("civil", "accepted", code=TWO),
    ],
    ids=["out of order", "twice", "too much", "by another", "of another"],
)
def test_any_other_news_is_wrong(arrivals: list[Arrival]) -> None:
    step = told("told", heard(arrivals), [ONE], ANSWERS)

    assert (step.done, step.wrong) == (0, 1)


@pytest.mark.parametrize("steps", [[8, 2, 4, 8, 4], [8, 8, 2, 4, 4], [8, 8, 4, 2, 4]])
def test_courses_of_unknown_tellers_are_taken_apart(steps: list[int]) -> None:
    assert [told_together("told", {ONE: steps[:most]}, [ONE], COURSES).wrong for most in range(1, 6)] == [0] * 5
    assert told_together("told", {ONE: steps}, [ONE], COURSES).done == 1


@pytest.mark.parametrize("steps", [[2], [8, 2, 2], [8, 4, 4], [8, 2, 8, 4, 4, 4], [8, 8, 8]])
def test_what_is_no_such_courses_is_wrong(steps: list[int]) -> None:
    step = told_together("told", {ONE: steps}, [ONE], COURSES)

    assert (step.done, step.wrong) == (0, 1)
