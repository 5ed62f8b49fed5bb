"""An agency behind the security servers, with both services: it checks what it gets by the published schemas, and keeps it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

import msgspec
from lxml import etree

from gateway.sdk import SOAP_11, Malformed, Transfer, from_element, includes, parse_xml, read_envelope, read_media_type, read_parts
from schemas import schema_path

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Mapping

__all__ = ["Answered", "Behind", "SimulatedAgency", "pieces_of"]

NAMESPACE = "urn:vn:lienthong:xroad:1"
TRANSFER = "{urn:vn:lienthong:dossier:1}transfer"
XROAD = "{http://x-road.eu/xsd/xroad.xsd}"
REFUSED = ("KHONG_THUOC_THAM_QUYEN", "Hồ sơ không thuộc thẩm quyền giải quyết")


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a service answered."""

    status: int
    media_type: str
    body: bytes


class Behind(Protocol):
    """A member's information system behind its security server."""

    async def post(self, media_type: str, action: str, body: bytes) -> Answered:
        """Answer a SOAP message: of its headers only these two are passed on."""

    async def call(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Answer a REST call; `path` is what follows the service code."""


class SimulatedAgency:
    """Keeps what it takes: `transfers` in order, `files` by their hash. It takes each message id once, and refuses dossier codes in `refuse`.

    `forgets` answers a transfer without a receipt.
    """

    def __init__(self, refuse: set[str], effects: Counter[str]) -> None:
        """Begin empty; what it refuses and how it counts is the simulator's."""
        self.transfers: list[Transfer] = []
        self.files: dict[str, bytes] = {}
        self.issues: list[str] = []
        self.forgets = False
        self._refuse = refuse
        self._effects = effects
        self._receipts: dict[str, dict[str, str]] = {}

    async def post(self, media_type: str, action: str, body: bytes) -> Answered:
        """As `Behind.post`."""
        message, parts = await pieces_of(media_type, body)
        envelope = read_envelope(message, version=SOAP_11)
        found = envelope.body
        if found is None:
            raise Malformed([], code="MissingBody")
        service = etree.QName(found).localname
        for place, cid in [*includes(found)]:
            place[:] = []
            place.text = b64encode(parts[cid]).decode()
        if action.strip('"') != service or not _schema().validate(found):
            return _soap(envelope.headers, service, {"fault": {"faultCode": "invalid", "faultString": str(_schema().error_log)}})
        id_, issue = (_text(envelope.header(XROAD + name)) for name in ("id", "issue"))
        if service == "GetStatus":
            return _soap(envelope.headers, service, self._known(found.findtext("message_id", "")))
        self.files |= {hashlib.sha256(part).hexdigest(): part for part in parts.values()}
        code, text, receipt = self._take(id_, issue, from_element(found[0], Transfer))
        rows = {"fault": {"faultCode": code, "faultString": text}} if code else {} if self.forgets else {"receipt": receipt}
        return _soap(envelope.headers, service, rows)

    async def call(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """As `Behind.call`."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        match method, path:
            case "PUT", "/attachments" if hashlib.sha256(body).hexdigest() == asked.get("sha256"):
                self.files[asked["sha256"]] = body
                return _json(200, {"known": True})
            case "GET", "/attachments":
                return _json(200, {"known": asked.get("sha256") in self.files})
            case "GET", "/transfers":
                return _json(200, self._known(asked.get("message_id", "")))
            case "POST", "/transfers" if headers.get("content-type") == "application/json":
                transfer = msgspec.json.decode(body, type=Transfer)
                code, text, receipt = self._take(headers["x-road-id"], headers.get("x-road-issue", ""), transfer)
                return _json(422, {"code": code, "detail": text}) if code else _json(200, {} if self.forgets else receipt)
            case _:
                return _json(404, {"code": "not_found"})

    def _take(self, id_: str, issue: str, transfer: Transfer) -> tuple[str, str, dict[str, str]]:
        """Take a transfer once; answers a code and words when it is refused, else its receipt."""
        if issue in self._refuse:
            return *REFUSED, {}
        if id_ not in self._receipts:
            code = next(one.value for one in transfer.dossier.identifiers)
            self._effects[f"{code}/{transfer.event.kind}"] += 1
            self.transfers.append(transfer)
            self.issues.append(issue)
            number = len(self.transfers)
            self._receipts[id_] = {
                "transfer_id": f"t-{number}",
                "message_id": id_,
                "dossier_id": f"HS-{number:06d}",
                "digest": hashlib.sha256(msgspec.json.encode(transfer)).hexdigest(),
                "accepted_at": "2026-03-02T08:15:00+07:00",
            }
        return "", "", self._receipts[id_]

    def _known(self, message_id: str) -> dict[str, Any]:
        """Whether a message arrived."""
        receipt = self._receipts.get(message_id)
        return {"known": False} if receipt is None else {"known": True, "receipt": receipt}


async def pieces_of(media_type: str, body: bytes) -> tuple[bytes, dict[str, bytes]]:
    """A SOAP message and what came beside it. Raises `Malformed` unless the message says of itself that it is 8bit, as X-Road wants."""
    kind = read_media_type(media_type)
    if kind.type != "multipart/related":
        return body, {}
    message, parts = b"", {}
    async for part in read_parts(_once(body), kind.parameters.get("boundary", "")):
        if not message:
            if part.headers.get("content-transfer-encoding") != "8bit":
                raise Malformed([], code="MimeParsingFailed")
            message = await part.whole(64 * 1024**2)
        else:
            parts[part.content_id] = await part.whole(64 * 1024**2)
    return message, parts


@cache
def _schema() -> etree.XMLSchema:
    """The published schema of the messages."""
    return etree.XMLSchema(etree.parse(str(schema_path("xroad/lienthong.xsd"))))


def _soap(headers: Any, service: str, rows: dict[str, Any]) -> Answered:
    """Answer with the headers of the request, in their order."""
    blocks = b"".join(etree.tostring(block.element) for block in headers)
    xml = "".join(_element(name, value) for name, value in rows.items())
    body = f'<x:{service}Response xmlns:x="{NAMESPACE}">{xml}</x:{service}Response>'
    envelope = (
        f'<s:Envelope xmlns:s="{SOAP_11.namespace}"><s:Header>'.encode()
        + blocks
        + f"</s:Header><s:Body>{body}</s:Body></s:Envelope>".encode()
    )
    return Answered(status=200, media_type="text/xml; charset=utf-8", body=etree.tostring(parse_xml(envelope)))


def _element(name: str, value: Any) -> str:
    """Write a value as an element."""
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(*one) for one in value.items())}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{text.replace('&', '&amp;').replace('<', '&lt;')}</{name}>"


def _text(element: etree._Element | None) -> str:
    """The text of a field that may not be there."""
    return "" if element is None else element.text or ""


def _json(status: int, value: Any) -> Answered:
    """Answer with JSON."""
    return Answered(status=status, media_type="application/json", body=json.dumps(value).encode())


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """A content in one piece."""
    yield content
