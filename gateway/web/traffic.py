"""The requests under way, so that they can end before the doors close."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["TRAFFIC", "Traffic"]


class Traffic:
    """Counts requests. aiohttp alone would drop the rest of a body that is still coming when it is told to stop."""

    def __init__(self) -> None:
        """Begin with none."""
        self._under_way = 0
        self._closing = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    @web.middleware
    async def watch(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """Count a request while it is handled; once the doors are closing, its connection ends with it."""
        self._under_way += 1
        self._quiet.clear()
        try:
            response = await handler(request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()
        if self._closing:
            response.force_close()
        return response

    async def end(self, seconds: float) -> None:
        """Wait until no request is under way, at most so long."""
        self._closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()


TRAFFIC = web.AppKey("traffic", Traffic)
