"""The one table of the API: the router and the OpenAPI document are both made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from aiohttp import web

from gateway.domain.receipt import Receipt
from gateway.domain.transfer import Transfer
from gateway.ports import BlobInfo
from gateway.web import attachments, inbox, transfers
from gateway.web.call import Call

__all__ = ["OPERATIONS", "Operation"]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation: where, what for in two languages, what goes in, what comes out.

    `answers` gives the type of each status (None: no body; bytes: a stream), `errors` the statuses that only some operations answer. `keyed`
    names the field that the header `Idempotency-Key` may give instead of the body.
    """

    method: Literal["GET", "HEAD", "POST", "PUT"]
    path: str
    summary: str
    summary_vi: str
    perform: Callable[[Call], Awaitable[web.StreamResponse]]
    takes: type[Any] | None = None
    query: type[msgspec.Struct] | None = None
    keyed: str | None = None
    answers: dict[int, type[Any] | None]
    errors: frozenset[int] = frozenset()


OF_A_BODY = frozenset({400, 408, 413, 415, 422})
OF_A_QUERY = frozenset({422})
OF_A_THING = frozenset({404})

_TRANSFERS = (
    Operation(
        method="POST",
        path="/v1/transfers",
        summary="Send a transfer. 202: accepted durably; 200: it was accepted before, with this receipt",
        summary_vi="Gửi một lượt hồ sơ. 202: đã ghi nhận; 200: đã nhận trước đó, trả lại biên nhận cũ",
        perform=transfers.send,
        takes=Transfer,
        keyed="message_id",
        answers={202: Receipt, 200: Receipt},
        errors=OF_A_BODY,
    ),
    Operation(
        method="GET",
        path="/v1/transfers/{transfer_id}",
        summary="Read a transfer",
        summary_vi="Xem một lượt gửi",
        perform=transfers.read,
        answers={200: transfers.TransferView},
        errors=OF_A_THING,
    ),
    Operation(
        method="GET",
        path="/v1/transfers/{transfer_id}/receipt",
        summary="Read the receipt of a transfer",
        summary_vi="Xem biên nhận của lượt gửi",
        perform=transfers.read_receipt,
        answers={200: Receipt},
        errors=OF_A_THING,
    ),
    Operation(
        method="GET",
        path="/v1/transfers/{transfer_id}/deliveries",
        summary="See where a transfer went",
        summary_vi="Xem các lượt chuyển của lượt gửi",
        perform=transfers.read_deliveries,
        query=transfers.PageQuery,
        answers={200: transfers.DeliveryPage},
        errors=OF_A_THING | OF_A_QUERY,
    ),
    Operation(
        method="GET",
        path="/v1/deliveries",
        summary="List deliveries of what you sent, or of what goes to you",
        summary_vi="Danh sách lượt chuyển của hồ sơ đã gửi, hoặc chuyển đến đơn vị",
        perform=transfers.list_deliveries,
        query=transfers.DeliveryQuery,
        answers={200: transfers.DeliveryPage},
        errors=OF_A_QUERY,
    ),
    Operation(
        method="GET",
        path="/v1/dossiers/{identifier}/trace",
        summary="Follow a dossier by any of its ids",
        summary_vi="Theo dõi hồ sơ theo mã bất kỳ",
        perform=transfers.follow,
        query=transfers.TraceQuery,
        answers={200: transfers.DossierTrace},
        errors=OF_A_THING | OF_A_QUERY,
    ),
)

_INBOX = (
    Operation(
        method="POST",
        path="/v1/inbox/lease",
        summary="Fetch deliveries; those not answered in time come again",
        summary_vi="Nhận các lượt chuyển đang chờ; quá hạn không trả lời sẽ được phát lại",
        perform=inbox.lease,
        takes=inbox.InboxRequest,
        answers={200: inbox.InboxPage},
        errors=OF_A_BODY,
    ),
    Operation(
        method="POST",
        path="/v1/inbox/{delivery_id}/acknowledge",
        summary="Acknowledge a delivery",
        summary_vi="Xác nhận đã nhận hồ sơ",
        perform=inbox.acknowledge,
        takes=inbox.Acknowledgement,
        answers={204: None},
        errors=OF_A_BODY | OF_A_THING | {409},
    ),
    Operation(
        method="POST",
        path="/v1/inbox/{delivery_id}/refuse",
        summary="Refuse a delivery for good",
        summary_vi="Từ chối tiếp nhận hồ sơ",
        perform=inbox.refuse,
        takes=inbox.Refusal,
        answers={204: None},
        errors=OF_A_BODY | OF_A_THING | {409},
    ),
)

_ATTACHMENTS = (
    Operation(
        method="POST",
        path="/v1/attachments",
        summary="Upload an attachment; name its SHA-256 in the dossier",
        summary_vi="Tải tệp lên; ghi mã băm SHA-256 của tệp vào hồ sơ",
        perform=attachments.upload,
        takes=bytes,
        answers={201: BlobInfo},
        errors=OF_A_BODY,
    ),
    Operation(
        method="PUT",
        path="/v1/attachments/{sha256}",
        summary="Upload an attachment that must have this SHA-256; the content is asked for even where it is known",
        summary_vi="Tải tệp lên, kiểm tra theo mã băm; phải gửi đủ nội dung kể cả khi trục đã có tệp",
        perform=attachments.upload_as,
        takes=bytes,
        answers={201: BlobInfo},
        errors=OF_A_BODY,
    ),
    Operation(
        method="GET",
        path="/v1/attachments/{sha256}",
        summary="Download an attachment that you uploaded, or that a transfer names which you sent or which goes to you",
        summary_vi="Tải tệp về: tệp đã tải lên, hoặc có trong hồ sơ đã gửi hay được gửi đến",
        perform=attachments.download,
        answers={200: bytes},
        errors=OF_A_THING,
    ),
    Operation(
        method="HEAD",
        path="/v1/attachments/{sha256}",
        summary="Ask whether an attachment that you may download is there, and its size",
        summary_vi="Hỏi tệp được phép tải về đã có hay chưa và kích thước",
        perform=attachments.download,
        answers={200: None},
        errors=OF_A_THING,
    ),
)

#: Every operation of REST v1.
OPERATIONS = (*_TRANSFERS, *_INBOX, *_ATTACHMENTS)
