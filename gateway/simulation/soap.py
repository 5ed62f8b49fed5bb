"""A simulated SOAP service: it takes only what its WSDL allows, answers in either version, and fails as told."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from aiohttp import web
from lxml import etree

from gateway.domain.errors import Malformed
from gateway.multipart import Part, RelatedPart, read_media_type, read_related
from gateway.simulation.schema import messages_of
from gateway.simulation.server import SimulatedServer
from gateway.soap import (
    SOAP_11,
    Envelope,
    FaultCode,
    SoapFault,
    fault_element,
    includes,
    mtom_writer,
    read_envelope,
    soap_media_type,
    swa_writer,
    write_envelope,
)
from gateway.soap.security import proves, read_security
from gateway.soap.security.name import WSSE
from schemas import schema_path

if TYPE_CHECKING:
    from gateway.soap import SoapVersion

__all__ = ["SOAP_FAULTS", "SoapAsked", "SoapRefusal", "SoapReply", "SoapSimulator"]

CHUNK = 256 * 1024
#: How a SOAP service can fail besides `FAULTS`.
#:
#: | fault             | what happens                                                                    |
#: |-------------------|---------------------------------------------------------------------------------|
#: | `error_page`      | what is asked is done, then answered with HTTP 500 and a page                   |
#: | `hangs`           | what is asked is done, then nothing is answered                                  |
#: | `soap_receiver`   | every call is answered with a fault of the receiver, and not done               |
#: | `soap_sender`     | every call is answered with a fault of the sender, and not done                 |
#: | `soap_version`    | every call is answered with the fault VersionMismatch                           |
#: | `truncated`       | what is asked is done, then the answer breaks off in the middle                 |
#: | `wrong_envelope`  | what is asked is done, then answered with an envelope of an unknown namespace   |
SOAP_FAULTS = ("error_page", "hangs", "soap_receiver", "soap_sender", "soap_version", "truncated", "wrong_envelope")
REFUSALS = {"soap_receiver": FaultCode.RECEIVER, "soap_sender": FaultCode.SENDER, "soap_version": FaultCode.VERSION_MISMATCH}


class SoapAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A call: the element of its body, its envelope, the parts beside it, to be read in order, its HTTP headers by lower-case names, and
    who says to call (WS-Security), which is proved where the simulator has a password.
    """

    element: etree._Element
    username: str = ""
    envelope: Envelope
    parts: AsyncIterator[Part]
    headers: Mapping[str, str]


class SoapReply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: the element of its body, and parts, by MTOM where the element includes them, else beside it. `headers` are blocks of the
    envelope.
    """

    element: etree._Element
    parts: tuple[RelatedPart, ...] = ()
    headers: tuple[etree._Element, ...] = ()


class SoapRefusal(Exception):
    """Raised by an operation: a fault is answered."""

    def __init__(self, fault: SoapFault) -> None:
        """Keep the fault."""
        super().__init__(fault.text)
        self.fault = fault


Answering: TypeAlias = Callable[[SoapAsked], Awaitable[SoapReply | None]]


class SoapSimulator(SimulatedServer):
    """A base for simulators of SOAP services; a subclass gives `operations`, `config` and what it keeps.

    `wsdl` is a file below `schemas`; `password`, if there is one, must be proved by every caller. A message that its schema does not allow, or that names no operation, is a fault of the sender.
    """

    wsdl: str
    path = "/service"
    password = ""

    def __init__(self) -> None:
        """Compile the schema; nothing listens before `start`."""
        super().__init__()
        self._schema = messages_of(schema_path(self.wsdl))
        self._ending = asyncio.Event()

    @property
    def address(self) -> str:
        """Where the service is called."""
        return f"{self.url}{self.path}"

    def operations(self) -> Mapping[str, Answering]:
        """What it does, by the name of the element in the body; None is no answer, of an operation that has none."""
        raise NotImplementedError

    def asks(self) -> frozenset[str]:
        """The operations that change nothing that counts."""
        return frozenset()

    def routes(self) -> list[web.RouteDef]:
        """The one address of the service."""
        return [web.post(self.path, self._answer)]

    def is_question(self, request: web.Request) -> bool:
        """Tell it by the SOAPAction; a call without one counts as a change."""
        said = request.headers.get("SOAPAction", "") or read_media_type(request.headers.get("Content-Type", "")).parameters.get(
            "action", ""
        )
        return said.strip('"').rpartition("/")[2] in self.asks()

    async def start(self) -> None:
        """Listen on loopback."""
        self._ending.clear()
        await super().start()

    async def stop(self) -> None:
        """Listen no more, and leave hanging calls."""
        self._ending.set()
        await super().stop()

    # ---- a call --------------------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Read a call, do what it says, answer or fail."""
        version = SOAP_11
        try:
            asked = await self._read(request)
            version = asked.envelope.version
            self._refuse_as_told()
            name = etree.QName(asked.element).localname
            self._require_valid(asked.element)
            if name not in self.operations():
                raise _refusal(f"no operation {name}")
            reply = await self.operations()[name](asked)
        except SoapRefusal as error:
            return _in_envelope(version, SoapReply(element=fault_element(version, error.fault)), status=500)
        except Malformed as error:
            fault = SoapFault(code=FaultCode.SENDER, text=str(error))
            return _in_envelope(version, SoapReply(element=fault_element(version, fault)), status=500)
        if reply is None:
            return web.Response(status=202)
        if name not in self.asks() and self.fault in SOAP_FAULTS:
            return await self._fail(request, version, reply)
        return _in_envelope(version, reply) if not reply.parts else await _beside(request, version, reply)

    async def _read(self, request: web.Request) -> SoapAsked:
        """Read a message, with or without parts beside it."""
        said = read_media_type(request.headers.get("Content-Type", ""))
        if said.type == "multipart/related":
            related = await read_related(said, request.content.iter_chunked(CHUNK))
            envelope, parts = read_envelope(related.root), related.parts
        else:
            envelope, parts = read_envelope(await request.read(), charset=said.parameters.get("charset", "")), _nothing()
        if envelope.body is None:
            raise _refusal("the Body is empty")
        headers = {name.lower(): value for name, value in request.headers.items()}
        username = self._caller_of(envelope)
        return SoapAsked(element=envelope.body, username=username, envelope=envelope, parts=parts, headers=headers)

    def _caller_of(self, envelope: Envelope) -> str:
        """Who says to call. Refuses who does not prove it, where there is a password."""
        header = read_security(envelope)
        token = header.username_token if header is not None else None
        if self.password and (token is None or not proves(token, self.password)):
            code = f"{{{WSSE}}}FailedAuthentication"
            raise SoapRefusal(SoapFault(code=FaultCode.SENDER, subcodes=(code,), text="Sai tài khoản hoặc mật khẩu"))
        return token.username if token is not None else ""

    def _require_valid(self, element: etree._Element) -> None:
        """Refuse a message that the schema does not allow; what is included counts as empty."""
        copy = deepcopy(element)
        for parent, _ in list(includes(copy)):
            del parent[0]
        if not self._schema.validate(copy):
            raise _refusal("; ".join(str(one.message) for one in self._schema.error_log))  # type: ignore[attr-defined]  # the stubs forget that it can be gone through

    def _refuse_as_told(self) -> None:
        """Answer the fault that was asked for."""
        if self.fault in REFUSALS:
            raise SoapRefusal(SoapFault(code=REFUSALS[self.fault], text="Lỗi thử nghiệm"))

    async def _fail(self, request: web.Request, version: SoapVersion, reply: SoapReply) -> web.StreamResponse:
        """Fail after it was done."""
        body = write_envelope(version, reply.element)
        match self.fault:
            case "error_page":
                return web.Response(status=500, text="<html><body>Server Error in '/' Application.</body></html>", content_type="text/html")
            case "wrong_envelope":
                body = body.replace(version.namespace.encode(), b"urn:some-other-envelope")
                return web.Response(body=body, headers={"Content-Type": soap_media_type(version)})
            case "truncated":
                response = web.StreamResponse(headers={"Content-Type": soap_media_type(version), "Content-Length": str(len(body))})
                await response.prepare(request)
                await response.write(body[: len(body) // 2])
                if request.transport is not None:
                    request.transport.close()
                return response
            case _:
                await self._ending.wait()
                return web.Response(status=500)


def _refusal(text: str) -> SoapRefusal:
    """A fault of the sender."""
    return SoapRefusal(SoapFault(code=FaultCode.SENDER, text=text))


def _in_envelope(version: SoapVersion, reply: SoapReply, *, status: int = 200) -> web.Response:
    """Answer an element."""
    body = write_envelope(version, reply.element, reply.headers)
    return web.Response(status=status, body=body, headers={"Content-Type": soap_media_type(version)})


async def _beside(request: web.Request, version: SoapVersion, reply: SoapReply) -> web.StreamResponse:
    """Answer an element with parts beside it, as a stream."""
    write = mtom_writer if any(includes(reply.element)) else swa_writer
    writer = write(f"simulated-{secrets.token_hex(16)}", version, write_envelope(version, reply.element, reply.headers), reply.parts)
    response = web.StreamResponse(headers={"Content-Type": writer.content_type})
    await response.prepare(request)
    async for chunk in writer.chunks():
        await response.write(chunk)
    return response


async def _nothing() -> AsyncIterator[Part]:
    """No parts."""
    parts: tuple[Part, ...] = ()
    for part in parts:
        yield part
