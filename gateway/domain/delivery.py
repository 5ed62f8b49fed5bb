"""One transfer on its way to one destination, with the one table of its states.

```mermaid
stateDiagram-v2
    [*] --> queued: head of its lane
    [*] --> waiting: something of its lane goes before
    waiting --> queued: released
    waiting --> cancelled
    queued --> sending: leased
    queued --> parked: by a person
    queued --> cancelled
    sending --> delivered
    sending --> deferred
    sending --> unknown: no answer, or the lease ran out
    sending --> rejected
    sending --> parked
    deferred --> sending: due
    deferred --> queued: replayed
    deferred --> parked
    deferred --> cancelled
    unknown --> sending: asked first
    unknown --> queued: replayed
    unknown --> parked
    unknown --> cancelled
    parked --> queued: replayed
    parked --> cancelled: discarded
    delivered --> [*]
    rejected --> [*]
    cancelled --> [*]
```
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ACTIVE",
    "FINAL",
    "TRANSITIONS",
    "Delivery",
    "State",
    "can_become",
    "is_final",
]


class State(StrEnum):
    """Where a delivery stands."""

    CANCELLED = "cancelled"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    PARKED = "parked"
    QUEUED = "queued"
    REJECTED = "rejected"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WAITING = "waiting"


TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.CANCELLED: frozenset(),
        State.DEFERRED: frozenset({State.SENDING, State.QUEUED, State.PARKED, State.CANCELLED}),
        State.DELIVERED: frozenset(),
        State.PARKED: frozenset({State.QUEUED, State.CANCELLED}),
        State.QUEUED: frozenset({State.SENDING, State.PARKED, State.CANCELLED}),
        State.REJECTED: frozenset(),
        State.SENDING: frozenset(
            {
                State.DELIVERED,
                State.DEFERRED,
                State.UNKNOWN,
                State.REJECTED,
                State.PARKED,
            }
        ),
        State.UNKNOWN: frozenset({State.SENDING, State.QUEUED, State.PARKED, State.CANCELLED}),
        State.WAITING: frozenset({State.QUEUED, State.CANCELLED}),
    }
)

#: States that hold the lane: at most one delivery of a lane is in one of them (a partial unique index in the ledger).
ACTIVE = frozenset({State.QUEUED, State.SENDING, State.DEFERRED, State.UNKNOWN, State.PARKED})

#: States from which nothing follows; reaching one releases the next of the lane in the same commit.
FINAL = frozenset({State.DELIVERED, State.REJECTED, State.CANCELLED})


def can_become(state: State, other: State) -> bool:
    """Tell whether the one transition table allows `state` to become `other`."""
    return other in TRANSITIONS[state]


def is_final(state: State) -> bool:
    """Tell whether nothing can follow `state`."""
    return state in FINAL


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the ledger: a transfer on its way to one destination, as it stood when it was read.

    `position` orders the deliveries of a lane. `attempts` counts leases that ended in an outcome. `cause` and `text` tell the last
    failure (a code of a closed set, and a sentence without personal data). `due_at` is when the next attempt may begin.
    """

    id: str
    transfer_id: str
    destination: str
    dossier_id: str
    position: int
    state: State
    attempts: int
    accepted_at: datetime
    changed_at: datetime
    due_at: datetime
    cause: str = ""
    text: str = ""
    reference: str = ""
