"""The messages of the SOAP door as types: one for what goes in, one for what comes out, of each operation."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.domain.event import EventKind
from gateway.domain.part import Moment, Short, Text, said
from gateway.domain.transfer import Transfer
from gateway.schema.outline import Record, outline, records, rehome

__all__ = [
    "NAMESPACE",
    "Acknowledge",
    "AcknowledgeResponse",
    "Delivery",
    "Enclosure",
    "Fault",
    "FaultProblem",
    "GetDossier",
    "GetDossierResponse",
    "GetPending",
    "GetPendingResponse",
    "GetStatus",
    "GetStatusResponse",
    "GetTrace",
    "GetTraceResponse",
    "PendingDelivery",
    "Receipt",
    "Refuse",
    "RefuseResponse",
    "SendDossier",
    "SendDossierResponse",
    "StoredContent",
    "TracedTransfer",
    "described",
]

NAMESPACE = "urn:vn:lienthong:soap:1"
Token: TypeAlias = Annotated[str, Meta(pattern=r"^[!-~]{1,200}\Z")]
Lease: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{1,18}\Z")]
Hash: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=1000)]
#: Every other name here is of our namespace; what a transfer is made of keeps its own.
CANONICAL = frozenset(record.name for record in records(outline(Transfer)))


@cache
def described(kind: type[msgspec.Struct]) -> Record:
    """The outline of a message, in the namespace of the door."""
    return rehome(outline(kind), NAMESPACE, known=CANONICAL)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What every message is: immutable, built by names."""


class Enclosure(Message, frozen=True, kw_only=True):
    """A content that comes with a dossier; an attachment of the dossier names it by the url `cid:` and its id, or by its SHA-256."""

    id: Annotated[Token, said("Name of the content in this message", "Tên của nội dung trong thông điệp này")]
    content: Annotated[bytes, said("The content: base64, or an xop:Include", "Nội dung tệp: base64 hoặc xop:Include")]


class SendDossier(Message, frozen=True, kw_only=True):
    """Send a transfer, with its attachments if you like."""

    transfer: Annotated[Transfer, said("What happened to which dossier", "Sự kiện và hồ sơ")]
    attachments: Annotated[
        Annotated[tuple[Enclosure, ...], Meta(max_length=200)],
        said("Contents of attachments that come along", "Nội dung các tệp gửi kèm"),
    ] = ()


class Receipt(Message, frozen=True, kw_only=True):
    """The gateway's statement that it accepted a transfer."""

    transfer_id: Annotated[str, said("The gateway's id of the transfer", "Mã lượt gửi")]
    message_id: Annotated[str, said("The sender's id of the message", "Mã thông điệp")]
    sender: Annotated[str, said("Name of the system that sent it", "Tên hệ thống gửi")]
    dossier_id: Annotated[str, said("The gateway's id of the dossier", "Mã hồ sơ tại trục")]
    digest: Annotated[str, said("SHA-256 of the canonical JSON, hexadecimal", "Mã băm SHA-256 của nội dung chuẩn")]
    accepted_at: Annotated[Moment, said("When it was committed to the ledger", "Thời điểm ghi nhận vào sổ")]
    destinations: Annotated[tuple[str, ...], said("Names of the systems that it goes to", "Tên các hệ thống nhận")] = ()


class SendDossierResponse(Message, frozen=True, kw_only=True):
    """It is accepted durably."""

    repeated: Annotated[bool, said("It was accepted before; this is the first receipt", "Đã nhận trước đó; đây là biên nhận cũ")]
    receipt: Annotated[Receipt, said("The receipt", "Biên nhận")]


class GetPending(Message, frozen=True, kw_only=True):
    """Fetch what waits for you; what you do not answer in time comes again."""

    limit: Annotated[Annotated[int, Meta(ge=1, le=100)], said("At most so many deliveries", "Số lượt chuyển tối đa")] = 10
    hold_seconds: Annotated[
        Annotated[int, Meta(ge=5, le=3600)], said("Unanswered, they come again after so many seconds", "Quá số giây này sẽ được phát lại")
    ] = 60


class PendingDelivery(Message, frozen=True, kw_only=True):
    """A delivery in your hands; `GetDossier` brings the dossier, `Acknowledge` or `Refuse` ends it."""

    delivery_id: Annotated[str, said("The gateway's id of the delivery", "Mã lượt chuyển")]
    lease: Annotated[str, said("Give this back with the answer", "Mã giữ chỗ, gửi kèm khi trả lời")]
    leased_until: Annotated[Moment, said("Unanswered until then, it comes again", "Hạn trả lời; quá hạn sẽ được phát lại")]
    repeated: Annotated[bool, said("Handed out before: you may hold it already", "Đã phát trước đó mà chưa được trả lời")]
    transfer_id: Annotated[str, said("The gateway's id of the transfer", "Mã lượt gửi")]
    dossier_id: Annotated[str, said("The gateway's id of the dossier", "Mã hồ sơ tại trục")]
    sender: Annotated[str, said("Name of the system that sent it", "Tên hệ thống gửi")]
    event: Annotated[EventKind, said("What happened to the dossier", "Sự kiện của hồ sơ")]
    accepted_at: Annotated[Moment, said("When the transfer was accepted", "Thời điểm ghi nhận vào sổ")]
    identifiers: Annotated[tuple[Identifier, ...], said("All ids of the dossier that are known", "Tất cả các mã của hồ sơ")] = ()


class GetPendingResponse(Message, frozen=True, kw_only=True):
    """What waits for you, the oldest first, at most one of a dossier."""

    deliveries: Annotated[tuple[PendingDelivery, ...], said("The deliveries", "Các lượt chuyển")] = ()


class GetDossier(Message, frozen=True, kw_only=True):
    """Read a transfer that you sent or receive."""

    transfer_id: Annotated[Token, said("The gateway's id of the transfer", "Mã lượt gửi")]
    contents: Annotated[
        Literal["claim", "mtom"],
        said("Attachments by their SHA-256 only, or with their contents by MTOM", "Tệp đính kèm: chỉ mã băm, hoặc kèm nội dung theo MTOM"),
    ] = "claim"


class StoredContent(Message, frozen=True, kw_only=True):
    """The content of an attachment that the gateway holds."""

    sha256: Annotated[Hash, said("SHA-256 of the content", "Mã băm SHA-256 của nội dung")]
    size: Annotated[int, said("Size in bytes", "Kích thước (byte)")]
    content: Annotated[bytes | UnsetType, said("The content, by xop:Include", "Nội dung tệp, theo xop:Include")] = UNSET


class GetDossierResponse(Message, frozen=True, kw_only=True):
    """A transfer, and the contents of its attachments that the gateway holds."""

    transfer_id: Annotated[str, said("The gateway's id of the transfer", "Mã lượt gửi")]
    dossier_id: Annotated[str, said("The gateway's id of the dossier", "Mã hồ sơ tại trục")]
    sender: Annotated[str, said("Name of the system that sent it", "Tên hệ thống gửi")]
    accepted_at: Annotated[Moment, said("When it was accepted", "Thời điểm ghi nhận vào sổ")]
    transfer: Annotated[Transfer, said("Its canonical content", "Nội dung theo lược đồ chung")]
    attachments: Annotated[tuple[StoredContent, ...], said("The contents, each once", "Nội dung các tệp, mỗi tệp một lần")] = ()


class Acknowledge(Message, frozen=True, kw_only=True):
    """Say that you hold the dossier."""

    delivery_id: Annotated[Token, said("The gateway's id of the delivery", "Mã lượt chuyển")]
    lease: Annotated[Lease, said("The lease that came with the delivery", "Mã giữ chỗ đi kèm lượt chuyển")]
    reference: Annotated[Annotated[str, Meta(max_length=100)], said("Your own id of the dossier", "Mã hồ sơ tại hệ thống của đơn vị")] = ""


class AcknowledgeResponse(Message, frozen=True, kw_only=True):
    """The delivery is settled."""


class Refuse(Message, frozen=True, kw_only=True):
    """Refuse the dossier for good."""

    delivery_id: Annotated[Token, said("The gateway's id of the delivery", "Mã lượt chuyển")]
    lease: Annotated[Lease, said("The lease that came with the delivery", "Mã giữ chỗ đi kèm lượt chuyển")]
    code: Annotated[Annotated[str, Meta(min_length=1, max_length=100)], said("Your code of the reason", "Mã lý do từ chối")]
    text: Annotated[Text, said("The reason", "Lý do từ chối")] = ""


class RefuseResponse(Message, frozen=True, kw_only=True):
    """The delivery is settled as refused."""


class GetStatus(Message, frozen=True, kw_only=True):
    """See where a transfer went."""

    transfer_id: Annotated[Token, said("The gateway's id of the transfer", "Mã lượt gửi")]
    cursor: Annotated[Annotated[str, Meta(max_length=200)], said("From the page before", "Con trỏ của trang trước")] = ""
    limit: Annotated[Limit, said("Length of a page", "Số dòng mỗi trang")] = 100


class Delivery(Message, frozen=True, kw_only=True):
    """A transfer on its way to one system."""

    id: Annotated[str, said("The gateway's id of the delivery", "Mã lượt chuyển")]
    transfer_id: Annotated[str, said("The gateway's id of the transfer", "Mã lượt gửi")]
    destination: Annotated[str, said("Name of the system that it goes to", "Tên hệ thống nhận")]
    state: Annotated[State, said("Where it stands", "Trạng thái")]
    attempts: Annotated[int, said("How many attempts have ended", "Số lần thử đã kết thúc")]
    changed_at: Annotated[datetime, said("When its state changed last", "Thời điểm đổi trạng thái gần nhất")]
    due_at: Annotated[datetime, said("When the next attempt may begin", "Thời điểm được thử tiếp")]
    cause: Annotated[str, said("Code of the last failure", "Mã nguyên nhân của lần lỗi gần nhất")] = ""
    text: Annotated[str, said("The last failure in words", "Mô tả lần lỗi gần nhất")] = ""
    reference: Annotated[str, said("The destination's own id of the dossier", "Mã hồ sơ tại hệ thống nhận")] = ""


class GetStatusResponse(Message, frozen=True, kw_only=True):
    """The receipt of a transfer, and its deliveries: all for its sender, its own for a receiver."""

    receipt: Annotated[Receipt, said("The receipt", "Biên nhận")]
    deliveries: Annotated[tuple[Delivery, ...], said("The deliveries, the oldest first", "Các lượt chuyển, từ cũ đến mới")] = ()
    cursor: Annotated[
        str | UnsetType, said("Asks for the next page; absent on the last", "Con trỏ trang tiếp theo; không có ở trang cuối")
    ] = UNSET


class GetTrace(Message, frozen=True, kw_only=True):
    """Follow a dossier by any of its ids."""

    identifier: Annotated[Annotated[str, Meta(min_length=1, max_length=100)], said("Any id of the dossier", "Mã hồ sơ bất kỳ")]
    scheme: Annotated[Annotated[str, Meta(max_length=100)], said("Kind of the id; empty: any", "Loại mã; để trống: mọi loại")] = ""


class TracedTransfer(Message, frozen=True, kw_only=True):
    """A transfer of a dossier."""

    id: Annotated[str, said("The gateway's id of the transfer", "Mã lượt gửi")]
    sender: Annotated[str, said("Name of the system that sent it", "Tên hệ thống gửi")]
    message_id: Annotated[str, said("The sender's id of the message", "Mã thông điệp do bên gửi đặt")]
    event: Annotated[EventKind, said("What happened to the dossier", "Sự kiện của hồ sơ")]
    procedure: Annotated[str, said("Code of the procedure", "Mã thủ tục hành chính")]
    accepted_at: Annotated[datetime, said("When it was accepted", "Thời điểm ghi nhận vào sổ")]


class GetTraceResponse(Message, frozen=True, kw_only=True):
    """A dossier's transfers and deliveries, the oldest first, as far as they concern you."""

    dossier_id: Annotated[str, said("The gateway's id of the dossier", "Mã hồ sơ tại trục")]
    origin: Annotated[str, said("Name of the system that sent it first", "Tên hệ thống gửi đầu tiên")]
    procedure: Annotated[str, said("Code of the procedure", "Mã thủ tục hành chính")]
    opened_at: Annotated[datetime, said("When the gateway first heard of it", "Thời điểm trục nhận lần đầu")]
    identifiers: Annotated[tuple[Identifier, ...], said("All ids of the dossier that are known", "Tất cả các mã của hồ sơ")] = ()
    transfers: Annotated[tuple[TracedTransfer, ...], said("The transfers", "Các lượt gửi")] = ()
    deliveries: Annotated[tuple[Delivery, ...], said("The deliveries", "Các lượt chuyển")] = ()


class FaultProblem(Message, frozen=True, kw_only=True):
    """One fault of a message."""

    path: Annotated[str, said("Where the fault is", "Vị trí lỗi")]
    rule: Annotated[str, said("The rule that is broken", "Quy tắc bị vi phạm")]
    found: Annotated[str, said("What stands there: its kind, never its value", "Loại dữ liệu tìm thấy, không nêu giá trị")] = ""
    hint: Annotated[str, said("How to mend it", "Gợi ý sửa")] = ""


class Fault(Message, frozen=True, kw_only=True):
    """The detail of a fault: every problem that was found."""

    code: Annotated[Short, said("The kind of error, for programs", "Mã lỗi, cho phần mềm")]
    problems: Annotated[tuple[FaultProblem, ...], said("Every problem that was found", "Tất cả các lỗi tìm thấy")] = ()
