"""What follows an attempt, for every way it can end."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, OutcomeUnknown, Problem, Refused, RetryLater
from gateway.domain.outcome import Deferred, Delivered, Outcome, Rejected, Unknown
from gateway.domain.retry import RetryPolicy
from gateway.pipeline.recover import Stuck, recover
from gateway.pipeline.verdict import settle_as
from gateway.ports import Lease, Settlement

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
POLICY = RetryPolicy(first_pause=timedelta(seconds=2), outage_for=timedelta(hours=1), dossier_attempts=3)


def lease(*, attempts: int = 0, tried: int | None = None, failing_since: datetime | None = None) -> Lease:
    delivery = Delivery(
        id="t1.0",
        transfer_id="t1",
        destination="desk",
        dossier_id="d1",
        position=1,
        state=State.SENDING,
        attempts=attempts,
        accepted_at=NOW,
        changed_at=NOW,
        due_at=NOW,
    )
    return Lease(
        delivery=delivery,
        fence=7,
        ask_first=False,
        identifiers=(),
        failing_since=failing_since,
        tried=attempts if tried is None else tried,
    )


def verdict(ended: Outcome | Stuck, *, attempts: int = 0, tried: int | None = None, failing_since: datetime | None = None) -> Settlement:
    given = lease(attempts=attempts, tried=tried, failing_since=failing_since)
    return settle_as(given, ended, policy=POLICY, now=NOW, jitter=lambda: 0.0, opens_case=True)


def test_a_delivered_dossier_opens_a_case_and_keeps_the_reference() -> None:
    settled = verdict(Delivered(reference="X-1"))

    assert (settled.state, settled.reference, settled.opens_case, settled.fence) == (State.DELIVERED, "X-1", True, 7)


def test_a_delivery_of_which_nothing_more_comes_opens_no_case() -> None:
    settled = verdict(Delivered(reference="X-1", is_final=True))

    assert (settled.state, settled.reference, settled.opens_case) == (State.DELIVERED, "X-1", False)


def test_a_refused_dossier_is_never_retried() -> None:
    settled = verdict(Rejected(code="12", text="wrong place"))

    assert (settled.state, settled.due_at, settled.cause, settled.opens_case) == (State.REJECTED, None, "12", False)


def test_an_outage_is_retried_after_a_pause_and_parked_when_its_budget_is_spent() -> None:
    early = verdict(Deferred(reason="down"), attempts=500)
    late = verdict(Deferred(reason="down"), failing_since=NOW - timedelta(hours=1))

    assert early.state is State.DEFERRED
    assert early.due_at is not None
    assert early.due_at > NOW
    assert (late.state, late.cause, late.due_at) == (State.PARKED, "budget_spent", None)


def test_a_fault_of_one_dossier_is_parked_after_its_attempts() -> None:
    assert verdict(Deferred(reason="busy", about_destination=False), attempts=1).state is State.DEFERRED
    assert verdict(Deferred(reason="busy", about_destination=False), attempts=2).state is State.PARKED


def test_a_replayed_delivery_has_its_whole_budget_again() -> None:
    assert [verdict(Deferred(reason="busy", about_destination=False), attempts=9, tried=number).state for number in range(3)] == [
        State.DEFERRED,
        State.DEFERRED,
        State.PARKED,
    ]


@pytest.mark.parametrize(
    ("ended", "asked"),
    [
        (Unknown(reason="timed out"), True),
        (Deferred(reason="down"), None),
        (Stuck(cause="defect", text="KeyError"), True),
        (Stuck(cause="malformed", text="a: b"), None),
        (Stuck(cause="unknown_outcome", text="it cannot be asked"), False),
    ],
)
def test_what_is_parked_without_an_answer_is_asked_about_before_it_is_sent_again(ended: Outcome | Stuck, asked: bool | None) -> None:
    settled = verdict(ended, failing_since=NOW - timedelta(hours=1))

    assert (settled.state, settled.ask_first) == (State.PARKED, asked)


def test_a_pause_the_agency_asked_for_is_kept() -> None:
    settled = verdict(Deferred(reason="busy", after=timedelta(minutes=30)))

    assert settled.due_at == NOW + timedelta(minutes=30)


def test_no_answer_is_unknown() -> None:
    assert verdict(Unknown(reason="timed out")).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (OutcomeUnknown("x"), Unknown(reason="x")),
        (RetryLater("x", after=timedelta(seconds=3)), Deferred(reason="x", after=timedelta(seconds=3))),
        (RetryLater("x", about_destination=False), Deferred(reason="x", about_destination=False)),
        (Refused("x", code="9"), Rejected(code="9", text="x")),
        (NeedsPerson("x", code="y"), Stuck(cause="y", text="x")),
        (Malformed([Problem(path="a", rule="b")]), Stuck(cause="malformed", text="a: b")),
    ],
)
async def test_every_error_says_what_to_do_next(error: GatewayError, ended: Outcome | Stuck) -> None:
    async def attempt() -> Outcome:
        raise error

    assert await recover(attempt, seconds=5, delivery_id="t1.0") == ended


async def test_a_defect_parks_and_never_quotes_the_document() -> None:
    async def attempt() -> Outcome:
        raise ValueError("Nguyễn Văn Mẫu")

    ended = await recover(attempt, seconds=5, delivery_id="t1.0")

    assert isinstance(ended, Stuck)
    assert ended.cause == "defect"
    assert "Mẫu" not in ended.text
    assert "ValueError at test_verdict.py" in ended.text
