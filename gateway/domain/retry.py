"""Whether to try again, and when: a pure decision over data."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Again", "Decision", "Park", "RetryPolicy", "decide"]


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient the gateway is with one destination.

    Pauses grow from `first_pause` by `factor` to `longest_pause`, each drawn with full jitter between half the pause and the pause.
    The budget is by class of error: `outage_for` for faults of the whole destination (measured from the first failure),
    `dossier_attempts` for faults that speak of the one dossier.
    """

    first_pause: timedelta = timedelta(seconds=1)
    factor: Annotated[float, Meta(ge=1, le=100)] = 3.0
    longest_pause: timedelta = timedelta(minutes=10)
    outage_for: timedelta = timedelta(days=3)
    dossier_attempts: Annotated[int, Meta(ge=1)] = 8


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """Try again after this pause."""

    after: timedelta


class Park(msgspec.Struct, frozen=True, kw_only=True):
    """The budget is spent: a person must look."""

    reason: str


Decision: TypeAlias = Again | Park


def decide(
    policy: RetryPolicy,
    *,
    attempts: int,
    failing_for: timedelta,
    about_destination: bool,
    asked_pause: timedelta | None,
    jitter: Callable[[], float],
) -> Decision:
    """Decide what follows a failed attempt.

    `attempts` counts this one; `failing_for` is the time since the first failure in a row; `jitter` draws from [0, 1).
    A pause the destination asked for is never shortened.
    """
    if about_destination and failing_for >= policy.outage_for:
        return Park(reason=f"destination unwell for longer than {policy.outage_for}")
    if not about_destination and attempts >= policy.dossier_attempts:
        return Park(reason=f"{attempts} attempts failed")
    exponent = min(max(attempts - 1, 0), 40)
    grown = policy.first_pause.total_seconds() * policy.factor**exponent  # in seconds: a timedelta would overflow
    pause = timedelta(seconds=min(grown, policy.longest_pause.total_seconds()))
    drawn = pause * (0.5 + jitter() / 2)
    return Again(after=max(drawn, asked_pause or timedelta()))
