"""Open the doors of a gateway."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.domain.errors import NeedsPerson
from gateway.web.application import build
from gateway.web.doors import Doors
from gateway.web.protocol import DoorProtocol
from gateway.web.traffic import TRAFFIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.app import Gateway
    from gateway.settings.site import Limits

__all__ = ["doors_of", "listen", "open_doors"]

#: The longest line of a header, and how long a refused body is still read so that the refusal arrives.
LONGEST_LINE = 8190
LINGER_SECONDS = 2.0


@asynccontextmanager
async def open_doors(gateway: Gateway, host: str, port: int) -> AsyncIterator[str]:
    """Listen until the block is left; answers the address. Requests under way end first."""
    async with listen(doors_of(gateway), host, port, stop_seconds=gateway.site.timing.stop_seconds) as address:
        yield address


def doors_of(gateway: Gateway) -> Doors:
    """Give the doors what they need of a gateway."""
    return Doors(
        acceptor=gateway.acceptor,
        inbox=gateway.inbox,
        reader=gateway.reader,
        blobs=gateway.blobs_of,
        clock=gateway.clock,
        telemetry=gateway.telemetry,
        directory=lambda: gateway.directory,
        routes=gateway.systems.routes,
        ready=gateway.ready,
        metrics=gateway.telemetry.exposition,
        limits=gateway.site.limits,
    )


@asynccontextmanager
async def listen(doors: Doors, host: str, port: int, *, stop_seconds: float) -> AsyncIterator[str]:
    """Listen until the block is left; answers the address. Then no connection is taken any more, and requests under way are given
    `stop_seconds` to end. Raises `NeedsPerson` when nothing can listen there.
    """
    app = build(doors)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LINGER_SECONDS)
    await runner.setup()
    try:
        listening = await asyncio.get_running_loop().create_server(lambda: _protocol(runner, doors.limits), host, port, backlog=1024)
    except OSError as error:
        await runner.cleanup()
        text = f"nothing can listen at {host}, port {port}: {error.strerror}; see what does, or change `listen` in site.yaml or --port"
        raise NeedsPerson(text, code="not_listening") from error
    try:
        yield _address(listening.sockets[0])
    finally:
        listening.close()
        await app[TRAFFIC].end(stop_seconds)
        await runner.cleanup()


def _protocol(runner: web.AppRunner, limits: Limits) -> DoorProtocol:
    """Begin to serve one connection. Raises `RuntimeError` before the runner is set up."""
    if runner.server is None:
        raise RuntimeError("not set up")
    return DoorProtocol(
        runner.server,
        loop=asyncio.get_running_loop(),
        access_log=None,  # type: ignore[arg-type]  # None switches it off, the annotation forgot it
        keepalive_timeout=limits.keepalive_seconds,
        lingering_time=LINGER_SECONDS,
        max_line_size=LONGEST_LINE,
        max_field_size=LONGEST_LINE,
    )


def _address(bound: socket.socket) -> str:
    """Write where a socket listens as a URL."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family == socket.AF_INET6 else f"http://{host}:{port}"
