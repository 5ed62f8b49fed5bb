"""The web application: every route, its limits and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from gateway.web.agency_routes import AgencyDoor
from gateway.web.openapi import openapi
from gateway.web.page import reference_page
from gateway.web.problem import answer_problems, problem
from gateway.web.table import operations

if TYPE_CHECKING:
    from gateway.web.doors import Doors

__all__ = ["build"]


def build(doors: Doors) -> web.Application:
    """Build the application; nothing listens yet."""
    app = web.Application(middlewares=[answer_problems], client_max_size=doors.limits.body_bytes)
    table = operations(doors)
    for one in table:
        app.router.add_route(one.method, one.path, one.handle)
        if one.method == "GET":
            app.router.add_route("HEAD", one.path, one.handle)
    app.router.add_route("*", "/systems/{system}/{path:.+}", AgencyDoor(doors).handle)
    _add_pages(app, openapi(table))
    _add_health(app, doors)
    return app


def _add_pages(app: web.Application, document: dict[str, object]) -> None:
    """Serve the description of the API for machines and for people."""
    described = msgspec.json.encode(document)
    page = reference_page(document)
    security = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "X-Content-Type-Options": "nosniff"}

    async def for_machines(_: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json")

    async def for_people(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html", headers=security)

    app.router.add_get("/v1/openapi.json", for_machines)
    app.router.add_get("/v1/docs", for_people)
    app.router.add_get("/", for_people)


def _add_health(app: web.Application, doors: Doors) -> None:
    """Serve what operations asks."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        if problems := await doors.ready():
            return problem(503, "not_ready", "not ready", problems=problems, headers={"Retry-After": "5"})
        return web.json_response({"status": "ready"})

    async def metrics(_: web.Request) -> web.Response:
        body, media_type = doors.metrics()
        return web.Response(body=body, headers={"Content-Type": media_type})

    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics)
