"""The line to a provider by X-Road message protocol 4.0: SOAP with the files beside the message."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from uuid import uuid4

from connectors.xroad.files import files_of
from connectors.xroad.header import REQUEST_HASH, Header, faults_of_an_answer, write_header
from connectors.xroad.identifier import Service, read_subsystem
from connectors.xroad.message import NAMESPACE, child, read_known, read_receipt, send_body, status_body
from connectors.xroad.request_hash import is_hash_of
from connectors.xroad.translate import issue_of, outgoing_transfer
from connectors.xroad.wire import Refusal, Taken, judge_business, raise_for_status, raise_of_xroad, unbound
from gateway.sdk import (
    SOAP_11,
    Document,
    Malformed,
    NeedsPerson,
    OutcomeUnknown,
    RelatedPart,
    RelatedWriter,
    RetryLater,
    attachments,
    read_envelope,
    read_fault,
    soap_media_type,
    write_envelope,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lxml import etree

    from connectors.xroad.config import Config
    from connectors.xroad.message import Known
    from connectors.xroad.translate import Callers
    from connectors.xroad.wire import Verdict
    from gateway.sdk import Attachment, Context, HttpAnswer, Outgoing, SoapFault

__all__ = ["SoapLine"]

XOP_TYPE = "application/xop+xml"
ROOT_ID = "message@lienthong"


class SoapLine:
    """Implements `Line`."""

    def __init__(self, config: Config, context: Context, callers: Callers) -> None:
        """Keep what it needs; nothing is sent."""
        self._config = config
        self._context = context
        self._callers = callers
        self._client = read_subsystem(config.client, place="client")
        self._provider = read_subsystem(config.provider, place="provider")

    def write(self, outgoing: Outgoing) -> Document:
        """Write the envelope; its bytes are what the request hash is computed over."""
        transfer = outgoing_transfer(outgoing, self._callers)
        service = self._config.send_service
        hashes = {one.sha256 for _, one in attachments(transfer.dossier) if isinstance(one.sha256, str)}
        included = sorted(hashes) if self._config.attachments == "mtom" else ()
        body = send_body(service, transfer, included)
        header = self._header(outgoing, service, outgoing.key)
        return Document(operation=service, media_type=SOAP_11.media_type, body=write_envelope(SOAP_11, body, headers=write_header(header)))

    async def send(self, outgoing: Outgoing, document: Document) -> Verdict:
        """Send the envelope, and the files as parts beside it."""
        files = await files_of(outgoing.accepted.transfer, self._context.blobs)
        media_type, body = self._request(document.body, files)
        answer = await self._post(document.operation, media_type, body, safe=False)
        header = self._header(outgoing, document.operation, outgoing.key)
        found = self._answer(answer, header, document.body)
        fault = child(found, "fault")
        if fault is not None:
            return self._refusal(fault, document.body)
        receipt = read_receipt(found)
        if receipt is None:
            raise unbound("the provider answered without a receipt", "no_receipt")
        return Taken(receipt=receipt)

    async def ask(self, outgoing: Outgoing) -> Known:
        """Ask the status service; the question is a message of its own, with an id of its own."""
        service = self._config.status_service
        header = self._header(outgoing, service, str(uuid4()))
        question = write_envelope(SOAP_11, status_body(service, outgoing.key), headers=write_header(header))
        try:
            answer = await self._post(service, soap_media_type(SOAP_11), question, safe=True)
            found = self._answer(answer, header, question)
            fault = child(found, "fault")
            if fault is not None:
                refusal = self._refusal(fault, question)
                raise NeedsPerson(f"the provider would not tell whether it arrived: {refusal.code}", code=refusal.code)
            known = read_known(found)
        except OutcomeUnknown as error:
            raise RetryLater(error.text, code=error.code) from error
        if known is None:
            raise RetryLater("the provider did not say whether it arrived", code="not_told")
        return known

    def _header(self, outgoing: Outgoing, service: str, id_: str) -> Header:
        """The header of a call."""
        return Header(
            client=self._client,
            service=Service(provider=self._provider, code=service, version=self._config.service_version),
            id=id_,
            user_id=self._config.user_id,
            issue=issue_of(outgoing),
        )

    def _request(self, envelope: bytes, files: dict[str, tuple[Attachment, int]]) -> tuple[str, bytes | AsyncIterator[bytes]]:
        """The media type and the body of a request; a stream when files go with it."""
        if not files:
            return soap_media_type(SOAP_11), envelope
        root_type, start_info = SOAP_11.media_type, ""
        root_media_type = soap_media_type(SOAP_11)
        if self._config.attachments == "mtom":
            root_type, start_info = XOP_TYPE, SOAP_11.media_type
            root_media_type = f'{XOP_TYPE}; charset=utf-8; type="{SOAP_11.media_type}"'
        root = RelatedPart(content_id=ROOT_ID, media_type=root_media_type, chunks=_once(envelope), size=len(envelope), encoding="8bit")
        parts = [
            RelatedPart(
                content_id=sha256,
                media_type=file.media_type if isinstance(file.media_type, str) and file.media_type else "application/octet-stream",
                chunks=self._context.blobs.open(sha256),
                size=size,
            )
            for sha256, (file, size) in files.items()
        ]
        writer = RelatedWriter(secrets.token_hex(16), [root, *parts], root_type=root_type, start_info=start_info)
        return writer.content_type, writer.chunks()

    async def _post(self, service: str, media_type: str, body: bytes | AsyncIterator[bytes], *, safe: bool) -> HttpAnswer:
        """Call the security server."""
        headers = {"Content-Type": media_type, "SOAPAction": f'"{service}"'}
        return await self._context.http.request(
            "POST", self._config.url, headers=headers, body=body, safe=safe, seconds=self._config.seconds
        )

    def _answer(self, answer: HttpAnswer, header: Header, request: bytes) -> etree._Element:
        """The body of an answer that is bound to its request. Raises what a fault, a status or a strange answer means."""
        try:
            envelope = read_envelope(answer.body, version=SOAP_11)
        except Malformed:
            raise_for_status(answer)
            raise unbound("the security server answered something that is not SOAP", "not_soap") from None
        if (fault := read_fault(envelope.body)) is not None:
            raise_of_xroad(_code_of(envelope.body, fault), fault.text, request)
        if strange := faults_of_an_answer(header, envelope):
            raise unbound(f"the answer is not the one to this request: {', '.join(strange)}", "inconsistent_response")
        said = envelope.header(REQUEST_HASH)
        if self._config.verify_hash and not _is_bound(said, request):
            raise unbound("the answer is not bound to this request by its hash", "wrong_hash")
        wanted = f"{{{NAMESPACE}}}{header.service.code}Response"
        if envelope.body is None or envelope.body.tag != wanted:
            raise unbound("the provider answered another message than the response", "not_response")
        return envelope.body

    def _refusal(self, fault: etree._Element, request: bytes) -> Refusal:
        """Read a business fault. Raises `RetryLater` for one that says "not now"."""
        code, text = child(fault, "faultCode"), child(fault, "faultString")
        said = ["" if one is None else one.text or "" for one in (code, text)]
        return judge_business(said[0].strip(), said[1], self._config.retry_codes, request)


def _code_of(body: etree._Element | None, fault: SoapFault) -> str:
    """The code of a fault as it stands there, without a prefix: one that a security server writes belongs to no namespace."""
    said = None if body is None else child(body, "faultcode")
    return (said.text or "").strip().rpartition(":")[2] if said is not None else fault.dotted


def _is_bound(said: etree._Element | None, request: bytes) -> bool:
    """Tell whether the hash that was said is that of the request."""
    return said is not None and is_hash_of(said.text or "", said.get("algorithmId", ""), request)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """A content in one piece."""
    yield content
