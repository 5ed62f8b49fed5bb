"""The one table of the API: the router and the OpenAPI document are both made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from gateway.domain.receipt import Receipt
from gateway.domain.transfer import Transfer
from gateway.ports import BlobInfo
from gateway.web.attachments import AttachmentDoor
from gateway.web.inbox import Acknowledgement, InboxDoor, InboxPage, InboxRequest, Refusal
from gateway.web.transfers import DeliveryPage, DossierTrace, TransferDoor, TransferView

if TYPE_CHECKING:
    from gateway.web.doors import Doors

__all__ = ["Operation", "operations"]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation: where, what for, what goes in, what comes out (status to type; None: no body; bytes: a stream)."""

    method: str
    path: str
    summary: str
    summary_vi: str
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]]
    takes: type[Any] | None = None
    answers: dict[int, type[Any] | None]
    query: dict[str, dict[str, Any]] = {}
    headers: dict[str, dict[str, Any]] = {}


def operations(doors: Doors) -> tuple[Operation, ...]:
    """List every operation of REST v1."""
    return (*_transfers(TransferDoor(doors)), *_inbox(InboxDoor(doors)), *_attachments(AttachmentDoor(doors)))


def _transfers(door: TransferDoor) -> tuple[Operation, ...]:
    """Operations about transfers and dossiers."""
    text = {"type": "string", "maxLength": 200}
    paging: dict[str, dict[str, Any]] = {
        "state": {"type": "array", "items": {"type": "string"}},
        "role": {"type": "string", "enum": ["sender", "destination"]},
        "cursor": text,
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
    }
    return (
        Operation(
            method="POST",
            path="/v1/transfers",
            summary="Send a transfer",
            summary_vi="Gửi một lượt hồ sơ",
            handle=door.send,
            takes=Transfer,
            answers={202: Receipt, 200: Receipt},
            headers={"Idempotency-Key": text},
        ),
        Operation(
            method="GET",
            path="/v1/transfers/{transfer_id}",
            summary="Read a transfer",
            summary_vi="Xem một lượt gửi",
            handle=door.read,
            answers={200: TransferView},
        ),
        Operation(
            method="GET",
            path="/v1/transfers/{transfer_id}/receipt",
            summary="Read the receipt of a transfer",
            summary_vi="Xem biên nhận",
            handle=door.receipt,
            answers={200: Receipt},
        ),
        Operation(
            method="GET",
            path="/v1/transfers/{transfer_id}/deliveries",
            summary="Where a transfer went",
            summary_vi="Xem các lượt chuyển",
            handle=door.deliveries,
            answers={200: DeliveryPage},
        ),
        Operation(
            method="GET",
            path="/v1/deliveries",
            summary="List deliveries",
            summary_vi="Danh sách lượt chuyển",
            handle=door.list_deliveries,
            answers={200: DeliveryPage},
            query=paging,
        ),
        Operation(
            method="GET",
            path="/v1/dossiers/{identifier}/trace",
            summary="Follow a dossier by any of its ids",
            summary_vi="Theo dõi hồ sơ theo mã bất kỳ",
            handle=door.trace,
            answers={200: DossierTrace},
            query={"scheme": text},
        ),
    )


def _inbox(door: InboxDoor) -> tuple[Operation, ...]:
    """Operations of the inbox."""
    return (
        Operation(
            method="POST",
            path="/v1/inbox/lease",
            summary="Fetch deliveries; they come again when they are not answered in time",
            summary_vi="Nhận các lượt chuyển đang chờ",
            handle=door.lease,
            takes=InboxRequest,
            answers={200: InboxPage},
        ),
        Operation(
            method="POST",
            path="/v1/inbox/{delivery_id}/acknowledge",
            summary="Acknowledge a delivery",
            summary_vi="Xác nhận đã nhận",
            handle=door.acknowledge,
            takes=Acknowledgement,
            answers={204: None},
        ),
        Operation(
            method="POST",
            path="/v1/inbox/{delivery_id}/refuse",
            summary="Refuse a delivery for good",
            summary_vi="Từ chối tiếp nhận",
            handle=door.refuse,
            takes=Refusal,
            answers={204: None},
        ),
    )


def _attachments(door: AttachmentDoor) -> tuple[Operation, ...]:
    """Operations on attachments."""
    return (
        Operation(
            method="POST",
            path="/v1/attachments",
            summary="Upload an attachment",
            summary_vi="Tải tệp lên",
            handle=door.upload,
            takes=bytes,
            answers={201: BlobInfo},
        ),
        Operation(
            method="PUT",
            path="/v1/attachments/{sha256}",
            summary="Upload an attachment that must have this SHA-256",
            summary_vi="Tải tệp lên theo mã băm",
            handle=door.upload_as,
            takes=bytes,
            answers={201: BlobInfo},
        ),
        Operation(
            method="GET",
            path="/v1/attachments/{sha256}",
            summary="Download an attachment",
            summary_vi="Tải tệp về",
            handle=door.download,
            answers={200: bytes},
        ),
    )
