"""Small transfers for the ledger suites."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.ports import (
    Acceptance,
    Accepted,
    Act,
    Desk,
    Filter,
    Ledger,
    Reader,
    Registers,
    Settlement,
)

if TYPE_CHECKING:
    from gateway.domain.delivery import Delivery
    from gateway.ports import Lease, Work

__all__ = [
    "MINUTE",
    "NOW",
    "WholeLedger",
    "accept",
    "acceptance",
    "act",
    "deliver",
    "lease",
    "only",
    "settle",
    "state_of",
]

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class WholeLedger(Ledger, Desk, Registers, Protocol):
    """All four protocols over one ledger."""

    @property
    def reader(self) -> Reader:
        """The reading side."""


def acceptance(
    message: str = "m1",
    *,
    dossier: str = "D1",
    to: tuple[str, ...] = ("tax",),
    sender: str = "one-stop",
    content: str = "",
    more: tuple[tuple[str, str], ...] = (),
    procedure: str = "1.000656",
    at: datetime = NOW,
    closes_case: bool = False,
) -> Acceptance:
    """A transfer of one dossier; `more` are further identifiers as (value, scheme)."""
    canonical = f"{message} {dossier} {content}".encode()
    names = ((dossier, "dossier"), *more)
    return Acceptance(
        transfer_id=str(uuid4()),
        sender=sender,
        message_id=message,
        digest=sha256(canonical).hexdigest(),
        event="submitted",
        procedure=procedure,
        identifiers=tuple(Identifier(value=value, scheme=scheme) for value, scheme in names if value),
        destinations=to,
        canonical=canonical,
        raw=b"<raw/>",
        raw_media_type="application/xml",
        accepted_at=at,
        closes_case=closes_case,
    )


async def accept(ledger: WholeLedger, given: Acceptance) -> Accepted:
    """Accept what must be new."""
    answer = await ledger.accept(given)
    assert isinstance(answer, Accepted), answer
    return answer


async def lease(ledger: WholeLedger, delivery_id: str, *, at: datetime = NOW, hold: timedelta = MINUTE) -> Lease:
    """Lease what must be free."""
    given = await ledger.lease(delivery_id, owner="worker-1", now=at, until=at + hold)
    assert given is not None
    return given


async def settle(
    ledger: WholeLedger,
    held: Lease,
    state: State = State.DELIVERED,
    *,
    at: datetime = NOW,
    due_at: datetime | None = None,
    reference: str = "",
    opens_case: bool = False,
) -> tuple[Work, ...]:
    """Settle a lease."""
    return await ledger.settle(
        Settlement(
            delivery_id=held.delivery.id,
            fence=held.fence,
            state=state,
            at=at,
            due_at=due_at,
            cause="" if state is State.DELIVERED else "destination",
            reference=reference,
            opens_case=opens_case,
        )
    )


async def deliver(ledger: WholeLedger, delivery_id: str, *, at: datetime = NOW, reference: str = "") -> tuple[Work, ...]:
    """Lease and settle as delivered."""
    return await settle(ledger, await lease(ledger, delivery_id, at=at), at=at, reference=reference)


async def act(ledger: WholeLedger, delivery_id: str, to: State, *, at: datetime = NOW) -> tuple[Work, ...]:
    """Act as a person."""
    return await ledger.act(Act(delivery_id=delivery_id, to=to, who="officer", why="asked by phone", at=at))


async def only(ledger: WholeLedger, which: Filter) -> Delivery:
    """Read the one delivery that a filter finds."""
    page = await ledger.reader.deliveries(which)
    assert len(page.deliveries) == 1, page
    return page.deliveries[0]


async def state_of(ledger: WholeLedger, delivery_id: str) -> State:
    """Tell where a delivery stands."""
    return (await only(ledger, Filter(delivery_id=delivery_id))).state
