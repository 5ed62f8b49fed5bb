"""Documents and status messages of edXML for tests, in every variation that was met."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.edxml.config import Config
from connectors.edxml.intake import take_apart
from connectors.edxml.reading import read_paper
from connectors.edxml.simulated_soap import SoapAxisSimulator
from connectors.edxml.simulator import AxisSimulator
from connectors.edxml.translate import load_tables

if TYPE_CHECKING:
    from gateway.sdk import Transfer

__all__ = [
    "CONFIG",
    "FILE",
    "NAMESPACE",
    "OLD_NAMESPACES",
    "TABLES",
    "Variation",
    "axis_of",
    "config",
    "document",
    "read",
    "status",
    "zipped",
]

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
OLD_NAMESPACES = ("http://www.e-doc.vn/Schema/", "http://www.go.vn/eDoc", "")
FILE = b"%PDF-1.4\n% cong van thu nghiem\n%%EOF\n" * 40
TABLES = load_tables()


def axis_of(style: str) -> AxisSimulator:
    """A simulated axis of a style."""
    return SoapAxisSimulator() if style == "bkav" else AxisSimulator(style=style)


def config(**changes: Any) -> Config:
    """The configuration of a site."""
    usual = {
        "url": "http://127.0.0.1:1",
        "system_id": "H21",
        "secret": "s",
        "organ": {"id": "H21", "name": "Ủy ban nhân dân tỉnh Mẫu"},
        "receivers": [{"id": "H21.10", "name": "Sở Tư pháp tỉnh Mẫu"}],
        "place": "Gia Lai",
        "signer": {"full_name": "Người Ký Thử"},
    }
    return msgspec.convert({**usual, **changes}, Config)


CONFIG = config()


class Variation(msgspec.Struct, frozen=True, kw_only=True):
    """How a producer writes the one document of these tests."""

    namespace: str = NAMESPACE
    prefixed: bool = True
    content_prefixed: bool = False
    cid_in_reference: bool = True
    cid_in_attachment: bool = False
    order: int = 0
    date: str = "2026/03/01"
    due: str = "2026/03/12"
    bussiness: str = "<Bussiness><BussinessDocType>0</BussinessDocType></Bussiness>"
    bussiness_in_header: bool = False
    attributes: str = ""
    zips: bool = False
    breaks_lines: bool = False
    encoding: str = "utf-8"
    declared: str = "utf-8"
    attachments_first: bool = False
    trace: int = 1


def document(how: Variation | None = None, *, signature: str = "") -> bytes:
    """The document: an official letter with a file."""
    how = how or Variation()
    head = [
        "<From><OrganId>H21.10</OrganId><OrganName>Sở Tư pháp tỉnh Mẫu</OrganName></From>",
        "<To><OrganId>H21</OrganId></To>",
        "<DocumentId>H21.10,2026/03/01,2491/STP-HCTP</DocumentId>",
        "<Code><CodeNumber>2491</CodeNumber><CodeNotation>STP-HCTP</CodeNotation></Code>",
        f"<PromulgationInfo><Place>Gia Lai</Place><PromulgationDate>{how.date}</PromulgationDate></PromulgationInfo>",
        "<Subject>Đề nghị xác minh &amp; trả lời</Subject>",
        f"<DueDate>{how.due}</DueDate>",
        "<OtherInfo><Priority>2</Priority></OtherInfo>",
    ]
    turned = head[how.order % len(head) :] + head[: how.order % len(head)]
    passed = "<TraceHeader><OrganId>H21.10</OrganId><Timestamp>2026/03/01 10:00:00</Timestamp></TraceHeader>" * how.trace
    inside, beside = ("", how.bussiness) if how.bussiness_in_header else (how.bussiness, "")
    header = f"<MessageHeader>{''.join(turned)}</MessageHeader><TraceHeaderList {how.attributes}>{passed}{inside}</TraceHeaderList>{beside}"
    reference = f"<Reference><ContentId>{'cid:' * how.cid_in_reference}tep-1</ContentId><ContentType>application/pdf</ContentType><Description>Công văn</Description><AttachmentName>công văn.pdf</AttachmentName></Reference>"
    body = f"<edXMLBody><edXMLManifest version='1.0'>{reference}</edXMLManifest></edXMLBody>"
    envelope = _prefixed(f"<edXMLEnvelope><edXMLHeader>{header}</edXMLHeader>{body}</edXMLEnvelope>", how)
    envelope = envelope.replace("</edXML:edXMLHeader>", signature + "</edXML:edXMLHeader>").replace(
        "</edXMLHeader>", signature + "</edXMLHeader>"
    )
    content = base64.b64encode(zipped("ban-goc.pdf", FILE) if how.zips else FILE).decode()
    if how.breaks_lines:
        content = "\r\n".join(content[start : start + 76] for start in range(0, len(content), 76)) + "\r\n"
    mark = "edXML:ContentTransferEncoded" if how.content_prefixed and how.namespace else "ContentTransferEncoded"
    declares = f' xmlns:edXML="{how.namespace}"' if mark.startswith("edXML:") else ""
    behind = f"<AttachmentEncoded><Attachment><ContentId>{'cid:' * how.cid_in_attachment}tep-1</ContentId><{mark}{declares}>{content}</{mark}></Attachment></AttachmentEncoded>"
    inner = behind + envelope if how.attachments_first else envelope + behind
    declared = f' xmlns="{how.namespace}"' if how.namespace else ""
    return f'<?xml version="1.0" encoding="{how.declared}"?><edXML{declared}>{inner}</edXML>'.encode(how.encoding)


def _prefixed(text: str, how: Variation) -> str:
    """Write every element with the prefix, when the variation has it."""
    if not how.prefixed or not how.namespace:
        return text
    marked = text.replace("</", "\0").replace("<", "<edXML:").replace("\0", "</edXML:")
    return marked.replace("<edXML:edXMLEnvelope>", f'<edXML:edXMLEnvelope xmlns:edXML="{how.namespace}">', 1)


def status(code: str, answered: str, *, head: str = "MessageHeader", namespace: str = NAMESPACE, at: str = "2026/03/04 09:15:00") -> bytes:
    """A status message about a document."""
    header = (
        f"<{head}><From><OrganId>H21.10</OrganId></From><ResponseFor><OrganId>H21</OrganId><DocumentId>{answered}</DocumentId></ResponseFor>"
        f"<StaffInfo><Department>Phòng Hộ tịch</Department><Staff>Cán bộ Thử</Staff></StaffInfo><StatusCode>{code}</StatusCode>"
        f"<Description>Ý kiến</Description><Timestamp>{at}</Timestamp></{head}>"
    )
    return f'<edXML xmlns="{namespace}"><edXMLEnvelope><edXMLHeader>{header}</edXMLHeader></edXMLEnvelope></edXML>'.encode()


def zipped(name: str, content: bytes, *more: tuple[str, bytes]) -> bytes:
    """A zip with files, as the axis's library wraps one."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, data in ((name, content), *more):
            archive.writestr(inner, data)
    return held.getvalue()


def read(body: bytes, settings: Config = CONFIG) -> Transfer:
    """Read a message as the connector of a site does."""
    paper, _ = take_apart(body)
    return read_paper(paper, system="there", tables=TABLES, config=settings).transfer
