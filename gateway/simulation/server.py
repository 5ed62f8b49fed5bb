"""A simulated server: it listens on loopback, keeps what it knows, and fails as told."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

__all__ = ["FAULTS", "SimulatedServer", "Simulator"]

#: How a simulator can fail; the empty text is not at all.
#:
#: | fault         | what happens                                                                                        |
#: |---------------|-----------------------------------------------------------------------------------------------------|
#: | `html`        | every call is answered 200 with a page instead of the dialect                                       |
#: | `not_json`    | every call is answered 200 with a body that is broken off                                           |
#: | `silent`      | what changes something is done, then the line is cut without an answer; questions are answered      |
#: | `slow`        | every answer waits `slow_seconds`                                                                   |
#: | `unavailable` | every call is answered 503                                                                          |
#:
#: Being down is `stop`.
FAULTS = ("html", "not_json", "silent", "slow", "unavailable")


@runtime_checkable
class Simulator(Protocol):
    """A system of an agency, on loopback. What it knows outlives `stop` and `start`, and so does its address.

    `effects` counts by business key how often something began to exist or changed: a key that is counted twice was done twice.
    `refuse` holds the dossier codes that it refuses for good.
    """

    fault: str
    slow_seconds: float
    refuse: set[str]
    effects: Counter[str]

    @property
    def url(self) -> str:
        """Where it listens."""

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""

    async def start(self) -> None:
        """Listen on loopback."""

    async def stop(self) -> None:
        """Listen no more."""

    def expire_logins(self) -> None:
        """Forget every login it gave; nothing when the dialect has none."""

    def move(self, code: str) -> None:
        """Let the agency take the next step with a dossier; nothing when each question moves it on."""


class SimulatedServer:
    """A base for simulators on aiohttp: listening and failing; a subclass gives `routes`, `config` and what it keeps."""

    def __init__(self) -> None:
        """Begin empty; nothing listens before `start`."""
        self.fault = ""
        self.slow_seconds = 1.0
        self.refuse: set[str] = set()
        self.effects: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens; the same after `stop` and `start`."""
        return f"http://127.0.0.1:{self._port}"

    def routes(self) -> list[web.RouteDef]:
        """The calls that it answers."""
        raise NotImplementedError

    def is_question(self, request: web.Request) -> bool:
        """Tell whether a call changes nothing that counts; a login is a question."""
        return request.method in {"GET", "HEAD"}

    async def start(self) -> None:
        """Listen on loopback."""
        app = web.Application(client_max_size=64 * 1024**2, middlewares=[self._failing])
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Listen no more; what it knows stays."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def expire_logins(self) -> None:
        """Forget nothing: this dialect has no login."""

    def move(self, code: str) -> None:
        """Do nothing: each question moves a dossier on."""

    @web.middleware
    async def _failing(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Fail as told, or answer."""
        match self.fault:
            case "html":
                return web.Response(text="<html><body>Hệ thống đang bảo trì</body></html>", content_type="text/html")
            case "not_json":
                return web.Response(text='{"id": 0, ', content_type="application/json")
            case "silent" if not self.is_question(request):
                await handler(request)
                if request.transport is not None:
                    request.transport.close()
                return web.Response(status=500)
            case "slow":
                await asyncio.sleep(self.slow_seconds)
            case "unavailable":
                return web.Response(status=503, text="<html>503</html>", content_type="text/html")
            case _:
                pass
        return await handler(request)
