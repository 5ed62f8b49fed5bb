"""Poll systems again and again, each after the pause that its connector wants."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from gateway.domain.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.pipeline.opened import Opened
    from gateway.pipeline.poll import Poller

__all__ = ["Polling"]

log = structlog.get_logger(__name__)


class Polling:
    """Owns one task for each polled system. A poll under way is never cut off but by the end of the time to stop: what the agency tells
    meanwhile it may tell only once.
    """

    def __init__(self, poller: Poller, find: Callable[[str], Opened | None]) -> None:
        """Keep the two; `find` answers a system as it is open now."""
        self._poller = poller
        self._find = find
        self._stops: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def follow(self, wanted: Collection[str]) -> None:
        """Poll these and no others from now on."""
        for name in self._stops.keys() - set(wanted):
            self._stops.pop(name).set()
        for name in set(wanted) - self._stops.keys():
            stop = self._stops[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._poll(name, stop, self._tasks.get(name)))

    async def close(self, seconds: float) -> None:
        """Ask nobody any more; polls under way are given so long to end."""
        self.follow(())
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _poll(self, name: str, stop: asyncio.Event, before: asyncio.Task[None] | None) -> None:
        """Poll one system until told to stop; begin when an earlier task of it has ended."""
        if before is not None:
            await asyncio.wait([before])
        while not stop.is_set():
            found = self._find(name)
            if found is None or found.polls is None:
                return
            try:
                await self._poller.poll(found.system, found.polls)
            except GatewayError as error:
                log.warning("poll_failed", system=name, reason=error.text)
            except Exception as error:  # noqa: BLE001 - a connector's defect must not end its polling
                log.warning("poll_failed_by_defect", system=name, error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(found.polls.poll_every.total_seconds()):
                    await stop.wait()
