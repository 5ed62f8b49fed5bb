"""Open the doors of a gateway."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.web.application import build
from gateway.web.doors import Doors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.app import Gateway

__all__ = ["open_doors"]


@asynccontextmanager
async def open_doors(gateway: Gateway, host: str, port: int) -> AsyncIterator[str]:
    """Listen until the block is left; answers the address. Requests under way end first."""
    limits = gateway.site.limits
    doors = Doors(
        acceptor=gateway.acceptor,
        inbox=gateway.inbox,
        reader=gateway.reader,
        blobs=gateway.blobs,
        telemetry=gateway.telemetry,
        directory=lambda: gateway.directory,
        routes=gateway.systems.routes,
        ready=gateway.ready,
        metrics=gateway.telemetry.exposition,
        limits=limits,
    )
    runner = web.AppRunner(
        build(doors),
        access_log=None,
        keepalive_timeout=limits.keepalive_seconds,
        lingering_time=2.0,
        max_line_size=8190,
        max_field_size=8190,
        shutdown_timeout=gateway.site.timing.stop_seconds,
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0]
    try:
        yield f"http://{bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()
