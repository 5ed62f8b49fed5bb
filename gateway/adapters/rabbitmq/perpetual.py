"""A task that is to run for ever, and does so even when something went wrong in it that nobody thought of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Perpetual"]

log = structlog.get_logger(__name__)

#: Between a failure and the next beginning.
PAUSE_SECONDS = 1.0

#: Between two requests to end.
ASK_AGAIN_SECONDS = 0.5


class Perpetual:
    """Owns one endless task; begun again after a pause, and said, when it ends by itself."""

    def __init__(self, act: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Keep what is to be done; `name` is for the log."""
        self._act = act
        self._name = name
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin; once."""
        self._task = asyncio.get_running_loop().create_task(self._run(0))
        self._task.add_done_callback(self._begin_again)

    async def close(self) -> None:
        """End it for good; return when it has ended.

        Asked more than once: the client library swallows a cancellation that meets the closing of a channel.
        """
        task, self._task = self._task, None
        while task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=ASK_AGAIN_SECONDS)

    async def _run(self, pause_seconds: float) -> None:
        """Do it, after a pause."""
        await asyncio.sleep(pause_seconds)
        await self._act()

    def _begin_again(self, ended: asyncio.Task[None]) -> None:
        """Say why it ended and begin again, unless it was closed."""
        error = None if ended.cancelled() else ended.exception()
        if self._task is None:
            return
        log.error(
            "task_ended_by_defect",
            task=self._name,
            error=type(error).__name__ if error else "none",
        )
        self._task = asyncio.get_running_loop().create_task(self._run(PAUSE_SECONDS))
        self._task.add_done_callback(self._begin_again)
