"""The queue in memory of one process. All it holds may be lost: the ledger publishes it again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from gateway.adapters.embedded_queue.line import Line
from gateway.adapters.embedded_queue.timer import Timer
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports import Handler, Work

__all__ = ["EmbeddedQueue"]


class EmbeddedQueue:
    """Owns one line for each destination, and one timer for all that is delayed.

    Memory stays bounded when a destination is away for long: beyond `inline_bytes` of payloads, works are held without theirs
    (whoever handles the work reads it from the ledger); beyond `capacity` works, publishing raises `RetryLater` and the sweeper brings
    the work another time.
    """

    def __init__(
        self,
        *,
        capacity: int = 200_000,
        inline_bytes: int = 24 * 1024 * 1024,
        first_pause: timedelta = timedelta(milliseconds=500),
        longest_pause: timedelta = timedelta(minutes=1),
    ) -> None:
        """Begin empty; the pauses are those after a handler that raised, doubled each time."""
        self._capacity = capacity
        self._inline_bytes = inline_bytes
        self._pauses = (first_pause, longest_pause)
        self._lines: dict[str, Line] = {}
        self._timer = Timer(self._put)
        self._closed = False

    async def publish(self, works: Sequence[Work]) -> None:
        """Take work; what is already there, ready or in hand, is not taken twice."""
        self._check_room(len(works))
        room = self._room()
        for work in works:
            room -= len(work.payload or b"")
            self._line(work.destination).put(work if room >= 0 else _without_payload(work))

    async def delay(self, work: Work, after: timedelta) -> None:
        """Take work that becomes ready after a while; if it is in hand by then, it comes when that has ended."""
        self._check_room(1)
        fits = self._room() >= len(work.payload or b"")
        self._timer.set(work if fits else _without_payload(work), after.total_seconds())

    async def consume(self, destination: str, handler: Handler, *, concurrency: int) -> None:
        """Begin to call `handler`."""
        self._line(destination).consume(handler, concurrency=concurrency)

    async def stop(self, destination: str) -> None:
        """Stop consuming a destination; return when no handler of it is running."""
        await self._line(destination).stop()

    @property
    def connected(self) -> bool:
        """Tell whether it is open: memory is always there."""
        return not self._closed

    async def depth(self, destination: str) -> int:
        """Count what is ready or in hand."""
        line = self._lines.get(destination)
        return line.depth if line else 0

    async def close(self) -> None:
        """Stop everything and wait for running handlers; what is left is forgotten."""
        self._closed = True
        self._timer.close()
        await asyncio.gather(*(line.stop() for line in self._lines.values()))

    def _line(self, destination: str) -> Line:
        """Find the line of a destination, or begin one."""
        line = self._lines.get(destination)
        if line is None:
            first, longest = self._pauses
            line = Line(
                put_off=self._timer.set,
                first_pause_seconds=first.total_seconds(),
                longest_pause_seconds=longest.total_seconds(),
            )
            self._lines[destination] = line
        return line

    def _put(self, work: Work) -> None:
        """Put work in its line when its time has come."""
        self._line(work.destination).put(work, even_in_hand=True)

    def _room(self) -> int:
        """Count the bytes of payloads that may still be held."""
        return self._inline_bytes - self._timer.held_bytes - sum(line.ready_bytes for line in self._lines.values())

    def _check_room(self, more: int) -> None:
        """Raise `RetryLater` when nothing more is taken."""
        if self._closed:
            raise RetryLater("the queue is closed", code="queue")
        held = len(self._timer) + sum(line.depth for line in self._lines.values())
        if held + more > self._capacity:
            raise RetryLater("the queue is full", code="queue")


def _without_payload(work: Work) -> Work:
    """Leave the payload out: the ledger has it."""
    return msgspec.structs.replace(work, payload=None)
