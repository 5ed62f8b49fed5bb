"""What operations asks: alive, ready, measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from gateway.web.problem import problem

if TYPE_CHECKING:
    from gateway.web.doors import Doors

__all__ = ["add_health"]


def add_health(app: web.Application, doors: Doors) -> None:
    """Serve /healthz (the process answers), /readyz (it can do its work) and /metrics; none needs a key."""

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
