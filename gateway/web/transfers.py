"""Send a transfer; read it, its deliveries and receipt; follow a dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Malformed, Problem, Refused
from gateway.domain.part import said
from gateway.domain.transfer import Transfer
from gateway.ports import DossierRecord, Filter, TransferRecord
from gateway.web.answer import answer
from gateway.web.body import beside, read_body, require_media_type
from gateway.web.document import decode

if TYPE_CHECKING:
    from aiohttp import web

    from gateway.web.call import Call

__all__ = [
    "DeliveryPage",
    "DeliveryQuery",
    "DossierTrace",
    "PageQuery",
    "TraceQuery",
    "TransferView",
    "follow",
    "list_deliveries",
    "read",
    "read_deliveries",
    "read_receipt",
    "send",
]

Cursor = Annotated[str, Meta(max_length=200)]


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as its sender or receiver sees it."""

    record: Annotated[TransferRecord, said("What the gateway knows of it", "Thông tin của trục về lượt gửi")]
    transfer: Annotated[Transfer, said("Its canonical content", "Nội dung theo lược đồ chung")]


class DossierTrace(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier's transfers and deliveries, as far as they concern the caller."""

    dossier: Annotated[DossierRecord, said("The dossier", "Hồ sơ")]
    transfers: Annotated[tuple[TransferRecord, ...], said("Transfers, the oldest first", "Các lượt gửi, từ cũ đến mới")]
    deliveries: Annotated[tuple[Delivery, ...], said("Deliveries, the oldest first", "Các lượt chuyển, từ cũ đến mới")]


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of deliveries, the oldest first."""

    deliveries: Annotated[tuple[Delivery, ...], said("Deliveries", "Các lượt chuyển")]
    cursor: Annotated[str | None, said("Asks for the next page; null on the last", "Con trỏ trang tiếp theo; null ở trang cuối")]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    cursor: Annotated[Cursor, said("From the page before", "Con trỏ của trang trước")] = ""
    limit: Annotated[Annotated[int, Meta(ge=1, le=1000)], said("Length of a page", "Số dòng mỗi trang")] = 100


class DeliveryQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which deliveries: of what the caller sent, or of what goes to it."""

    role: Annotated[
        Literal["destination", "sender"], said("As what they concern the caller", "Vai trò của hệ thống: bên gửi hoặc bên nhận")
    ] = "sender"
    state: Annotated[tuple[State, ...], said("Only in these states", "Chỉ lấy các trạng thái này")] = ()


class TraceQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which kind of id the path holds."""

    scheme: Annotated[Annotated[str, Meta(max_length=100)], said("Scheme of the id; empty: any", "Loại mã; để trống: mọi loại")] = ""


async def send(call: Call) -> web.Response:
    """Accept a transfer: 202 with a receipt, or 200 with the stored receipt of a repetition."""
    require_media_type(call.request, "application/json")
    body = await read_body(call.request, call.doors.limits)
    try:
        transfer = await beside(body, call.doors.large, lambda: _with_key(body, call.request.headers.get("Idempotency-Key")))
        receipt, new = await call.doors.acceptor.accept(call.system.name, transfer, raw=body, raw_media_type="application/json")
    except (Malformed, Refused) as error:
        call.doors.telemetry.refused(sender=call.system.name, code=error.code)
        raise
    return answer(receipt, status=202 if new else 200, headers={"Location": f"/v1/transfers/{receipt.transfer_id}"})


async def read(call: Call) -> web.Response:
    """Read a transfer with its canonical content."""
    record = await call.transfer()
    return answer(TransferView(record=record, transfer=await call.content_of(record)))


async def read_receipt(call: Call) -> web.Response:
    """Read the receipt of a transfer."""
    return answer((await call.transfer()).receipt)


async def read_deliveries(call: Call) -> web.Response:
    """Read the deliveries of a transfer: all for its sender, its own for a receiver."""
    asked = call.asked(PageQuery)
    page = await call.deliveries_of(await call.transfer(), cursor=asked.cursor or None, limit=asked.limit)
    return answer(DeliveryPage(deliveries=page.deliveries, cursor=page.cursor))


async def list_deliveries(call: Call) -> web.Response:
    """List the deliveries of what the caller sent, or of what goes to it."""
    asked = call.asked(DeliveryQuery)
    name = call.system.name
    sender, destination = (name, None) if asked.role == "sender" else (None, name)
    which = Filter(states=asked.state, sender=sender, destination=destination)
    page = await call.doors.reader.deliveries(which, cursor=asked.cursor or None, limit=asked.limit)
    return answer(DeliveryPage(deliveries=page.deliveries, cursor=page.cursor))


async def follow(call: Call) -> web.Response:
    """Follow a dossier by any of its ids."""
    trace = await call.trace(call.identifier(), scheme=call.asked(TraceQuery).scheme or None)
    return answer(DossierTrace(dossier=trace.dossier, transfers=trace.transfers, deliveries=trace.deliveries))


def _with_key(body: bytes, key: str | None) -> Transfer:
    """Decode a transfer; an idempotency key is the message id where the body names none, and must equal it otherwise."""
    if key is None:
        return decode(body, Transfer)
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]  # the draft of the header quotes it
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        value = None
    if isinstance(value, dict) and "message_id" not in value:
        begun = msgspec.json.encode({"message_id": key})[:-1]
        rest = body.lstrip()[1:].lstrip()
        return decode(begun + (b"" if rest.startswith(b"}") else b",") + rest, Transfer)
    transfer = decode(body, Transfer)
    if transfer.message_id != key:
        problem = Problem(path="message_id", rule="differs from the header Idempotency-Key; send one of them, or the same in both")
        raise Malformed([problem], code="key_differs")
    return transfer
