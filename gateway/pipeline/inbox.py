"""Deliveries that an agency fetches itself: leased, then acknowledged or refused, with the guarantees of a push."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.domain.errors import Malformed, Problem, Refused
from gateway.domain.transfer import AcceptedTransfer, Transfer
from gateway.ports import Filter, LeaseLost, Settlement

if TYPE_CHECKING:
    from gateway.domain.delivery import Delivery
    from gateway.ports import Clock, Lease, Ledger, Reader, Telemetry

__all__ = ["Inbox", "InboxItem"]


class InboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery in the hands of its agency until `leased_until`; `lease` must be given back with the answer.

    `repeated` says that it was handed out before and never answered: the agency may hold it already.
    """

    delivery_id: str
    lease: str
    leased_until: datetime
    repeated: bool
    identifiers: tuple[Identifier, ...]
    accepted: AcceptedTransfer


class Inbox:
    """What waits for the systems without an open port."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: Reader,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        """Keep the ports; nothing is opened."""
        self._ledger = ledger
        self._reader = reader
        self._clock = clock
        self._telemetry = telemetry

    async def lease(self, system: str, *, limit: int, hold: timedelta) -> tuple[InboxItem, ...]:
        """Hand out up to `limit` deliveries, the oldest first, one of a lane at most; each comes again when `hold` passes unanswered.

        One whose content is gone is parked for a person; it does not hold back the others.
        """
        now = self._clock.now()
        which = Filter(
            destination=system,
            states=(State.QUEUED, State.DEFERRED, State.UNKNOWN, State.SENDING),
            due_before=now,
        )
        page = await self._reader.deliveries(which, limit=limit)
        items = []
        for delivery in page.deliveries:
            lease = await self._ledger.lease(delivery.id, owner=f"inbox:{system}", now=now, until=now + hold)
            if lease is None:
                continue
            if (item := await self._item(lease, now + hold)) is not None:
                items.append(item)
            else:
                await self._park(system, lease)
        return tuple(items)

    async def acknowledge(self, system: str, delivery_id: str, lease: str, *, reference: str = "") -> None:
        """Settle as delivered. Raises `Malformed` (no such delivery), `Refused` code `lease_lost` (handed out again since)."""
        await self._settle(system, delivery_id, lease, state=State.DELIVERED, reference=reference)

    async def refuse(self, system: str, delivery_id: str, lease: str, *, code: str, text: str) -> None:
        """Settle as rejected by the agency, with its code and text. Errors as `acknowledge`."""
        await self._settle(system, delivery_id, lease, state=State.REJECTED, cause=code, text=text)

    async def _park(self, system: str, lease: Lease) -> None:
        """Park what cannot be handed out."""
        text = "the content of this transfer was purged"
        settlement = Settlement(
            delivery_id=lease.delivery.id, fence=lease.fence, state=State.PARKED, at=self._clock.now(), cause="purged", text=text
        )
        try:
            await self._ledger.settle(settlement)
        except LeaseLost:
            return
        self._telemetry.attempted(destination=system, outcome=State.PARKED, cause="purged", seconds=0.0)

    async def _item(self, lease: Lease, until: datetime) -> InboxItem | None:
        """Put the transfer beside its lease; None when its content is gone."""
        delivery = lease.delivery
        record = await self._reader.transfer(delivery.transfer_id)
        payload = await self._reader.payload(delivery.transfer_id)
        if record is None or payload is None:
            return None
        accepted = AcceptedTransfer(
            id=record.id,
            sender=record.sender,
            dossier_id=record.dossier_id,
            accepted_at=record.accepted_at,
            transfer=msgspec.json.decode(payload, type=Transfer),
        )
        return InboxItem(
            delivery_id=delivery.id,
            lease=str(lease.fence),
            leased_until=until,
            repeated=lease.ask_first or delivery.attempts > 0,
            identifiers=lease.identifiers,
            accepted=accepted,
        )

    async def _settle(
        self,
        system: str,
        delivery_id: str,
        lease: str,
        *,
        state: State,
        cause: str = "",
        text: str = "",
        reference: str = "",
    ) -> None:
        """Commit the agency's answer; what it releases waits in the same inbox."""
        delivery = await self._held(system, delivery_id)
        if not (lease.isascii() and lease.isdigit() and len(lease) < 19):
            raise Malformed(
                [
                    Problem(
                        path="lease",
                        rule="give back the lease that came with the delivery",
                    )
                ]
            )
        now = self._clock.now()
        settlement = Settlement(
            delivery_id=delivery_id,
            fence=int(lease),
            state=state,
            at=now,
            cause=cause,
            text=text,
            reference=reference,
        )
        try:
            await self._ledger.settle(settlement)
        except LeaseLost as error:
            if delivery.state is state:
                return
            raise Refused("this lease ran out; fetch the inbox again", code="lease_lost") from error
        self._telemetry.attempted(destination=system, outcome=state, cause=cause, seconds=0.0)
        if state is State.DELIVERED:
            self._telemetry.delivered(destination=system, seconds=(now - delivery.accepted_at).total_seconds())

    async def _held(self, system: str, delivery_id: str) -> Delivery:
        """Find a delivery of this system; another system's does not exist for it."""
        page = await self._reader.deliveries(Filter(destination=system, delivery_id=delivery_id), limit=1)
        if not page.deliveries:
            raise Malformed(
                [Problem(path="delivery_id", rule="no such delivery in this inbox")],
                code="not_found",
            )
        return page.deliveries[0]
