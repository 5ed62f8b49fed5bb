"""Calls of agencies' SOAP services: the WSDL says how values are written, the gateway's HTTP carries them, faults become errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.adapters.soap.answer import open_answer, open_stream
from gateway.adapters.soap.asked import Asked
from gateway.adapters.soap.enclosing import Written, enclosed
from gateway.adapters.soap.proof import Prover
from gateway.domain.errors import Malformed
from gateway.soap import FaultRules, SoapAnswer
from schemas import schema_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lxml import etree

    from gateway.adapters.soap.asked import BusinessFault
    from gateway.adapters.soap.enclosing import Message
    from gateway.adapters.soap.wsdl import Wsdl
    from gateway.multipart import RelatedPart
    from gateway.ports import BlobStore, Clock
    from gateway.sdk import Http
    from gateway.soap import Enclose
    from gateway.soap.security.credentials import SoapCredentials

__all__ = ["ZeepSoap"]


class ZeepSoap:
    """Implements `gateway.sdk.Soap`. Owns the loaded WSDLs: each is loaded once, in a thread, when it is called for the first time."""

    def __init__(self, http: Http, clock: Clock, folder: Path | None = None) -> None:
        """Keep the way out; `folder` holds the WSDLs, for none the schemas of the gateway."""
        self.http = http
        self._clock = clock
        self._folder = folder or schema_path("")
        self._loaded: dict[str, asyncio.Task[Wsdl]] = {}

    def service(
        self,
        wsdl: str,
        url: str,
        *,
        port: str = "",
        enclose: Enclose = "inline",
        credentials: SoapCredentials | None = None,
        rules: FaultRules | None = None,
        business_fault: BusinessFault | None = None,
    ) -> Service:
        """Name a service; promise as `gateway.sdk.Soap.service`."""
        prover = Prover(credentials, self._clock)
        return Service(
            self, wsdl, url, port=port, enclose=enclose, prover=prover, rules=rules or FaultRules(), business_fault=business_fault
        )

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
        enclose: Enclose,
        prover: Prover,
        rules: FaultRules,
        business_fault: BusinessFault | None,
    ) -> None:
        """Keep what was said of the service."""
        self._soap = soap
        self._wsdl = wsdl
        self._url = url
        self._port = port
        self._enclose: Enclose = enclose
        self._prover = prover
        self._rules = rules
        self._business_fault = business_fault

    async def call(
        self,
        operation: str,
        values: Mapping[str, Any] | bytes,
        *,
        headers: Sequence[etree._Element] = (),
        http_headers: Mapping[str, str] | None = None,
        attachments: Sequence[RelatedPart] = (),
        into: BlobStore | None = None,
        safe: bool = False,
        seconds: float | None = None,
    ) -> SoapAnswer:
        """Call an operation; promise and errors as `gateway.sdk.SoapService.call`."""
        found = (await self._soap.load(self._wsdl)).operation(operation, self._port)
        written = Written(values) if isinstance(values, bytes) else found.write(values)
        envelope = self._prover.envelope(found.version, written, headers)
        message = enclosed(found.version, found.action, envelope, written.marks, attachments, self._enclose)
        if found.version.number == "1.1":
            message.headers["SOAPAction"] = f'"{found.action}"'
        message.headers.update(http_headers or {})
        asked = Asked(found, written.body, safe=safe, rules=self._rules, business_fault=self._business_fault)
        if into is None or found.is_one_way:
            return await self._whole(asked, message, seconds)
        return await self._streamed(asked, message, seconds, into)

    async def _whole(self, asked: Asked, message: Message, seconds: float | None) -> SoapAnswer:
        """Send a message, and read the answer at once."""
        body, headers = message.body, message.headers
        answer = await self._soap.http.request("POST", self._url, headers=headers, body=body, safe=asked.safe, seconds=seconds)
        if asked.operation.is_one_way and answer.status < 300 and not answer.body:
            return SoapAnswer()
        try:
            opened = await open_answer(answer.headers, answer.body)
        except Malformed as error:
            raise asked.no_soap(answer.status, answer.headers, error) from None
        return asked.answer(opened, answer.status, answer.headers)

    async def _streamed(self, asked: Asked, message: Message, seconds: float | None, into: BlobStore) -> SoapAnswer:
        """Send a message, and read the answer while it comes."""
        body, headers = message.body, message.headers
        sending = self._soap.http.stream("POST", self._url, headers=headers, body=body, safe=asked.safe, seconds=seconds)
        async with sending as answer:
            try:
                opened = await open_stream(answer.headers, answer.chunks, into, asked.operation.contents)
            except Malformed as error:
                raise asked.no_soap(answer.status, answer.headers, error) from None
        return asked.answer(opened, answer.status, answer.headers)


def _load(name: str, folder: Path) -> Wsdl:
    """Load a WSDL, in a thread."""
    from gateway.adapters.soap.wsdl import load_wsdl  # noqa: PLC0415 - zeep takes long to import, and not every gateway calls SOAP

    return load_wsdl(name, folder)
