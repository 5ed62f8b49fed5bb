"""The decision to try again: patient, bounded, spread out."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.retry import Again, Park, RetryPolicy, decide

SECOND = timedelta(seconds=1)
POLICIES = st.builds(
    RetryPolicy,
    first_pause=st.timedeltas(SECOND / 10, timedelta(minutes=1)),
    factor=st.floats(1, 100),
    longest_pause=st.timedeltas(timedelta(minutes=1), timedelta(hours=6)),
    outage_for=st.timedeltas(timedelta(hours=1), timedelta(days=30)),
    dossier_attempts=st.integers(1, 100),
)
JITTERS = st.floats(0, 1, exclude_max=True)
ATTEMPTS = st.integers(1, 10**9)


def pause(policy: RetryPolicy, attempts: int, jitter: float, asked: timedelta | None = None) -> timedelta:
    decision = decide(policy, attempts=attempts, failing_for=timedelta(), about_destination=True, asked_pause=asked, jitter=lambda: jitter)
    assert isinstance(decision, Again)
    return decision.after


@given(POLICIES, ATTEMPTS, JITTERS)
def test_a_pause_lies_between_half_the_first_and_the_longest(policy: RetryPolicy, attempts: int, jitter: float) -> None:
    after = pause(policy, attempts, jitter)

    assert policy.first_pause / 2 - timedelta(microseconds=1) <= after <= policy.longest_pause


@given(POLICIES, ATTEMPTS, JITTERS)
def test_pauses_never_shrink(policy: RetryPolicy, attempts: int, jitter: float) -> None:
    assert pause(policy, attempts, jitter) <= pause(policy, attempts + 1, jitter)


@given(POLICIES, ATTEMPTS, JITTERS, JITTERS)
def test_jitter_spreads_over_half_the_pause(policy: RetryPolicy, attempts: int, one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert pause(policy, attempts, low) <= pause(policy, attempts, high)
    assert pause(policy, attempts, high) <= pause(policy, attempts, 0) * 2 + timedelta(microseconds=2)


@given(POLICIES, ATTEMPTS, JITTERS, st.timedeltas(timedelta(), timedelta(days=9)))
def test_a_pause_that_was_asked_for_is_never_shortened(policy: RetryPolicy, attempts: int, jitter: float, asked: timedelta) -> None:
    assert pause(policy, attempts, jitter, asked) == max(asked, pause(policy, attempts, jitter))


@given(POLICIES, ATTEMPTS, st.timedeltas(timedelta(), timedelta(days=60)))
def test_an_outage_is_waited_out_by_time_and_never_by_attempts(policy: RetryPolicy, attempts: int, failing_for: timedelta) -> None:
    decision = decide(policy, attempts=attempts, failing_for=failing_for, about_destination=True, asked_pause=None, jitter=lambda: 0.5)

    assert isinstance(decision, Park) == (failing_for >= policy.outage_for)


@given(POLICIES, st.integers(1, 200), st.timedeltas(timedelta(), timedelta(days=60)))
def test_a_fault_of_one_dossier_is_counted_by_attempts_and_never_by_time(
    policy: RetryPolicy, attempts: int, failing_for: timedelta
) -> None:
    decision = decide(policy, attempts=attempts, failing_for=failing_for, about_destination=False, asked_pause=None, jitter=lambda: 0.5)

    assert isinstance(decision, Park) == (attempts >= policy.dossier_attempts)


def test_pauses_grow_by_the_factor_up_to_the_longest() -> None:
    policy = RetryPolicy(first_pause=SECOND, factor=3, longest_pause=20 * SECOND)

    assert [pause(policy, attempts, 0) * 2 for attempts in (1, 2, 3, 4)] == [SECOND, 3 * SECOND, 9 * SECOND, 20 * SECOND]


def test_parking_says_why() -> None:
    outage = decide(RetryPolicy(), attempts=1, failing_for=timedelta(days=4), about_destination=True, asked_pause=None, jitter=lambda: 0)
    spent = decide(RetryPolicy(), attempts=8, failing_for=SECOND, about_destination=False, asked_pause=None, jitter=lambda: 0)

    assert outage == Park(reason="destination unwell for longer than 3 days, 0:00:00")
    assert spent == Park(reason="8 attempts failed")


@pytest.mark.parametrize("given_policy", [{"factor": 0.5}, {"factor": 1e9}, {"dossier_attempts": 0}, {"pauses": 1}])
def test_a_policy_that_could_not_be_followed_is_refused(given_policy: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given_policy, RetryPolicy)
