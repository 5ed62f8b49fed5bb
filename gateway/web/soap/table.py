"""The one table of the SOAP door: the dispatcher, the WSDL and the schema are all made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from gateway.web.soap import message
from gateway.web.soap import operation as perform
from gateway.web.soap.asked import Asked

__all__ = ["OPERATIONS", "SoapOperation"]


class SoapOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation: what for in two languages, what goes in, what comes out. Its name is that of the type it takes."""

    summary: str
    summary_vi: str
    takes: type[msgspec.Struct]
    answers: type[msgspec.Struct]
    perform: Callable[[Asked, Any], Awaitable[msgspec.Struct]]

    @property
    def name(self) -> str:
        """The name of the operation, and of the element that asks for it."""
        return self.takes.__name__

    @property
    def action(self) -> str:
        """Its SOAPAction."""
        return f"{message.NAMESPACE}/{self.name}"


OPERATIONS = (
    SoapOperation(
        summary="Send a transfer, with attachments by MTOM, beside the message or inline",
        summary_vi="Gửi một lượt hồ sơ, tệp đính kèm theo MTOM, SwA hoặc base64",
        takes=message.SendDossier,
        answers=message.SendDossierResponse,
        perform=perform.send,
    ),
    SoapOperation(
        summary="Fetch what waits for you; what is not answered in time comes again",
        summary_vi="Nhận các lượt chuyển đang chờ; quá hạn không trả lời sẽ được phát lại",
        takes=message.GetPending,
        answers=message.GetPendingResponse,
        perform=perform.fetch,
    ),
    SoapOperation(
        summary="Read a transfer, with the contents of its attachments when asked",
        summary_vi="Xem một lượt gửi, kèm nội dung tệp khi yêu cầu",
        takes=message.GetDossier,
        answers=message.GetDossierResponse,
        perform=perform.read,
    ),
    SoapOperation(
        summary="Acknowledge a delivery",
        summary_vi="Xác nhận đã nhận hồ sơ",
        takes=message.Acknowledge,
        answers=message.AcknowledgeResponse,
        perform=perform.acknowledge,
    ),
    SoapOperation(
        summary="Refuse a delivery for good",
        summary_vi="Từ chối tiếp nhận hồ sơ",
        takes=message.Refuse,
        answers=message.RefuseResponse,
        perform=perform.refuse,
    ),
    SoapOperation(
        summary="See where a transfer went",
        summary_vi="Xem các lượt chuyển của lượt gửi",
        takes=message.GetStatus,
        answers=message.GetStatusResponse,
        perform=perform.look,
    ),
    SoapOperation(
        summary="Follow a dossier by any of its ids",
        summary_vi="Theo dõi hồ sơ theo mã bất kỳ",
        takes=message.GetTrace,
        answers=message.GetTraceResponse,
        perform=perform.follow,
    ),
)
