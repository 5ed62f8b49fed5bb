"""Hand work to the queue behind the back of whoever made it: in batches, never holding up an answer."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.ports import Queue, Telemetry, Work

__all__ = ["Publisher"]


class Publisher:
    """Owns what is committed and not yet handed to the queue, in a line for each destination: one that is slow holds only itself.

    What it cannot hand over it forgets, and counts: the ledger knows that it is due, and the sweeper publishes it. So does it with
    what goes beyond `backlog`, from the longest line.
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
        self._room = backlog
        self._lines: defaultdict[str, deque[Work]] = defaultdict(deque)
        self._publishing: dict[str, asyncio.Task[None]] = {}

    def publish(self, works: Iterable[Work]) -> None:
        """Take work to be published soon; returns at once."""
        for work in works:
            if not self._carries(work.destination):
                continue
            self._lines[work.destination].append(work)
            self._room -= 1
            if self._room < 0:
                self._drop()
            if work.destination not in self._publishing:
                self._publishing[work.destination] = asyncio.get_running_loop().create_task(self._drain(work.destination))

    async def close(self) -> None:
        """Wait until all that was taken is handed over, or given up."""
        while self._publishing:
            await asyncio.wait(self._publishing.values())

    async def _drain(self, destination: str) -> None:
        """Publish batch after batch until nothing is left."""
        line = self._lines[destination]
        try:
            while line:
                batch = [line.popleft() for _ in range(min(self._batch, len(line)))]
                self._room += len(batch)
                begun = time.monotonic()
                try:
                    await self._queue.publish(batch)
                except RetryLater:
                    self._telemetry.publish_failed(count=len(batch))
                else:
                    self._telemetry.published(seconds=time.monotonic() - begun)
        finally:
            del self._publishing[destination]

    def _drop(self) -> None:
        """Forget the newest of the longest line."""
        max(self._lines.values(), key=len).pop()
        self._room += 1
        self._telemetry.publish_failed(count=1)
