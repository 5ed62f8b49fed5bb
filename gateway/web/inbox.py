"""Fetch, acknowledge, refuse: for agencies without an open port."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from gateway.domain.part import said
from gateway.pipeline.inbox import InboxItem
from gateway.web.answer import answer

if TYPE_CHECKING:
    from gateway.web.call import Call

__all__ = ["Acknowledgement", "InboxPage", "InboxRequest", "Refusal", "acknowledge", "lease", "refuse"]

Lease = Annotated[str, Meta(pattern=r"^[0-9]{1,18}\Z")]


class InboxRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many deliveries, and for how long they are held for the caller."""

    limit: Annotated[Annotated[int, Meta(ge=1, le=100)], said("At most so many deliveries", "Số lượt chuyển tối đa")] = 10
    hold_seconds: Annotated[
        Annotated[int, Meta(ge=5, le=3600)], said("Unanswered, they come again after so many seconds", "Quá số giây này sẽ được phát lại")
    ] = 60


class InboxPage(msgspec.Struct, frozen=True, kw_only=True):
    """The deliveries handed out, the oldest first, at most one of a dossier."""

    items: Annotated[tuple[InboxItem, ...], said("The deliveries", "Các lượt chuyển")]


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency holds the dossier."""

    lease: Annotated[Lease, said("The lease that came with the delivery", "Mã giữ chỗ đi kèm lượt chuyển")]
    reference: Annotated[
        Annotated[str, Meta(max_length=100)], said("The agency's own id of the dossier", "Mã hồ sơ tại hệ thống của đơn vị")
    ] = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency refuses the dossier for good."""

    lease: Annotated[Lease, said("The lease that came with the delivery", "Mã giữ chỗ đi kèm lượt chuyển")]
    code: Annotated[Annotated[str, Meta(min_length=1, max_length=100)], said("The agency's code of the reason", "Mã lý do từ chối")]
    text: Annotated[Annotated[str, Meta(max_length=4000)], said("The reason", "Lý do từ chối")] = ""


async def lease(call: Call) -> web.Response:
    """Hand out deliveries, the oldest first, at most one of a dossier."""
    call.require_inbox()
    wanted = await call.said(InboxRequest)
    items = await call.doors.inbox.lease(call.system.name, limit=wanted.limit, hold=timedelta(seconds=wanted.hold_seconds))
    return answer(InboxPage(items=items))


async def acknowledge(call: Call) -> web.Response:
    """Settle a delivery as taken."""
    call.require_inbox()
    said = await call.said(Acknowledgement)
    await call.doors.inbox.acknowledge(call.system.name, call.id("delivery_id"), said.lease, reference=said.reference)
    return web.Response(status=204)


async def refuse(call: Call) -> web.Response:
    """Settle a delivery as refused."""
    call.require_inbox()
    said = await call.said(Refusal)
    await call.doors.inbox.refuse(call.system.name, call.id("delivery_id"), said.lease, code=said.code, text=said.text)
    return web.Response(status=204)
