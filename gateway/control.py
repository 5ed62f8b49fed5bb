"""The operator's way into a running gateway: a socket in the data folder that only its owner can open."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from aiohttp import web

from gateway.app import SystemClock
from gateway.backing import open_ledger
from gateway.domain.errors import GatewayError, NeedsPerson
from gateway.operations import Operations, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from gateway.ports import Work
    from gateway.settings.site import Site

__all__ = ["ask", "control_socket", "serve_control"]


def control_socket(site: Site) -> Path:
    """Name the socket of the gateway that runs on this site's data folder."""
    return Path(site.data) / "control.sock"


@asynccontextmanager
async def serve_control(site: Site, operations: Operations) -> AsyncIterator[None]:
    """Answer operators on the socket until the block is left."""

    async def handle(request: web.Request) -> web.Response:
        try:
            answer = await operations.carry_out(msgspec.json.decode(await request.read(), type=Request))
        except (GatewayError, msgspec.ValidationError) as error:
            return web.Response(status=422, text=str(error))
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    path = control_socket(site)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    await web.UnixSite(runner, str(path)).start()
    path.chmod(0o600)
    try:
        yield
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


async def ask(site: Site, request: Request) -> bytes:
    """Have a request carried out: by the running gateway, or on the ledger itself where none runs here. Answers JSON.

    Raises `NeedsPerson` with the reason when it cannot be.
    """
    path = control_socket(site)
    if path.exists():
        connector = aiohttp.UnixConnector(str(path))
        try:
            async with (
                aiohttp.ClientSession(connector=connector) as session,
                session.post("http://control/", data=msgspec.json.encode(request)) as answer,
            ):
                body = await answer.read()
                if answer.status != 200:
                    raise NeedsPerson(body.decode())
                return body
        except aiohttp.ClientConnectorError:
            path.unlink(missing_ok=True)
    async with open_ledger(site) as ledger:
        operations = Operations(ledger=ledger, reader=ledger.reader, clock=SystemClock(), publish=_leave_to_the_sweeper)
        return msgspec.json.encode(await operations.carry_out(request))


def _leave_to_the_sweeper(works: Iterable[Work]) -> None:
    """There is no queue here; whoever runs the workers finds what is due."""
    del works
