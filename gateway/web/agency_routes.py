"""The inbound routes that connectors add, below `/systems/<system>/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from gateway.domain.errors import Malformed, Refused
from gateway.sdk import Inbound
from gateway.soap import SOAP_11, version_of
from gateway.web.body import read_body, stream_body
from gateway.web.call import authenticate
from gateway.web.problem import not_allowed
from gateway.web.soap.face import asks_for_face, face
from gateway.web.soap.outgoing import answer_faults

if TYPE_CHECKING:
    from gateway.domain.receipt import Receipt
    from gateway.sdk import Read, Route
    from gateway.web.doors import Doors

__all__ = ["AgencyDoor"]


class AgencyDoor:
    """Hands a message in an agency's dialect to the route of its connector."""

    def __init__(self, doors: Doors) -> None:
        """Keep what the doors are given."""
        self._doors = doors

    async def handle(self, request: web.Request) -> web.Response:
        """Authenticate the system, find its route, let its connector answer; another's routes do not exist for it. What a route publishes of
        itself needs no key.
        """
        if wsdl := self._wsdl(request):
            if asks_for_face(request):
                return face(request, wsdl)
            answer_faults(request, version_of(request.content_type) or SOAP_11)
        system = authenticate(request, self._doors.directory()).name
        if system != request.match_info["system"]:
            raise web.HTTPNotFound(reason="no such path")
        route = self._route(request, system)
        inbound = Inbound(
            method=request.method,
            path="/" + request.match_info["path"],
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items() if name.lower() not in {"authorization", "x-api-key"}},
            body=b"" if route.streams else await read_body(request, self._doors.limits),
            media_type=request.content_type,
            chunks=stream_body(request, self._doors.limits) if route.streams else None,
        )
        answer = await route.handle(inbound, lambda read: self._accept(system, read))
        if not (answer.media_type.isascii() and answer.media_type.isprintable()):
            raise ValueError("this media type cannot stand in a header")
        return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.media_type})

    def _wsdl(self, request: web.Request) -> str:
        """Name the WSDL of a path; empty when it has none."""
        path = request.match_info["path"].strip("/")
        routes = self._doors.routes().get(request.match_info["system"], ())
        return next((route.wsdl for route in routes if route.path.strip("/") == path and route.wsdl), "")

    def _route(self, request: web.Request, system: str) -> Route:
        """Find the route of a request; answers 404 or 405."""
        path = request.match_info["path"].strip("/")
        found = [route for route in self._doors.routes().get(system, ()) if route.path.strip("/") == path]
        if not found:
            raise web.HTTPNotFound(reason="no such path")
        for route in found:
            if route.method == request.method:
                return route
        raise not_allowed({route.method for route in found})

    async def _accept(self, system: str, read: Read) -> Receipt:
        """Accept what the connector read."""
        try:
            receipt, _ = await self._doors.acceptor.accept(
                system, read.transfer, raw=read.raw, raw_media_type=read.media_type, ends_case=read.ends_case
            )
        except (Malformed, Refused) as error:
            self._doors.telemetry.refused(sender=system, code=error.code)
            raise
        return receipt
