"""What the simulated axis checks of a document, and what the agencies at its other end write."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from connectors.edxml.splitter import Splitter
from gateway.sdk import Malformed, parse_xml
from schemas import schema_path

__all__ = ["ORGAN", "OTHER", "Checked", "Checker", "Message", "status_document"]

#: The agency of the site that talks to the axis, and the one at the other end.
ORGAN, OTHER = "H21", "H21.10"
NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
NAMES = {"e": NAMESPACE}
#: The standard's prefix is wanted: a system of the ministry reads no others.
UNPREFIXED = re.compile(rb"<(?!/|\?|!|edXML[ >]|edXML:|AttachmentEncoded|Attachment|Content|Signature)")


class Message(msgspec.Struct, kw_only=True):
    """A message at the axis; `receiver` is the name of the first agency that it goes to, `state` what was told of it there."""

    kind: str
    sender: str
    to: tuple[str, ...]
    path: Path
    size: int
    document_id: str
    code: str
    notation: str
    receiver: str = ""
    state: str = "initial"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the axis reads of a document: its id, its number and notation, to whom it goes; of a status message, what it answers."""

    document_id: str
    code: str
    notation: str
    to: tuple[str, ...]
    receiver: str = ""
    status: str = ""


class Checker:
    """Checks a document while it comes; the contents of its attachments pass by."""

    def __init__(self) -> None:
        """Begin."""
        self.size = 0
        self._splitter = Splitter()
        self._hash = sha256()
        self._is_faulty = False

    def feed(self, chunk: bytes) -> None:
        """Take a piece."""
        self.size += len(chunk)
        self._hash.update(chunk)
        try:
            for _ in () if self._is_faulty else self._splitter.feed(chunk):
                pass
        except Malformed:
            self._is_faulty = True

    def hashes(self) -> tuple[str, str]:
        """The hash of the document, and as the library of the axis writes it."""
        return self._hash.hexdigest(), "".join(f"{byte:x}" for byte in self._hash.digest())

    def end(self, kind: str) -> Checked | str:
        """What it is, or what is wrong with it."""
        try:
            if self._is_faulty or list(self._splitter.close()):
                return "Tệp không phải XML"
            whole = re.sub(rb"<!--content [0-9]+-->", b"<ContentTransferEncoded/>", bytes(self._splitter.rest))
            root = parse_xml(whole)
        except Malformed:
            return "Tệp không phải XML"
        if UNPREFIXED.search(whole) or not _schema().validate(root):
            return "Gói tin không đúng QCVN 102:2016"
        return _checked(root, kind)


@cache
def _schema() -> etree.XMLSchema:
    """The schema, compiled once."""
    return etree.XMLSchema(etree.parse(str(schema_path("edxml/qcvn-102-2016.xsd"))))


def _checked(root: etree._Element, kind: str) -> Checked | str:
    """Read what the axis needs."""

    def said(path: str) -> str:
        """A text of the header."""
        return root.findtext(f"e:edXMLEnvelope/e:edXMLHeader/e:MessageHeader/{path}", default="", namespaces=NAMES)

    if kind == "status":
        document_id, status = said("e:ResponseFor/e:DocumentId"), said("e:StatusCode")
        if not document_id or not status:
            return "Bản tin trạng thái thiếu ResponseFor hoặc StatusCode"
        return Checked(document_id=document_id, code="", notation="", to=(said("e:ResponseFor/e:OrganId"),), status=status)
    number, notation = said("e:Code/e:CodeNumber"), said("e:Code/e:CodeNotation")
    to = tuple(one.text or "" for one in root.iterfind(".//e:MessageHeader/e:To/e:OrganId", NAMES))
    wanted = [said("e:From/e:OrganId"), said("e:DocumentId"), number, notation, said("e:Subject"), *to]
    if not all(wanted) or not to or kind != "edoc":
        return "Văn bản thiếu cơ quan gửi, nơi nhận, mã, số ký hiệu hoặc trích yếu"
    receiver = said("e:To/e:OrganName")
    return Checked(document_id=said("e:DocumentId"), code=f"{number}/{notation}", notation=notation, to=to, receiver=receiver)


def status_document(message: Message, status: str, description: str, *, old: bool) -> bytes:
    """Write a status message about a document, as its receiver does; `old`: with the element `Status`, an older namespace and dates the other way round."""
    organ, day, code = message.document_id.split(",", 2)
    head, uri = ("Status", "http://www.e-doc.vn/Schema/") if old else ("MessageHeader", NAMESPACE)
    date = "/".join(reversed(day.split("/"))) if old else day
    second = int(status) % 60
    at = f"04/03/2026 09:15:{second:02d}" if old else f"2026/03/04 09:15:{second:02d}"
    return (
        f'<edXML:edXML xmlns:edXML="{uri}"><edXML:edXMLEnvelope><edXML:edXMLHeader><edXML:{head}>'
        f"<edXML:From><edXML:OrganId>{message.to[0]}</edXML:OrganId><edXML:OrganName>{escape(message.receiver)}</edXML:OrganName></edXML:From>"
        f"<edXML:ResponseFor><edXML:OrganId>{organ}</edXML:OrganId><edXML:Code>{escape(code)}</edXML:Code>"
        f"<edXML:PromulgationDate>{date}</edXML:PromulgationDate><edXML:DocumentId>{escape(message.document_id)}</edXML:DocumentId></edXML:ResponseFor>"
        "<edXML:StaffInfo><edXML:Department>Văn phòng</edXML:Department><edXML:Staff>Cán bộ Thử</edXML:Staff></edXML:StaffInfo>"
        f"<edXML:StatusCode>{status}</edXML:StatusCode><edXML:Description>{escape(description)}</edXML:Description>"
        f"<edXML:Timestamp>{at}</edXML:Timestamp></edXML:{head}></edXML:edXMLHeader></edXML:edXMLEnvelope></edXML:edXML>"
    ).encode()
