"""The work of one destination: what is ready, what is in hand, who handles it."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.ports import Handler, Work

__all__ = ["Line"]

log = structlog.get_logger(__name__)


class Line:
    """Owns the order of work and the running handlers of one destination; a delivery is in it once."""

    def __init__(
        self,
        *,
        put_off: Callable[[Work, float], None],
        first_pause_seconds: float,
        longest_pause_seconds: float,
    ) -> None:
        """Begin empty; `put_off` brings work back after so many seconds."""
        self._put_off = put_off
        self._first_pause = first_pause_seconds
        self._longest_pause = longest_pause_seconds
        self._ready: deque[Work] = deque()
        #: The payloads of what is ready, in bytes.
        self.ready_bytes = 0
        self._waiting: set[str] = set()
        self._in_hand: dict[str, Work | None] = {}
        self._raised: dict[str, int] = {}
        self._stations: list[Station] = []

    @property
    def depth(self) -> int:
        """Count what is ready or in hand."""
        return len(self._ready) + len(self._in_hand)

    def put(self, work: Work, *, even_in_hand: bool = False) -> None:
        """Add work unless it is there; with `even_in_hand`, what is in hand now comes again when that has ended."""
        if work.delivery_id in self._in_hand:
            if even_in_hand:
                self._in_hand[work.delivery_id] = work
        elif work.delivery_id not in self._waiting:
            self._waiting.add(work.delivery_id)
            self._ready.append(work)
            self.ready_bytes += len(work.payload or b"")
            self._fill()

    def consume(self, handler: Handler, *, concurrency: int) -> None:
        """Add a station that handles so many at once."""
        self._stations.append(Station(handler, concurrency))
        self._fill()

    async def stop(self) -> None:
        """Close all stations; return when nothing of the line is running."""
        stations, self._stations = self._stations, []
        for station in stations:
            while station.running:
                await asyncio.wait(station.running)

    def _fill(self) -> None:
        """Give ready work to free stations, to the least busy first."""
        while self._ready and self._stations:
            station = min(self._stations, key=Station.busy)
            if len(station.running) >= station.concurrency:
                return
            work = self._ready.popleft()
            self.ready_bytes -= len(work.payload or b"")
            self._waiting.discard(work.delivery_id)
            self._in_hand[work.delivery_id] = None
            task = asyncio.get_running_loop().create_task(station.handle(work))
            station.running.add(task)
            task.add_done_callback(partial(self._handled, station, work))

    def _handled(self, station: Station, work: Work, task: asyncio.Task[None]) -> None:
        """Let go of work; what raised comes again after a pause that doubles."""
        station.running.discard(task)
        again = self._in_hand.pop(work.delivery_id, None)
        error = None if task.cancelled() else task.exception()
        if error is not None or task.cancelled():
            times = self._raised.get(work.delivery_id, 0)
            self._raised[work.delivery_id] = times + 1
            pause = min(self._first_pause * 2 ** min(times, 30), self._longest_pause)
            log.warning(
                "work_put_off",
                destination=work.destination,
                delivery_id=work.delivery_id,
                error=type(error).__name__ if error else "cancelled",
                times=times + 1,
            )
            self._put_off(work, pause)
        else:
            self._raised.pop(work.delivery_id, None)
            if again is not None:
                self.put(again)
        self._fill()


class Station:
    """One consumer: a handler and what it has running."""

    def __init__(self, handler: Handler, concurrency: int) -> None:
        """Begin idle."""
        self._handler = handler
        self.concurrency = concurrency
        self.running: set[asyncio.Task[None]] = set()

    def busy(self) -> float:
        """Tell which part of it is busy."""
        return len(self.running) / self.concurrency

    async def handle(self, work: Work) -> None:
        """Call the handler."""
        await self._handler(work)
