"""A simulated land registry for tests of the SOAP client: it keeps dossiers, answers questions, gives files, and fails as told."""

from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from lxml import etree

from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.sdk import RelatedPart, include_element
from gateway.simulation import SoapAsked, SoapReply, SoapSimulator
from gateway.testing.connector_bench import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.sdk import SoapService

__all__ = ["DATA", "DOSSIER", "FOLDER", "MESSAGES", "WSDL", "LandRegistry", "Visit", "open_registry", "pieces"]

FOLDER = Path(__file__).with_name("land_registry")
WSDL = "land.wsdl"
MESSAGES, DATA = "{urn:dat-dai:goi}", "{urn:dat-dai:du-lieu}"
DOSSIER: dict[str, Any] = {
    "MaHoSo": "H21.129-260302-0001",
    "NguoiNop": {"HoTen": "Đinh Thị Ví Dụ", "GiayTo": [{"_value_1": "052196000123", "loai": 1}]},
    "NgayNop": datetime(2026, 3, 2, 1, 15, tzinfo=UTC),
    "LePhi": None,
    "ThuaDat": {"SoTo": 12, "SoThua": 345},
    "khan": True,
}


class LandRegistry(SoapSimulator):
    """Owns its state: `kept` is the envelope of every dossier that it took, `heard` what it was told, `headers` those of the last call."""

    wsdl = str(FOLDER / WSDL)

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.kept: list[etree._Element | None] = []
        self.heard: list[str] = []
        self.headers: dict[str, str] = {}
        self.answers: list[etree._Element] = []
        self.business_fault: tuple[str, str] = ("", "")
        self.contents: list[bytes] = []
        self.file = b"%PDF"

    def config(self) -> dict[str, Any]:
        """Where it is."""
        return {"url": self.address}

    def asks(self) -> frozenset[str]:
        """What changes nothing."""
        return frozenset({"TraCuu", "LayTep"})

    def operations(self) -> dict[str, Any]:
        """What it does."""
        return {"NopHoSo": self._submit, "TraCuu": self._look_up, "LayTep": self._give, "ThongBao": self._hear}

    async def _submit(self, asked: SoapAsked) -> SoapReply:
        """Take a dossier."""
        self.headers = dict(asked.headers)
        reply = etree.Element(f"{MESSAGES}NopHoSoResponse")
        if self.business_fault[0]:
            loi = etree.SubElement(reply, "loi")
            etree.SubElement(loi, "maLoi").text, etree.SubElement(loi, "moTa").text = self.business_fault
            return SoapReply(element=reply)
        self.contents += [b64decode(one.text) for one in asked.element.iter(f"{DATA}NoiDung") if one.text]
        self.contents += [await part.whole(10**6) async for part in asked.parts]
        self.kept.append(asked.envelope.root)
        code = asked.element.findtext(f"hoSo/{DATA}MaHoSo") or ""
        self.effects[code] += 1
        etree.SubElement(reply, "ma").text = "00"
        etree.SubElement(reply, "soBienNhan").text = f"BN-{code}"
        return SoapReply(element=reply)

    async def _look_up(self, asked: SoapAsked) -> SoapReply:
        """Answer what it was told to."""
        self.headers = dict(asked.headers)
        reply = etree.Element(f"{MESSAGES}TraCuuResponse")
        reply.extend(self.answers)
        return SoapReply(element=reply)

    async def _give(self, asked: SoapAsked) -> SoapReply:
        """Give the file: inline, by MTOM or beside the message; `lost` names a part that does not come."""
        way = asked.element.findtext("kieu") or ""
        reply = etree.Element(f"{MESSAGES}LayTepResponse")
        tep = etree.SubElement(reply, "tep")
        etree.SubElement(tep, f"{DATA}Ten").text = "a.pdf"
        content = etree.SubElement(tep, f"{DATA}NoiDung")
        if way == "inline":
            content.text = b64encode(self.file).decode()
        elif way in {"mtom", "lost"}:
            content.append(include_element("tep@dat-dai"))
        if way in {"mtom", "beside"}:
            part = RelatedPart(content_id="tep@dat-dai", media_type="application/pdf", chunks=pieces(self.file))
            return SoapReply(element=reply, parts=(part,))
        return SoapReply(element=reply)

    async def _hear(self, asked: SoapAsked) -> None:
        """Hear something, and answer nothing."""
        self.heard.append(asked.element.findtext("noiDung") or "")


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """Stream a content."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A registry and the way to it, in the version of SOAP that a port speaks."""

    registry: LandRegistry
    soap: ZeepSoap

    def service(self, port: str = "", **more: Any) -> SoapService:
        """The service."""
        return self.soap.service(WSDL, self.registry.address, port=port, **more)


@asynccontextmanager
async def open_registry(*, call_seconds: float = 5) -> AsyncIterator[Visit]:
    """Start a registry, and open a way to it."""
    registry = LandRegistry()
    await registry.start()
    async with AiohttpHttp(call_seconds=call_seconds) as http:
        yield Visit(registry=registry, soap=ZeepSoap(http, SystemClock(), FOLDER))
    await registry.stop()
