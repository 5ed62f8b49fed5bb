"""Writes the answers of the SOAP door: messages, messages with attachments as a stream, and faults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web
from lxml import etree

from gateway.multipart import RelatedPart
from gateway.schema.xml_form import element_of
from gateway.soap import SOAP_12, FaultCode, SoapFault, fault_element, include_element, mtom_writer, soap_media_type, write_envelope
from gateway.soap.security.name import WSSE
from gateway.soap.version import VERSIONS
from gateway.web.problem import RENDERING, Rendering
from gateway.web.request_id import request_id
from gateway.web.soap.message import NAMESPACE, Fault, FaultProblem, GetDossierResponse, described
from gateway.web.stream import stream

if TYPE_CHECKING:
    import msgspec

    from gateway.ports import BlobStore
    from gateway.settings.site import Limits
    from gateway.soap import SoapVersion
    from gateway.web.problem import ProblemDocument, Trouble

__all__ = ["answer", "answer_faults", "answer_with_contents"]

CODES = {"must_understand": FaultCode.MUST_UNDERSTAND, "version_mismatch": FaultCode.VERSION_MISMATCH}
#: So many problems are told in the sentence of a fault; the detail tells all.
SHOWN = 5
#: What is refused before SOAP begins keeps the status of HTTP.
OF_HTTP = frozenset({405, 408, 413, 415, 431})
SUBCODE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
#: What the standard of WS-Security names.
OF_WSSE = frozenset({"FailedAuthentication", "InvalidSecurity", "MessageExpired"})
QNAME = re.compile(r"\{([^{}]*)\}(.+)\Z")
STORED, SHA256 = f"{{{NAMESPACE}}}attachment", f"{{{NAMESPACE}}}sha256"


def answer(version: SoapVersion, value: msgspec.Struct) -> web.Response:
    """Answer a message."""
    element = element_of(value, described(type(value)), type(value).__name__)
    return _in_envelope(version, element, status=200)


async def answer_with_contents(
    request: web.Request, version: SoapVersion, value: GetDossierResponse, blobs: BlobStore, limits: Limits
) -> web.StreamResponse:
    """Answer a dossier by MTOM: its contents are streamed from the store; what fails on the way cuts the connection."""
    element = element_of(value, described(type(value)), type(value).__name__)
    parts = []
    for stored, place in zip(value.attachments, element.iter(STORED), strict=True):
        etree.SubElement(place, f"{{{NAMESPACE}}}content").append(include_element(f"{stored.sha256}@lienthong"))
        chunks = blobs.open(stored.sha256)
        parts.append(
            RelatedPart(content_id=f"{stored.sha256}@lienthong", media_type="application/octet-stream", chunks=chunks, size=stored.size)
        )
    writer = mtom_writer(f"lienthong-{request_id(request)}", version, write_envelope(version, element), parts)
    response = web.StreamResponse(headers={"Content-Type": writer.content_type})
    response.content_length = writer.size
    return await stream(request, response, writer.chunks(), limits)


def answer_faults(request: web.Request, version: SoapVersion) -> None:
    """Have every error of a request answered as a fault of this version."""
    request[RENDERING] = Rendering(lambda trouble: _fault_answer(version, trouble))


def _fault_answer(version: SoapVersion, trouble: Trouble) -> web.Response:
    """Answer a fault: of the sender for what it should mend, of the receiver for what the gateway cannot do now."""
    said = trouble.document()
    code = CODES.get(said.code) or (FaultCode.SENDER if trouble.status < 500 else FaultCode.RECEIVER)
    detail = _detail(said)
    name = f"{{{WSSE}}}{said.code}" if said.code in OF_WSSE else said.code
    subcodes = (name,) if code in {FaultCode.SENDER, FaultCode.RECEIVER} and SUBCODE.match(said.code) else ()
    element = fault_element(version, SoapFault(code=code, subcodes=subcodes, text=_sentence(said), detail=(detail,)))
    in_12 = 400 if code is FaultCode.SENDER else 500
    status = trouble.status if trouble.status in OF_HTTP else in_12 if version is SOAP_12 else 500
    blocks = _blocks(code, said) if version is SOAP_12 else []
    response = _in_envelope(version, element, status=status, blocks=blocks)
    response.headers.update({name: value for name, value in trouble.headers.items() if name != "WWW-Authenticate"})
    return response


def _sentence(said: ProblemDocument) -> str:
    """What a client shows that does not look into the detail: the first problems, for the rest their number."""
    told = "; ".join(str(one) for one in said.problems[:SHOWN]) or said.detail
    more = len(said.problems) - SHOWN
    return f"{told}; and {more} more" if more > 0 else told


def _detail(said: ProblemDocument) -> etree._Element:
    """Every problem, as the schema of the door describes them."""
    problems = tuple(FaultProblem(path=one.path, rule=one.rule, found=one.found, hint=one.hint) for one in said.problems)
    return element_of(Fault(code=said.code, problems=problems), described(Fault), "Fault")


def _blocks(code: FaultCode, said: ProblemDocument) -> list[etree._Element]:
    """What SOAP 1.2 says in the header of such a fault: the versions that are known, the blocks that were not understood."""
    if code is FaultCode.VERSION_MISMATCH:
        upgrade = etree.Element(SOAP_12.name("Upgrade"))
        for known in reversed(VERSIONS):
            etree.SubElement(upgrade, SOAP_12.name("SupportedEnvelope"), {"qname": "v:Envelope"}, nsmap={"v": known.namespace})
        return [upgrade]
    if code is FaultCode.MUST_UNDERSTAND:
        names = [found for one in said.problems if (found := QNAME.match(one.found))]
        return [etree.Element(SOAP_12.name("NotUnderstood"), {"qname": f"n:{name[2]}"}, nsmap={"n": name[1]}) for name in names]
    return []


def _in_envelope(version: SoapVersion, element: etree._Element, *, status: int, blocks: list[etree._Element] | None = None) -> web.Response:
    """Answer an element."""
    body = write_envelope(version, element, blocks or ())
    return web.Response(status=status, body=body, headers={"Content-Type": soap_media_type(version)})
