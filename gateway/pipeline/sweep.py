"""Find what is due and the queue does not have, and hand it over: why losing the whole broker loses nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import structlog

from gateway.domain.delivery import State
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import timedelta

    from gateway.ports import Clock, Ledger, Queue, Reader, Telemetry, Work

__all__ = ["Sweeper"]

log = structlog.get_logger(__name__)


class Sweeper:
    """Compares the ledger with the queue, now and then."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: Reader,
        queue: Queue,
        clock: Clock,
        telemetry: Telemetry,
        fetched: Callable[[], Collection[str]],
    ) -> None:
        """Keep the ports; `fetched` names the destinations that fetch for themselves and have no queue."""
        self._ledger = ledger
        self._reader = reader
        self._queue = queue
        self._clock = clock
        self._telemetry = telemetry
        self._fetched = fetched

    async def sweep(self, *, grace: timedelta, limit: int = 1000) -> int:
        """Publish what has been due for longer than `grace` and the queue lacks; tell how many.

        Publishing too much is harmless, for a lease is given once. So a destination is passed over only while its queue holds at least
        as much as the ledger says is on its way.
        """
        now = self._clock.now()
        works = await self._ledger.sweep(now=now, limit=limit, grace=grace, skip=self._fetched())
        if not works:
            return 0
        by_destination: dict[str, list[Work]] = defaultdict(list)
        for work in works:
            by_destination[work.destination].append(work)
        ready: Counter[str] = Counter()
        for destination, state, count, _ in await self._reader.counts(now=now):
            if state in {State.QUEUED, State.SENDING}:
                ready[destination] += count
        published = (self._publish(destination, found, ready[destination]) for destination, found in by_destination.items())
        return sum(await asyncio.gather(*published))

    async def _publish(self, destination: str, works: list[Work], ready: int) -> int:
        """Publish to one destination unless its queue holds all that is ready; a failure is left to the next sweep."""
        try:
            if ready and await self._queue.depth(destination) >= ready:
                return 0
            begun = time.monotonic()
            await self._queue.publish(works)
        except RetryLater as error:
            log.warning("sweep_could_not_publish", destination=destination, reason=error.text)
            return 0
        self._telemetry.published(seconds=time.monotonic() - begun)
        self._telemetry.swept(destination=destination, count=len(works))
        return len(works)
