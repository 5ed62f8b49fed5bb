"""Make one attempt of one delivery: lease, ask first if need be, write, deliver, settle, release the next of the lane."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import structlog

from gateway.domain.delivery import State
from gateway.domain.errors import NeedsPerson
from gateway.domain.transfer import AcceptedTransfer, Transfer
from gateway.pipeline.recent import Recent
from gateway.pipeline.recover import recover
from gateway.pipeline.verdict import settle_as
from gateway.ports import LeaseLost
from gateway.sdk import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from gateway.domain.agency import System
    from gateway.domain.outcome import Outcome
    from gateway.pipeline.opened import Opened
    from gateway.pipeline.publish import Publisher
    from gateway.pipeline.recover import Stuck
    from gateway.ports import Clock, Lease, Ledger, Queue, Reader, Settlement, Telemetry, Work

__all__ = ["Deliverer"]

log = structlog.get_logger(__name__)
_decode_accepted = msgspec.json.Decoder(AcceptedTransfer).decode
_decode_transfer = msgspec.json.Decoder(Transfer).decode


class Deliverer:
    """The handler of a worker; any number of calls at once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: Reader,
        queue: Queue,
        publisher: Publisher,
        clock: Clock,
        telemetry: Telemetry,
        open_system: Callable[[str], Opened | None],
        owner: str,
        lease_for: timedelta,
        jitter: Callable[[], float],
        recent: Recent | None = None,
    ) -> None:
        """Keep the ports; an attempt is given nine tenths of `lease_for`."""
        self._ledger = ledger
        self._reader = reader
        self._queue = queue
        self._publisher = publisher
        self._clock = clock
        self._telemetry = telemetry
        self._open_system = open_system
        self._owner = owner
        self._lease_for = lease_for
        self._jitter = jitter
        self._recent = recent or Recent()

    async def handle(self, work: Work) -> None:
        """Make an attempt, or nothing when the delivery is not to be attempted now.

        When it returns, the outcome is committed or the lease will run out and the delivery be asked about. Raises `RetryLater` when
        the ledger cannot be reached before anything was sent.
        """
        opened = self._open_system(work.destination)
        if opened is None:
            return
        now = self._clock.now()
        lease = await self._ledger.lease(work.delivery_id, owner=self._owner, now=now, until=now + self._lease_for)
        if lease is None:
            return
        begun = time.monotonic()
        ended = await recover(
            lambda: self._attempt(work, lease, opened),
            seconds=self._lease_for.total_seconds() * 0.9,
            delivery_id=work.delivery_id,
        )
        await self._settle(work, lease, opened, ended, time.monotonic() - begun)

    async def _attempt(self, work: Work, lease: Lease, opened: Opened) -> Outcome:
        """Ask the destination when an earlier outcome is unknown, else write and deliver."""
        outgoing = Outgoing(
            key=work.delivery_id,
            system=opened.system.name,
            attempt=lease.delivery.attempts + 1,
            accepted=await self._accepted(work),
            identifiers=lease.identifiers,
        )
        if lease.ask_first:
            if opened.reconciles is not None:
                known = await opened.reconciles.reconcile(outgoing)
                if known is not None:
                    return known
            elif opened.system.when_unknown == "park":
                raise NeedsPerson(
                    "the outcome of an earlier attempt is unknown and this system cannot be asked",
                    code="unknown_outcome",
                )
        return await opened.connector.deliver(outgoing, opened.connector.write(outgoing))

    async def _accepted(self, work: Work) -> AcceptedTransfer:
        """Take the transfer from what was accepted here last, or from the work, or read it from the ledger when it did not travel."""
        if (recent := self._recent.find(work.transfer_id)) is not None:
            return recent
        if work.payload is not None:
            return _decode_accepted(work.payload)
        record = await self._reader.transfer(work.transfer_id)
        payload = await self._reader.payload(work.transfer_id)
        if record is None or payload is None:
            raise NeedsPerson("the content of this transfer was purged", code="purged")
        transfer = _decode_transfer(payload)
        return AcceptedTransfer(
            id=record.id,
            sender=record.sender,
            dossier_id=record.dossier_id,
            accepted_at=record.accepted_at,
            transfer=transfer,
        )

    async def _settle(self, work: Work, lease: Lease, opened: Opened, ended: Outcome | Stuck, seconds: float) -> None:
        """Commit the outcome, hand on what it released, come back later when it was not the last word."""
        now = self._clock.now()
        system = opened.system
        settlement = settle_as(
            lease,
            ended,
            policy=system.retry,
            now=now,
            jitter=self._jitter,
            opens_case=opened.polls is not None,
        )
        try:
            released = await self._ledger.settle(settlement)
        except LeaseLost:
            log.warning(
                "lease_lost",
                delivery_id=work.delivery_id,
                destination=system.name,
                outcome=settlement.state,
            )
            return
        self._publisher.publish(released)
        self._tell(lease, system, settlement, seconds)
        if settlement.due_at is not None:
            await self._queue.delay(work, settlement.due_at - now)

    def _tell(self, lease: Lease, system: System, settlement: Settlement, seconds: float) -> None:
        """Measure the attempt; log it unless it simply delivered."""
        delivery = lease.delivery
        self._telemetry.attempted(destination=system.name, outcome=settlement.state, cause=settlement.cause, seconds=seconds)
        if settlement.state is State.DELIVERED:
            self._telemetry.delivered(destination=system.name, seconds=(settlement.at - delivery.accepted_at).total_seconds())
            return
        log.warning(
            "attempt_ended",
            delivery_id=delivery.id,
            destination=system.name,
            outcome=settlement.state,
            cause=settlement.cause,
            attempt=delivery.attempts + 1,
        )
