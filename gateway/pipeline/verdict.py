"""What the ledger is told of an ended attempt: a pure decision."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from gateway.domain.delivery import State
from gateway.domain.outcome import Deferred, Delivered, Outcome, Rejected, Unknown
from gateway.domain.retry import Again, decide
from gateway.pipeline.recover import Stuck
from gateway.ports import Lease, Settlement

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.domain.retry import RetryPolicy

__all__ = ["settle_as"]


def settle_as(
    lease: Lease,
    ended: Outcome | Stuck,
    *,
    policy: RetryPolicy,
    now: datetime,
    jitter: Callable[[], float],
    opens_case: bool,
) -> Settlement:
    """Turn what ended an attempt into the settlement to commit; a spent budget parks."""

    def settlement(
        state: State,
        *,
        cause: str = "",
        text: str = "",
        due_at: datetime | None = None,
        reference: str = "",
    ) -> Settlement:
        return Settlement(
            delivery_id=lease.delivery.id,
            fence=lease.fence,
            state=state,
            at=now,
            due_at=due_at,
            cause=cause,
            text=text,
            reference=reference,
            opens_case=opens_case and state is State.DELIVERED,
        )

    def again(
        state: State,
        reason: str,
        *,
        about_destination: bool,
        asked: timedelta | None,
        cause: str,
    ) -> Settlement:
        decision = decide(
            policy,
            attempts=lease.delivery.attempts + 1,
            failing_for=now - (lease.failing_since or now),
            about_destination=about_destination,
            asked_pause=asked,
            jitter=jitter,
        )
        if isinstance(decision, Again):
            return settlement(state, cause=cause, text=reason, due_at=now + decision.after)
        return settlement(
            State.PARKED,
            cause="budget_spent",
            text=f"{decision.reason}; last: {reason}",
        )

    match ended:
        case Delivered(reference=reference):
            return settlement(State.DELIVERED, reference=reference)
        case Rejected(code=code, text=text):
            return settlement(State.REJECTED, cause=code, text=text)
        case Deferred(reason=reason, after=after, about_destination=about):
            cause = "destination" if about else "dossier"
            return again(
                State.DEFERRED,
                reason,
                about_destination=about,
                asked=after,
                cause=cause,
            )
        case Unknown(reason=reason):
            return again(
                State.UNKNOWN,
                reason,
                about_destination=True,
                asked=None,
                cause="no_answer",
            )
        case Stuck(cause=cause, text=text):
            return settlement(State.PARKED, cause=cause, text=text)
        case _:
            assert_never(ended)
