"""What the ledger is told of an ended attempt: a pure decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

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

#: Nobody can tell how far a defect came; of an outcome that cannot be asked for, a person who replays it has taken the decision.
ASK_AFTER = {"defect": True, "unknown_outcome": False}


def settle_as(
    lease: Lease, ended: Outcome | Stuck, *, policy: RetryPolicy, now: datetime, jitter: Callable[[], float], opens_case: bool
) -> Settlement:
    """Turn what ended an attempt into the settlement to commit; a spent budget parks."""
    settlement = Settlement(delivery_id=lease.delivery.id, fence=lease.fence, state=State.PARKED, at=now)
    match ended:
        case Delivered(reference=reference, is_final=is_final):
            opens_case = opens_case and not is_final
            return msgspec.structs.replace(settlement, state=State.DELIVERED, reference=reference, opens_case=opens_case)
        case Rejected(code=code, text=text):
            return msgspec.structs.replace(settlement, state=State.REJECTED, cause=code, text=text)
        case Stuck(cause=cause, text=text):
            return msgspec.structs.replace(settlement, cause=cause, text=text, ask_first=ASK_AFTER.get(cause))
        case Deferred() | Unknown():
            return _again(settlement, lease, ended, policy, jitter)
        case _:
            assert_never(ended)


def _again(settlement: Settlement, lease: Lease, ended: Deferred | Unknown, policy: RetryPolicy, jitter: Callable[[], float]) -> Settlement:
    """Try again when the budget allows, else park."""
    about_destination = ended.about_destination if isinstance(ended, Deferred) else True
    decision = decide(
        policy,
        attempts=lease.tried + 1,
        failing_for=settlement.at - (lease.failing_since or settlement.at),
        about_destination=about_destination,
        asked_pause=ended.after if isinstance(ended, Deferred) else None,
        jitter=jitter,
    )
    if not isinstance(decision, Again):
        text = f"{decision.reason}; last: {ended.reason}"
        return msgspec.structs.replace(settlement, cause="budget_spent", text=text, ask_first=isinstance(ended, Unknown) or None)
    due_at = settlement.at + decision.after
    if isinstance(ended, Unknown):
        return msgspec.structs.replace(settlement, state=State.UNKNOWN, cause="no_answer", text=ended.reason, due_at=due_at)
    cause = "destination" if about_destination else "dossier"
    return msgspec.structs.replace(settlement, state=State.DEFERRED, cause=cause, text=ended.reason, due_at=due_at)
