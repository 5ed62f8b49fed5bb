"""The states of a delivery: one table, drawn as one diagram."""

from __future__ import annotations

import re

import pytest

from gateway.domain import delivery
from gateway.domain.delivery import ACTIVE, FINAL, TRANSITIONS, State, can_become, is_final

#: Written out by hand, so that a change of the table is a change here too.
ALLOWED = {
    ("deferred", "cancelled"),
    ("deferred", "parked"),
    ("deferred", "queued"),
    ("deferred", "sending"),
    ("parked", "cancelled"),
    ("parked", "queued"),
    ("queued", "cancelled"),
    ("queued", "parked"),
    ("queued", "sending"),
    ("sending", "deferred"),
    ("sending", "delivered"),
    ("sending", "parked"),
    ("sending", "rejected"),
    ("sending", "unknown"),
    ("unknown", "cancelled"),
    ("unknown", "parked"),
    ("unknown", "queued"),
    ("unknown", "sending"),
    ("waiting", "cancelled"),
    ("waiting", "queued"),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("other", State)
def test_only_what_the_table_allows_can_happen(state: State, other: State) -> None:
    assert can_become(state, other) == ((state.value, other.value) in ALLOWED)


def test_the_diagram_draws_the_table() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+)", delivery.__doc__ or "", re.MULTILINE))

    assert drawn == ALLOWED


def test_every_state_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("state", State)
def test_a_state_is_final_when_nothing_follows(state: State) -> None:
    assert is_final(state) == (not TRANSITIONS[state]) == (state in FINAL)


def test_a_state_holds_its_lane_or_waits_or_is_final_and_only_one_of_these() -> None:
    assert ACTIVE | FINAL | {State.WAITING} == set(State)
    assert not ACTIVE & FINAL
    assert State.WAITING not in ACTIVE | FINAL


def test_every_state_can_be_left_for_good() -> None:
    reached = set(FINAL)
    while more := {state for state in State if state not in reached and TRANSITIONS[state] & reached}:
        reached |= more

    assert reached == set(State)
