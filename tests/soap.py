"""A small SOAP caller for tests of the door: envelopes as text, answers taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from gateway.domain.transfer import Transfer
from gateway.schema.xml_form import to_xml
from gateway.soap import SOAP_11, SOAP_12, SoapFault, SoapVersion, read_envelope, read_fault
from gateway.web.soap.message import NAMESPACE
from tests.doors import transfer

if TYPE_CHECKING:
    from tests.doors import Visit

__all__ = ["DOSSIER", "S", "Told", "acted", "call", "envelope", "message", "post", "sent"]

DOSSIER = "urn:vn:lienthong:dossier:1"
S = f"{{{NAMESPACE}}}"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: its status, its headers, what its body holds, and the fault that it is, if it is one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    element: etree._Element | None
    fault: SoapFault | None

    def text(self, *names: str) -> str:
        """The text at a path of names; empty when it is not there."""
        found = None if self.element is None else self.element.find("/".join(S + name for name in names))
        return "" if found is None else found.text or ""

    def problems(self) -> list[tuple[str, str]]:
        """Path and rule of every problem of the fault."""
        assert self.fault is not None, self.body
        return [
            (one.findtext(f"{S}path") or "", one.findtext(f"{S}rule") or "")
            for detail in self.fault.detail
            for one in detail.iter(f"{S}problem")
        ]


def envelope(body: str, version: SoapVersion = SOAP_11, header: str = "") -> bytes:
    """An envelope around a body."""
    inside = f"<s:Header>{header}</s:Header>" if header else ""
    return f'<s:Envelope xmlns:s="{version.namespace}">{inside}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def message(name: str, **fields: object) -> str:
    """A message of plain fields."""
    inside = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
    return f'<{name} xmlns="{NAMESPACE}">{inside}</{name}>'


def sent(body: Mapping[str, object] | None = None, more: str = "") -> str:
    """A `SendDossier` of a transfer, as a sender writes it."""
    whole = msgspec.convert(body or transfer(), Transfer)
    root = etree.fromstring(to_xml(whole))
    inside = "".join(etree.tostring(child, encoding="unicode") for child in root if child.tag != f"{{{DOSSIER}}}schema")
    return f'<SendDossier xmlns="{NAMESPACE}"><transfer>{inside}</transfer>{more}</SendDossier>'


async def call(
    visit: Visit, body: str, *, system: str = "mot-cua", version: SoapVersion = SOAP_11, headers: Mapping[str, str] | None = None
) -> Told:
    """Call the door with a plain message."""
    return await post(visit, envelope(body, version), f"{version.media_type}; charset=utf-8", system=system, headers=headers)


async def post(visit: Visit, data: object, media_type: str, *, system: str = "mot-cua", headers: Mapping[str, str] | None = None) -> Told:
    """Send bytes, or a stream of them, to the door."""
    said = {"Content-Type": media_type} | dict(headers or {})
    async with visit[system].post("/soap/v1", data=data, headers=said) as answered:
        body = await answered.read()
        kind = answered.content_type
        element = read_envelope(body).body if kind in {SOAP_11.media_type, SOAP_12.media_type} else None
        return Told(status=answered.status, headers=answered.headers, body=body, element=element, fault=read_fault(element))


async def acted(visit: Visit, name: str, *, system: str, **fields: object) -> Told:
    """Call an operation of plain fields; it must not fail."""
    told = await call(visit, message(name, **fields), system=system)
    assert told.fault is None, told.body
    return told
