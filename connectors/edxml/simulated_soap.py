"""The axis of the simulator as a SOAP 1.1 service: what it keeps and refuses is the same, only the way to say it is another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lxml import etree

from connectors.edxml.bkav import WSDL
from connectors.edxml.simulated_style import SECRET
from connectors.edxml.simulator import AxisSimulator
from gateway.sdk import RelatedPart
from gateway.simulation import SoapAsked, SoapReply, SoapSimulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["SoapAxisSimulator"]

NAMES = {"b": "http://www.e-doc.vn/Schema/"}
QUESTIONS = frozenset({"GetPendingDocumentIds", "GetDocument", "ConfirmReceived", "GetTraces"})


class SoapAxisSimulator(SoapSimulator, AxisSimulator):
    """Who calls is the name of a UsernameToken; the secret is the password of all."""

    wsdl = WSDL
    path = "/DocumentService"
    password = SECRET

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""
        return super().config() | {"style": "bkav", "url": self.address}

    def asks(self) -> frozenset[str]:
        """Only what is sent changes something that counts."""
        return QUESTIONS

    def operations(self) -> dict[str, Any]:
        """What it does."""
        return {
            "SendDocument": self._send_document,
            "GetPendingDocumentIds": self._list_pending,
            "GetDocument": self._give_document,
            "ConfirmReceived": self._confirm,
            "GetTraces": self._trace,
        }

    async def _send_document(self, asked: SoapAsked) -> SoapReply:
        """Take the document beside the message."""
        async for part in asked.parts:
            if f"cid:{part.content_id}" == _text(asked, "Content"):
                response = await self._take(asked.username, _text(asked, "MessageType"), part.chunks)
                said = json.loads(response.text or "{}")
                more = {"DocId": said["DocId"]} if "DocId" in said else {}
                return _reply("SendDocument", said["status"], said["ErrorCode"], said["ErrorDesc"], **more)
        return _reply("SendDocument", "FAIL", "10", "Thiếu tệp văn bản đính kèm")

    async def _list_pending(self, asked: SoapAsked) -> SoapReply:
        """List what waits for the caller and was not answered for."""
        kind = _text(asked, "MessageType")
        reply = _reply("GetPendingDocumentIds", "OK", "0", "")
        for number, (id_, one) in enumerate(self.messages.items()):
            if asked.username in one.to and one.kind == kind and one.state == "initial":
                created = f"{number // 60 + 1:02d}/03/2026 08:{number % 60:02d}:00"
                etree.SubElement(reply.element, f"{{{NAMES['b']}}}DocId", created=created).text = id_
        return reply

    async def _give_document(self, asked: SoapAsked) -> SoapReply:
        """Give a document beside the answer."""
        id_ = _text(asked, "DocId")
        if id_ not in self.messages or id_ in self.lost:
            return _reply("GetDocument", "FAIL", "404", "Không có văn bản")
        part = RelatedPart(content_id=f"{id_}@truc", media_type="application/xml", chunks=self._chunks_of(id_))
        reply = _reply("GetDocument", "OK", "0", "", Content=f"cid:{id_}@truc")
        return SoapReply(element=reply.element, parts=(part,))

    async def _chunks_of(self, id_: str) -> AsyncIterator[bytes]:
        """Stream a document."""
        for piece in self._pieces(id_):
            yield piece

    async def _confirm(self, asked: SoapAsked) -> SoapReply:
        """Hear that a message arrived whole, or cannot be read."""
        id_, state = _text(asked, "DocId"), _text(asked, "State")
        if id_ not in self.messages:
            return _reply("ConfirmReceived", "FAIL", "404", "Không có văn bản")
        self.messages[id_].state = state
        self.acknowledged.setdefault(id_, []).append(state)
        return _reply("ConfirmReceived", "OK", "0", "")

    async def _trace(self, asked: SoapAsked) -> SoapReply:
        """Tell to whom a document of the caller went."""
        reply = _reply("GetTraces", "OK", "0", "")
        wanted = _text(asked, "DocumentId")
        for one in self.messages.values():
            if one.document_id == wanted and one.kind == "edoc" and one.sender == asked.username:
                for organ in one.to:
                    trace = etree.SubElement(reply.element, f"{{{NAMES['b']}}}Trace")
                    etree.SubElement(trace, f"{{{NAMES['b']}}}OrganId").text = organ
                    etree.SubElement(trace, f"{{{NAMES['b']}}}Timestamp").text = "2026/03/02 08:00:00"
        return reply


def _text(asked: SoapAsked, name: str) -> str:
    """What a message says."""
    return asked.element.findtext(f"b:{name}", namespaces=NAMES) or ""


def _reply(operation: str, status: str, code: str, text: str, **more: str) -> SoapReply:
    """An answer."""
    root = etree.Element(f"{{{NAMES['b']}}}{operation}Response", nsmap={"b": NAMES["b"]})
    for name, value in {"Status": status, "ErrorCode": code, "ErrorDesc": text, **more}.items():
        etree.SubElement(root, f"{{{NAMES['b']}}}{name}").text = value
    return SoapReply(element=root)
