"""The SOAP door: reads a call, lets only known systems in, has it done, answers a message or a fault."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from gateway.domain.errors import Malformed, Problem
from gateway.schema.xml_form import values_of
from gateway.schema.xml_quick import quick_values
from gateway.soap import SOAP_11, require_understood
from gateway.soap.security import SECURITY
from gateway.web.soap.asked import Asked
from gateway.web.soap.checked import check, is_valid
from gateway.web.soap.incoming import kind_of, read_message
from gateway.web.soap.message import NAMESPACE, GetDossierResponse, described
from gateway.web.soap.outgoing import answer, answer_faults, answer_with_contents
from gateway.web.soap.proof import Doorkeeper
from gateway.web.soap.table import OPERATIONS
from gateway.web.soap.wsdl import FILES, schema, wsdl
from schemas import read_schema

if TYPE_CHECKING:
    from gateway.soap import Envelope
    from gateway.web.doors import Doors
    from gateway.web.soap.proof import Proof
    from gateway.web.soap.table import SoapOperation

__all__ = ["PATH", "SoapDoor"]

PATH = "/soap/v1"
BY_ELEMENT = {f"{{{NAMESPACE}}}{one.name}": one for one in OPERATIONS}


class SoapDoor:
    """Answers SOAP 1.1 and 1.2 at one address."""

    def __init__(self, doors: Doors) -> None:
        """Keep what the doors are given."""
        self._doors = doors
        self._keeper = Doorkeeper(doors)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a call. What goes wrong is answered as a fault, in the version that the call spoke."""
        answer_faults(request, SOAP_11)
        kind = kind_of(request)
        answer_faults(request, kind.version)
        by_key = self._keeper.by_key(request)

        def admit(envelope: Envelope) -> Proof:
            require_understood(envelope, {SECURITY})
            return self._keeper.prove(request, envelope, by_key)

        limits, blobs = self._doors.limits, self._doors.blobs
        incoming = await read_message(request, kind, limits, admit, blobs)
        envelope, system = incoming.proof.envelope, incoming.proof.system
        operation = _operation(envelope, kind.action)
        asked = Asked(
            doors=self._doors,
            system=system,
            enclosed=incoming.enclosed,
            is_signed=incoming.proof.is_signed,
            raw=incoming.raw,
            raw_media_type=kind.version.media_type,
        )
        value = await operation.perform(asked, _said(envelope, operation))
        if isinstance(value, GetDossierResponse) and _wants_contents(request, envelope):
            return await answer_with_contents(request, kind.version, value, blobs(system.name), limits)
        return answer(kind.version, value)

    async def describe(self, request: web.Request) -> web.Response:
        """Answer the WSDL at the address of the request, or one of its schemas; needs no key."""
        address = str(request.url.origin().with_path(request.path))
        places = {name: f"{address}?xsd={name}" for name in FILES}
        asked = request.query
        if "wsdl" in {name.lower() for name in asked}:
            return web.Response(body=wsdl(address, places), content_type="text/xml", charset="utf-8")
        match asked.get("xsd"):
            case "messages.xsd":
                return web.Response(body=schema(places), content_type="text/xml", charset="utf-8")
            case "transfer.xsd":
                return web.Response(text=read_schema("dossier/1/transfer.xsd"), content_type="text/xml")
            case _:
                raise web.HTTPNotFound(reason=f"ask for {PATH}?wsdl, or POST a message")


def _operation(envelope: Envelope, action: str) -> SoapOperation:
    """Find what is asked for: the child of the body says it, and the action must not say otherwise."""
    name = "" if envelope.body is None else str(envelope.body.tag)
    operation = BY_ELEMENT.get(name)
    if operation is None:
        known = ", ".join(one.name for one in OPERATIONS)
        raise Malformed([Problem(path="", rule=f"the Body holds one of {known}, in {NAMESPACE}")], code="unknown_operation")
    if action and action.replace("#", "/").rpartition("/")[2] != operation.name:
        raise Malformed(
            [Problem(path="", rule="the action is that of the Body", hint=f"SOAPAction: {operation.action}")], code="wrong_action"
        )
    return operation


def _said(envelope: Envelope, operation: SoapOperation) -> msgspec.Struct:
    """Read the message; raises `Malformed` with every fault. A valid one is read the quick way, which finds no faults and needs none."""
    if envelope.body is None:
        raise ValueError("an operation was found without a body")
    record = described(operation.takes)
    quick = quick_values(record, envelope.body)
    if quick is not None and is_valid(envelope.body):
        with suppress(msgspec.ValidationError):
            return msgspec.convert(quick, operation.takes)
    values = values_of(record, envelope.body)
    check(envelope.body)
    return msgspec.convert(values, operation.takes)


def _wants_contents(request: web.Request, envelope: Envelope) -> bool:
    """Tell whether a dossier is wanted with its contents: the message says so, or the client takes multipart."""
    said = "" if envelope.body is None else envelope.body.findtext(f"{{{NAMESPACE}}}contents")
    return said == "mtom" or (said is None and "multipart/related" in request.headers.get("Accept", ""))
