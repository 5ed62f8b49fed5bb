"""The SOAP service behind the own security server: it takes transfers with their files, and tells whether a message arrived."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import structlog
from lxml import etree

from connectors.xroad.header import KNOWN, Header, echo, read_header
from connectors.xroad.identifier import read_subsystem
from connectors.xroad.message import (
    NAMESPACE,
    Known,
    fault_body,
    known_body,
    read_contents,
    read_message_id,
    read_transfer,
    receipt_body,
    receipt_for,
)
from connectors.xroad.service import LARGEST, chunks_of, media_type_of, once, whole
from connectors.xroad.wsdl import service_wsdl
from gateway.sdk import (
    SOAP_11,
    Answer,
    Envelope,
    FaultCode,
    Malformed,
    MimeLimits,
    Part,
    Problem,
    Read,
    Refused,
    RetryLater,
    Route,
    SoapFault,
    fault_element,
    read_envelope,
    read_related,
    require_understood,
    soap_media_type,
    with_contents,
    write_envelope,
)

if TYPE_CHECKING:
    from connectors.xroad.config import Config
    from connectors.xroad.message import Content
    from connectors.xroad.translate import Callers
    from gateway.sdk import Accept, BlobInfo, Context, Inbound, MediaType

__all__ = ["SoapService"]

log = structlog.get_logger(__name__)

PATH = "soap"
LONGEST_TEXT = 2000
MULTIPART = "multipart/related"
#: What X-Road calls that for which there is a code here.
CODES = {
    "mime": "MimeParsingFailed",
    "must_understand": "MustUnderstand",
    "not_soap": "InvalidSoap",
    "not_xml": "InvalidXml",
    "too_large": "InvalidMessage",
    "version_mismatch": "VersionMismatch",
}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it arrives: its envelope and the element of its body, the bytes of it, its header, and the parts beside it."""

    envelope: Envelope
    body: etree._Element
    raw: bytes
    header: Header
    parts: AsyncIterator[Part] | None


class SoapService:
    """Serves `soap`: the WSDL when it is got, the services when something is posted."""

    def __init__(self, config: Config, context: Context, callers: Callers) -> None:
        """Keep what it needs; nothing is opened."""
        self._config = config
        self._context = context
        self._callers = callers
        self._own = read_subsystem(config.client, place="client")

    def routes(self) -> tuple[Route, ...]:
        """The routes."""
        return (
            Route(method="GET", path=PATH, handle=self._describe),
            Route(method="POST", path=PATH, handle=self._serve, streams=True),
        )

    def read(self, inbound: Inbound) -> Read:
        """Read a transfer that came without files. Raises `Malformed`, and `Refused` for a caller that is not named."""
        if media_type_of(inbound).type == MULTIPART:
            raise Malformed([Problem(path="", rule="a message with files is read by its route")])
        message = self._checked(inbound.body, media_type_of(inbound), None)
        if message.header.service.code != self._config.send_service:
            raise Malformed([Problem(path="Header.service.serviceCode", rule=f"is {self._config.send_service} for a transfer")])
        return self._read(message, {})

    async def _describe(self, inbound: Inbound, _: Accept) -> Answer:
        """Show the WSDL, whole in one file, with the address at which it was asked."""
        address = f"http://{inbound.headers.get('host', 'localhost')}/systems/{self._context.system}/{PATH}"
        return Answer(status=200, media_type="text/xml; charset=utf-8", body=service_wsdl(self._config, address))

    async def _serve(self, inbound: Inbound, accept: Accept) -> Answer:
        """Answer a call. What breaks the protocol is a fault of SOAP; what is wrong with the transfer is a business fault in a normal answer."""
        try:
            message = await self._open(inbound)
        except (Malformed, Refused) as error:
            return _fault(error)
        service = message.header.service.code
        try:
            if service == self._config.status_service:
                body = await self._tell(message)
            else:
                body = await self._take(message, accept)
        except (Malformed, Refused) as error:
            body = fault_body(service, error.code, str(error))
        except RetryLater as error:
            body = fault_body(service, "retry_later", error.text)
        return _answer(200, write_envelope(SOAP_11, body, headers=echo(message.envelope.headers)))

    async def _take(self, message: Message, accept: Accept) -> etree._Element:
        """Accept a transfer with its files; a repetition is answered with the same receipt."""
        stored = await self._store(read_contents(message.body), message.parts)
        receipt = await accept(self._read(message, stored))
        return receipt_body(message.header.service.code, receipt_for(receipt, message.header.id))

    async def _tell(self, message: Message) -> etree._Element:
        """Tell whether a message of the caller arrived."""
        id_ = read_message_id(message.body)
        receipt = await self._context.receipt_of(self._callers.message_id(message.header.client, id_))
        known = Known(known=receipt is not None, receipt=receipt_for(receipt, id_) if receipt else None)
        return known_body(message.header.service.code, known)

    async def _open(self, inbound: Inbound) -> Message:
        """Read a message as far as its files. Raises `Malformed` or `Refused`."""
        media_type = media_type_of(inbound)
        if media_type.type != MULTIPART:
            return self._checked(await whole(inbound), media_type, None)
        related = await read_related(media_type, chunks_of(inbound), MimeLimits(root_bytes=LARGEST))
        return self._checked(related.root, related.root_type, related.parts)

    def _checked(self, raw: bytes, media_type: MediaType, parts: AsyncIterator[Part] | None) -> Message:
        """Check an envelope and its header against each other, and against who may call."""
        envelope = read_envelope(raw, charset=media_type.parameters.get("charset", ""), version=SOAP_11)
        require_understood(envelope, KNOWN)
        header = read_header(envelope)
        if header.service.provider != self._own:
            raise Malformed(
                [Problem(path="Header.service", rule=f"names a service of {self._own}", found="another")], code="UnknownService"
            )
        known = (self._config.send_service, self._config.status_service)
        if header.service.code not in known:
            raise Malformed([Problem(path="Header.service.serviceCode", rule=f"one of {', '.join(known)}")], code="UnknownService")
        if envelope.body is None:
            raise Malformed([Problem(path="Body", rule="must be there", found="nothing")], code="MissingBody")
        if envelope.body.tag != f"{{{NAMESPACE}}}{header.service.code}":
            rule = f"holds {header.service.code} of {NAMESPACE}, as the service is called"
            raise Malformed([Problem(path="Body", rule=rule, found="another element")], code="InvalidBody")
        if not self._callers.may_call(header.client):
            raise Refused("this member may not call this service", code="AccessDenied")
        return Message(envelope=envelope, body=envelope.body, raw=raw, header=header, parts=parts)

    def _read(self, message: Message, stored: dict[str, BlobInfo]) -> Read:
        """Read the transfer; its message id is the X-Road id, and its files are those that came along."""
        transfer = read_transfer(message.body)
        id_ = self._callers.message_id(message.header.client, message.header.id)
        named = msgspec.structs.replace(transfer, message_id=id_, recipients=())
        return Read(transfer=with_contents(named, stored, is_signed=False), raw=message.raw, media_type=SOAP_11.media_type)

    async def _store(self, contents: tuple[Content, ...], parts: AsyncIterator[Part] | None) -> dict[str, BlobInfo]:
        """Store every content as it arrives, by the name that the dossier calls it. Raises `Malformed` for one that is missing or twice there."""
        blobs = self._context.blobs
        names = {one.cid: one.name for one in contents if one.cid}
        stored = {one.name: await blobs.put(once(_decoded(one))) for one in contents if not one.cid}
        if parts is not None:
            async for part in parts:
                name = names.pop(part.content_id, part.content_id)
                if not name or name in stored:
                    raise Malformed([Problem(path="", rule="every part beside the message has a Content-ID of its own")], code="mime")
                stored[name] = await blobs.put(part.chunks)
        if names:
            raise Malformed([Problem(path="content", rule="an xop:Include names a part that did not come")], code="mime")
        return stored


def _decoded(content: Content) -> bytes:
    """A content that stands in the body itself."""
    try:
        return b64decode("".join(content.text.split()), validate=True)
    except ValueError:
        raise Malformed([Problem(path="content", rule="is base64", found="something else")]) from None


def _fault(error: Malformed | Refused) -> Answer:
    """Answer with a fault of SOAP: the request breaks the protocol, and is not to be sent again as it is."""
    code = CODES.get(error.code, error.code)
    general = {"MustUnderstand": FaultCode.MUST_UNDERSTAND, "VersionMismatch": FaultCode.VERSION_MISMATCH}.get(code)
    detail = etree.Element("faultDetail")
    detail.text = str(uuid4())
    text = str(error)[:LONGEST_TEXT]
    fault = SoapFault(code=general or FaultCode.SENDER, subcodes=() if general else (code,), text=text, detail=(detail,))
    log.warning("xroad_call_refused", code=code, detail=detail.text)
    return _answer(500, write_envelope(SOAP_11, fault_element(SOAP_11, fault)))


def _answer(status: int, envelope: bytes) -> Answer:
    """Answer with an envelope."""
    return Answer(status=status, media_type=soap_media_type(SOAP_11), body=envelope)
