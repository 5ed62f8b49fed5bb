"""Fetch, acknowledge, refuse: for agencies without an open port."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from gateway.pipeline.inbox import InboxItem
from gateway.web.body import read_json
from gateway.web.caller import caller

if TYPE_CHECKING:
    from gateway.web.doors import Doors

__all__ = ["Acknowledgement", "InboxDoor", "InboxPage", "InboxRequest", "Refusal"]

Short = Annotated[str, Meta(max_length=255)]


class InboxRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many deliveries, and for how many seconds they are held for the caller."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    hold_seconds: Annotated[int, Meta(ge=5, le=3600)] = 60


class InboxPage(msgspec.Struct, frozen=True, kw_only=True):
    """The deliveries handed out."""

    items: tuple[InboxItem, ...]


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency holds the dossier; `reference` is its own id for it, when it has one."""

    lease: Short
    reference: Short = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency refuses the dossier for good, with its code and reason."""

    lease: Short
    code: Annotated[str, Meta(min_length=1, max_length=100)]
    text: Annotated[str, Meta(max_length=4000)] = ""


class InboxDoor:
    """The handlers of the inbox."""

    def __init__(self, doors: Doors) -> None:
        """Keep what the doors are given."""
        self._doors = doors

    async def lease(self, request: web.Request) -> web.Response:
        """Hand out deliveries, the oldest first, at most one of a dossier."""
        system = caller(request, self._doors.directory())
        asked, _ = await read_json(request, InboxRequest, self._doors.limits)
        items = await self._doors.inbox.lease(system.name, limit=asked.limit, hold=timedelta(seconds=asked.hold_seconds))
        return web.Response(body=msgspec.json.encode(InboxPage(items=items)), content_type="application/json")

    async def acknowledge(self, request: web.Request) -> web.Response:
        """Settle a delivery as taken."""
        system = caller(request, self._doors.directory())
        said, _ = await read_json(request, Acknowledgement, self._doors.limits)
        await self._doors.inbox.acknowledge(system.name, request.match_info["delivery_id"], said.lease, reference=said.reference)
        return web.Response(status=204)

    async def refuse(self, request: web.Request) -> web.Response:
        """Settle a delivery as refused."""
        system = caller(request, self._doors.directory())
        said, _ = await read_json(request, Refusal, self._doors.limits)
        await self._doors.inbox.refuse(system.name, request.match_info["delivery_id"], said.lease, code=said.code, text=said.text)
        return web.Response(status=204)
