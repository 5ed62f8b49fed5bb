"""The aiohttp door of a contestant: one route, a free port, `ready: ADDRESS` on standard output."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["listen_for_ever"]


async def listen_for_ever(accept: Callable[[web.Request], Awaitable[web.Response]] | None) -> None:
    """Serve `POST /v1/transfers`, or nothing, until the process ends; says when it is ready."""
    address = "no door"
    if accept is not None:
        application = web.Application()
        application.router.add_post("/v1/transfers", accept)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        address = f"http://{host}:{port}"
    print(f"ready: {address}", flush=True)
    await asyncio.Event().wait()
