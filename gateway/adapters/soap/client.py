"""Calls of agencies' SOAP services: the WSDL says how values are written, the gateway's HTTP carries them, faults become errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.adapters.soap.answer import Opened, Placed, open_answer
from gateway.adapters.soap.verdict import error_of_fault, error_of_status, no_answer
from gateway.domain.errors import Malformed
from gateway.soap import FaultRules, SoapAnswer, envelope_around, read_fault, soap_media_type
from schemas import schema_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lxml import etree

    from gateway.adapters.soap.operation import Operation
    from gateway.adapters.soap.wsdl import Wsdl
    from gateway.sdk import Http, HttpAnswer
    from gateway.soap import SoapFault

__all__ = ["ZeepSoap"]

ACCEPTED = frozenset({202, 204})


class ZeepSoap:
    """Implements `gateway.sdk.Soap`. Owns the loaded WSDLs: each is loaded once, in a thread, when it is called for the first time."""

    def __init__(self, http: Http, folder: Path | None = None) -> None:
        """Keep the way out; `folder` holds the WSDLs, for none the schemas of the gateway."""
        self._http = http
        self._folder = folder or schema_path("")
        self._loaded: dict[str, asyncio.Task[Wsdl]] = {}

    def service(
        self,
        wsdl: str,
        url: str,
        *,
        port: str = "",
        rules: FaultRules | None = None,
        business_fault: Callable[[etree._Element], SoapFault | None] | None = None,
    ) -> Service:
        """Name a service; promise as `gateway.sdk.Soap.service`."""
        return Service(self, wsdl, url, port=port, rules=rules or FaultRules(), business_fault=business_fault)

    async def exchange(self, url: str, body: bytes, headers: Mapping[str, str], *, safe: bool, seconds: float | None) -> HttpAnswer:
        """Send a message and read the answer."""
        return await self._http.request("POST", url, headers=headers, body=body, safe=safe, seconds=seconds)

    async def load(self, name: str) -> Wsdl:
        """The WSDL of a name. Raises `NeedsPerson` when it cannot be used."""
        task = self._loaded.get(name)
        if task is None or (task.done() and task.exception() is not None):
            task = self._loaded[name] = asyncio.create_task(asyncio.to_thread(_load, name, self._folder))
        return await asyncio.shield(task)


class Service:
    """Implements `gateway.sdk.SoapService`; holds nothing between two calls."""

    def __init__(
        self,
        soap: ZeepSoap,
        wsdl: str,
        url: str,
        *,
        port: str,
        rules: FaultRules,
        business_fault: Callable[[etree._Element], SoapFault | None] | None,
    ) -> None:
        """Keep what was said of the service."""
        self._soap = soap
        self._wsdl = wsdl
        self._url = url
        self._port = port
        self._rules = rules
        self._business_fault = business_fault

    async def call(
        self,
        operation: str,
        values: Mapping[str, Any] | bytes,
        *,
        headers: Sequence[etree._Element] = (),
        http_headers: Mapping[str, str] | None = None,
        safe: bool = False,
        seconds: float | None = None,
    ) -> SoapAnswer:
        """Call an operation; promise and errors as `gateway.sdk.SoapService.call`."""
        found = (await self._soap.load(self._wsdl)).operation(operation, self._port)
        body = values if isinstance(values, bytes) else found.write(values)
        said = {"Content-Type": soap_media_type(found.version, found.action), **(http_headers or {})}
        if found.version.number == "1.1":
            said["SOAPAction"] = f'"{found.action}"'
        message = envelope_around(found.version, body, headers)
        answer = await self._soap.exchange(self._url, message, said, safe=safe, seconds=seconds)
        return await self._read(found, answer, sent=body, safe=safe)

    async def _read(self, operation: Operation, answer: HttpAnswer, *, sent: bytes, safe: bool) -> SoapAnswer:
        """Read an answer, or raise what it means."""
        if operation.is_one_way and answer.status < 300 and not answer.body:
            return SoapAnswer()
        try:
            opened = await open_answer(answer)
        except Malformed as error:
            if answer.status != 200:
                raise error_of_status(answer.status, answer.headers, safe=safe) from None
            raise no_answer(f"the service answered no SOAP: {error}", code="not_soap", safe=safe) from None
        fault = read_fault(opened.envelope.body)
        if fault is not None:
            raise error_of_fault(fault, self._rules, sent=sent, safe=safe)
        if answer.status >= 300:
            raise error_of_status(answer.status, answer.headers, safe=safe)
        return self._typed(operation, opened, sent=sent, safe=safe)

    def _typed(self, operation: Operation, opened: Opened, *, sent: bytes, safe: bool) -> SoapAnswer:
        """Read the element of an answer, unless it is a fault of the agency's own."""
        element = opened.envelope.body
        if element is None:
            return SoapAnswer(headers=opened.envelope.headers, contents=opened.contents)
        business = self._business_fault(element) if self._business_fault else None
        if business is not None:
            raise error_of_fault(business, self._rules, sent=sent, safe=safe, is_business=True)
        try:
            placed = Placed(element, opened.contents)
            values = placed.filled(operation.read(placed.element))
        except Malformed as error:
            raise no_answer(f"the answer is not as the WSDL describes it: {error}", code="not_described", safe=safe) from None
        return SoapAnswer(element=element, headers=opened.envelope.headers, values=values, contents=opened.contents)


def _load(name: str, folder: Path) -> Wsdl:
    """Load a WSDL, in a thread."""
    from gateway.adapters.soap.wsdl import load_wsdl  # noqa: PLC0415 - zeep takes long to import, and not every gateway calls SOAP

    return load_wsdl(name, folder)
