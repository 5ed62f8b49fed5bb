"""Many things to be done later, one timer of the event loop."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.ports import Work

__all__ = ["Timer"]


class Timer:
    """Owns what is delayed, the earliest first."""

    def __init__(self, ring: Callable[[Work], None]) -> None:
        """Keep whom to give the work when its time has come."""
        self._ring = ring
        self._heap: list[tuple[float, int, Work]] = []
        self._numbers = count()
        #: The payloads of what is delayed, in bytes.
        self.held_bytes = 0
        self._handle: asyncio.TimerHandle | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._heap)

    def set(self, work: Work, seconds: float) -> None:
        """Ring for this work after so many seconds."""
        due = asyncio.get_running_loop().time() + max(seconds, 0)
        heapq.heappush(self._heap, (due, next(self._numbers), work))
        self.held_bytes += len(work.payload or b"")
        if self._heap[0][0] == due:
            self._wind()

    def close(self) -> None:
        """Never ring again."""
        self._closed = True
        self._heap.clear()
        self._wind()

    def _wind(self) -> None:
        """Let the event loop call when the earliest is due."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._heap and not self._closed:
            loop = asyncio.get_running_loop()
            self._handle = loop.call_at(self._heap[0][0], self._ring_due)

    def _ring_due(self) -> None:
        """Ring for all that is due."""
        now = asyncio.get_running_loop().time()
        while self._heap and self._heap[0][0] <= now:
            work = heapq.heappop(self._heap)[2]
            self.held_bytes -= len(work.payload or b"")
            self._ring(work)
        self._wind()
