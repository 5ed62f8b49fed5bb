"""The agencies of a trial: the connectors' own simulators, which keep what was asked of them and fail once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from connectors.dvcqg.simulator import PortalSimulator
from connectors.hotich.simulator import CivilRegistrationSimulator
from connectors.igate.simulator import OneStopSimulator
from gateway.simulation import SimulatedServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Civil", "Department", "Portal", "not_asked"]

CODE = re.compile(rb"[GH][0-9]{2}[0-9.]*-[0-9]{6}-[0-9]+")
SESSION = re.compile(rb'"session":"[^"]*"')
#: What a call holds that changes something at one of the agencies.
CHANGES = (b"dangKyHoTich", b"DongBoHoSoMC", b"CapNhatTienDoHoSoMC", b"--receive", b"--status")


class Seen(msgspec.Struct, frozen=True):
    """One call: the dossiers that it names, and what it changes (nothing: it asked)."""

    codes: frozenset[bytes]
    change: bytes


class Watched(SimulatedServer):
    """A simulator that keeps each call in `seen`. Its first change is `busy` (turned away), `silent` (made and not answered), or neither."""

    def __init__(self, *, first_change: str = "") -> None:
        super().__init__()
        self.seen: list[Seen] = []
        self._first_change = first_change

    def routes(self) -> list[web.RouteDef]:
        """The calls of the simulator, each kept."""
        return [web.route(one.method, one.path, self._kept(one.handler)) for one in super().routes()]

    def _kept(self, handler: Any) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def keep(request: web.Request) -> web.StreamResponse:
            body = await request.read() if request.content_type == "application/json" else b""  # an upload can be read only once
            content = request.path_qs.encode() + b" " + SESSION.sub(b"", body)
            changes = any(word in content for word in CHANGES)
            failure, self._first_change = (self._first_change, "") if changes else ("", self._first_change)
            if failure == "busy":
                return web.Response(status=503)
            self.seen.append(Seen(codes=frozenset(CODE.findall(content)), change=content if changes else b""))
            answer: web.StreamResponse = await handler(request)
            if failure == "silent" and request.transport is not None:
                request.transport.close()
            return answer

        return keep


class Civil(Watched, CivilRegistrationSimulator):
    """Civil registration."""

    def config(self) -> dict[str, Any]:
        """As it is, asked often."""
        return super().config() | {"poll_every_seconds": 0.1}


class Department(Watched, OneStopSimulator):
    """The one-stop system of a department."""


class Portal(Watched, PortalSimulator):
    """The national portal."""


def not_asked(agency: Watched) -> list[str]:
    """Name the dossiers of which a change was sent again although nobody had asked, since it was sent first, whether it had arrived."""
    faults = []
    made: dict[bytes, int] = {}
    for index, one in enumerate(agency.seen):
        since = made.setdefault(one.change, index) if one.change else index
        if since < index and not any(one.codes & between.codes for between in agency.seen[since:index] if not between.change):
            faults.append(f"{type(agency).__name__} was sent twice, unasked: {sorted(one.codes)}")
    return faults
