"""Hand work to the queue behind the back of whoever made it: in batches, never holding up an answer."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.ports import Queue, Telemetry, Work

__all__ = ["Publisher"]


class Publisher:
    """Owns what is committed and not yet handed to the queue.

    What it cannot hand over it forgets, and counts: the ledger knows that it is due, and the sweeper publishes it. So does it with
    what goes beyond `backlog`.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        telemetry: Telemetry,
        carries: Callable[[str], bool],
        batch: int = 200,
        backlog: int = 20_000,
    ) -> None:
        """Keep the ports; `carries` tells whether a destination is served by the queue (an inbox is not)."""
        self._queue = queue
        self._telemetry = telemetry
        self._carries = carries
        self._batch = batch
        self._backlog = backlog
        self._works: deque[Work] = deque()
        self._publishing: asyncio.Task[None] | None = None

    def publish(self, works: Iterable[Work]) -> None:
        """Take work to be published soon; returns at once."""
        self._works.extend(work for work in works if self._carries(work.destination))
        dropped = len(self._works) - self._backlog
        for _ in range(dropped):
            self._works.pop()
        if dropped > 0:
            self._telemetry.publish_failed(count=dropped)
        if self._works and self._publishing is None:
            self._publishing = asyncio.get_running_loop().create_task(self._drain())

    async def close(self) -> None:
        """Wait until all that was taken is handed over, or given up."""
        if self._publishing is not None:
            await self._publishing

    async def _drain(self) -> None:
        """Publish batch after batch until nothing is left."""
        try:
            while self._works:
                batch = [self._works.popleft() for _ in range(min(self._batch, len(self._works)))]
                try:
                    await self._queue.publish(batch)
                except RetryLater:
                    self._telemetry.publish_failed(count=len(batch))
        finally:
            self._publishing = None
