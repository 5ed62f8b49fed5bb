"""An axis that speaks SOAP 1.1: a document is an attachment beside the message, and is streamed both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.edxml.wire import Item, stamp_of, verdict_of
from gateway.sdk import BlobInfo, Malformed, NeedsPerson, Refused, RelatedPart, RetryLater, SoapCredentials, cid_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from connectors.edxml.config import Config
    from connectors.edxml.letter import Letter
    from connectors.edxml.wire import Verdict
    from gateway.sdk import BlobStore, Context, Document, SoapAnswer

__all__ = ["WSDL", "SoapAxis"]

WSDL = "edxml/bkav.wsdl"
CONTENT_ID = "van-ban@lienthong"


class SoapAxis:
    """Implements `wire.Axis`; holds nothing between two calls."""

    def __init__(self, config: Config, context: Context) -> None:
        """Name the service; nothing is sent."""
        self._config = config
        self._context = context
        credentials = SoapCredentials(username=config.system_id, password=config.secret)
        self._service = context.soap.service(WSDL, config.url, credentials=credentials, rules=config.faults)

    async def send(self, document: Document, letter: Letter, body: Callable[[], AsyncIterator[bytes]]) -> Verdict:
        """Send a document beside the message that names it."""
        values = {
            "From": self._config.organ.id,
            "To": [one.id for one in letter.to],
            "MessageType": document.operation,
            "DocumentId": letter.name.id,
            "Content": f"cid:{CONTENT_ID}",
        }
        part = RelatedPart(content_id=CONTENT_ID, media_type=document.media_type, chunks=body(), name=f"{letter.number}.edxml")
        answer = await self._service.call("SendDocument", values, attachments=[part], seconds=self._config.seconds)
        return verdict_of(_said(answer))

    async def is_sent(self, letter: Letter) -> bool:
        """Ask where a document of ours went: the axis has it when it went anywhere."""
        return bool((await self._ask("GetTraces", {"DocumentId": letter.name.id}))["Trace"])

    async def received(self, kind: str) -> list[Item]:
        """List what waits; what was answered for is not listed."""
        answer = await self._ask("GetPendingDocumentIds", {"OrganId": self._config.organ.id, "MessageType": kind})
        return [
            Item(id=row["_value_1"], kind=kind, created=stamp_of(row["created"]), is_answered=False)
            for row in answer["DocId"]
            if row and row["_value_1"]
        ]

    async def fetch(self, id_: str) -> BlobInfo:
        """Bring a document into the blob store while it comes."""
        answer = await self._call("GetDocument", {"DocId": id_}, self._context.blobs)
        info = answer.contents.get(cid_of(str(answer.values["Content"] or "")))
        if not isinstance(info, BlobInfo):
            raise RetryLater("the axis gave no document", code="no_document")
        return info

    async def acknowledge(self, id_: str, *, is_done: bool) -> None:
        """Tell that a message arrived whole, or cannot be read."""
        await self._ask("ConfirmReceived", {"DocId": id_, "State": "done" if is_done else "fail"})

    async def _ask(self, operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a call that can be made again. Raises `RetryLater` when the axis says no, whatever it means by that."""
        return (await self._call(operation, values)).values

    async def _call(self, operation: str, values: Mapping[str, Any], into: BlobStore | None = None) -> SoapAnswer:
        """Make a call that can be made again; what comes with the answer goes into the store."""
        try:
            answer = await self._service.call(operation, values, into=into, safe=True, seconds=self._config.seconds)
        except (Malformed, NeedsPerson, Refused) as error:
            raise RetryLater(error.text, code=error.code) from error
        if answer.values["Status"] != "OK" or (answer.values["ErrorCode"] or "0") != "0":
            raise RetryLater(f"the axis would not answer {operation}", code=f"axis_{str(answer.values['ErrorCode'] or '')[:20]}")
        return answer


def _said(answer: SoapAnswer) -> dict[str, Any]:
    """An answer in the words of the national axis, which the table of answers knows."""
    words = {"Status": "status", "ErrorCode": "ErrorCode", "ErrorDesc": "ErrorDesc", "DocId": "DocId"}
    return {word: answer.values[name] for name, word in words.items() if answer.values.get(name) is not None}
