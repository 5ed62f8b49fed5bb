"""The web application: every route, its limits and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from gateway.web.agency_routes import AgencyDoor
from gateway.web.call import Call, authenticate
from gateway.web.health import add_health
from gateway.web.page import add_pages
from gateway.web.problem import answer_problems, not_allowed
from gateway.web.request_id import mark_answer
from gateway.web.soap.door import PATH, SoapDoor
from gateway.web.table import OPERATIONS
from gateway.web.traffic import TRAFFIC, Traffic

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.web.doors import Doors
    from gateway.web.table import Operation

__all__ = ["build"]


def build(doors: Doors) -> web.Application:
    """Build the application; nothing listens yet."""
    traffic = Traffic()
    app = web.Application(middlewares=[traffic.watch, answer_problems], client_max_size=doors.limits.body_bytes)
    app[TRAFFIC] = traffic
    app.on_response_prepare.append(mark_answer)
    described = {(one.method, one.path) for one in OPERATIONS}
    for one in OPERATIONS:
        app.router.add_route(one.method, one.path, _door(doors, one), expect_handler=_expect)
        if one.method == "GET" and ("HEAD", one.path) not in described:
            app.router.add_route("HEAD", one.path, _door(doors, one), expect_handler=_expect)
    soap = SoapDoor(doors)
    app.router.add_get(PATH, soap.describe, expect_handler=_expect)
    app.router.add_post(PATH, soap.handle, expect_handler=_expect)
    app.router.add_route("*", "/systems/{system}/{path:.+}", AgencyDoor(doors).handle, expect_handler=_expect)
    add_pages(app)
    add_health(app, doors)
    app.router.add_route("*", "/{path:.*}", _turn_away, expect_handler=_expect)
    return app


def _door(doors: Doors, operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Let only known systems through to an operation."""

    async def enter(request: web.Request) -> web.StreamResponse:
        system = authenticate(request, doors.directory())
        return await operation.perform(Call(request=request, doors=doors, system=system))

    return enter


async def _expect(request: web.Request) -> None:
    """Ask for the body of who waits to be asked; other expectations are passed over, as RFC 9110 allows."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


async def _turn_away(request: web.Request) -> web.Response:
    """Answer what no route takes: the methods that the path has, or that there is no such path."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource.canonical != "/{path}":
            _, methods = await resource.resolve(request)
            allowed |= methods
    if not allowed:
        raise web.HTTPNotFound(reason="no such path")
    if request.method == "OPTIONS":
        return web.Response(status=204, headers={"Allow": ", ".join(sorted(allowed))})
    raise not_allowed(allowed)
