"""The inbound routes that connectors add, below `/systems/<system>/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from gateway.sdk import Inbound
from gateway.web.body import read_body
from gateway.web.caller import caller

if TYPE_CHECKING:
    from gateway.domain.receipt import Receipt
    from gateway.sdk import Read
    from gateway.web.doors import Doors

__all__ = ["AgencyDoor"]


class AgencyDoor:
    """Hands a message in an agency's dialect to the route of its connector."""

    def __init__(self, doors: Doors) -> None:
        """Keep what the doors are given."""
        self._doors = doors

    async def handle(self, request: web.Request) -> web.Response:
        """Authenticate the system, find its route, let its connector answer."""
        system = caller(request, self._doors.directory())
        path = "/" + request.match_info["path"]
        routes = self._doors.routes().get(system.name, ())
        if system.name != request.match_info["system"]:
            raise web.HTTPNotFound
        found = [route for route in routes if "/" + route.path.strip("/") == path.rstrip("/")]
        if not found:
            raise web.HTTPNotFound
        for route in found:
            if route.method == request.method:
                inbound = Inbound(
                    method=request.method,
                    path=path,
                    query=dict(request.query),
                    headers={name.lower(): value for name, value in request.headers.items()},
                    body=await read_body(request, self._doors.limits),
                    media_type=request.content_type,
                )
                answer = await route.handle(inbound, lambda read: self._accept(system.name, read))
                return web.Response(status=answer.status, body=answer.body, content_type=answer.media_type)
        raise web.HTTPMethodNotAllowed(request.method, [route.method for route in found])

    async def _accept(self, system: str, read: Read) -> Receipt:
        """Accept what the connector read."""
        receipt, _ = await self._doors.acceptor.accept(system, read.transfer, raw=read.raw, raw_media_type=read.media_type)
        return receipt
