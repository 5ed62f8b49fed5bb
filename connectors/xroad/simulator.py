"""A pair of security servers in this process, with an agency behind the second one: strict about the protocol, and can be told to fail."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

import aiohttp
from aiohttp import web
from lxml import etree

from connectors.xroad.header import Header, read_header
from connectors.xroad.message import read_receipt
from connectors.xroad.simulated_agency import Answered, Behind, SimulatedAgency, pieces_of
from connectors.xroad.simulated_answer import SERVICE, answer_message
from gateway.sdk import SOAP_11, Envelope, FaultCode, Malformed, SoapFault, fault_element, read_envelope, read_fault, write_envelope
from gateway.simulation import SimulatedServer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.sdk import EventKind, Transfer

__all__ = ["CLIENT", "PROVIDER", "GatewayBehind", "SecurityServers"]

CLIENT, PROVIDER = "VN/GOV/H21.129/lienthong", "VN/GOV/G22.99/tiep-nhan"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
XROAD = "http://x-road.eu/xsd/xroad.xsd"
XML = "text/xml; charset=utf-8"
NOT_PASSED_ON = {
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "server",
}  # fmt: skip


#: Where a bridge listens.
BRIDGE = "/XrdAdapter/RestService/forward"


class XRoadError(Exception):
    """An error that arises within X-Road."""


class GatewayBehind:
    """A gateway behind its security server, reached at the routes of a system; its key is added on the way, as a proxy does that knows the
    server's certificate.
    """

    def __init__(self, url: str, key: str) -> None:
        """Keep where it listens, such as `http://127.0.0.1:8080/systems/doi-tac`."""
        self._url = url
        self._key = {"Authorization": f"Bearer {key}"}

    async def post(self, media_type: str, action: str, body: bytes) -> Answered:
        """As `Behind.post`."""
        return await self._send("POST", "/soap", {"Content-Type": media_type, "SOAPAction": action}, body)

    async def call(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """As `Behind.call`."""
        return await self._send(method, f"/rest{path}?{query}", headers, body or None)

    async def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answered:
        """Call the gateway."""
        async with aiohttp.ClientSession() as session:
            call = session.request(method, self._url + path, headers={**headers, **self._key}, data=BytesIO(body) if body else None)
            try:
                async with call as answer:
                    return Answered(status=answer.status, media_type=answer.headers.get("Content-Type", ""), body=await answer.read())
            except aiohttp.ClientError as error:
                raise XRoadError("Server.ServerProxy.NetworkError") from error


class SecurityServers(SimulatedServer):
    """The servers of all members in one. `behind` is what each subsystem has behind its server; `agency` is the one of the simulator.

    `answer_with` is the code of an error of X-Road that every call is answered with: before the provider got it, or with `after` when it had done
    it (questions, which change nothing, are answered then). `wrong_hash` binds answers to another request, `loses` drops this field of an answer's header. `calls` lists what was called, in order.
    """

    def __init__(self, *, protocol: str = "soap", attachments: str = "swa", bridge: str = "") -> None:
        """Begin empty; nothing listens before `start`."""
        super().__init__()
        self.protocol, self.attachments, self.bridge = protocol, attachments, bridge
        self.agency = SimulatedAgency(self.refuse, self.effects)
        self.behind: dict[str, Behind] = {PROVIDER: self.agency}
        self.answer_with = self.loses = ""
        self.after = self.wrong_hash = False
        self.calls: list[tuple[str, str]] = []
        self._called = asyncio.Condition()

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to the agency."""
        return {
            "protocol": self.protocol,
            "url": f"{self.url}{BRIDGE}" if self.bridge else self.url,
            "bridge": self.bridge,
            "client": CLIENT,
            "provider": PROVIDER,
            "attachments": self.attachments,
            "user_id": "VN-truc-lien-thong",
            "seconds": 30.0,
        }

    def connect(self, url: str, key: str) -> None:
        """Put the gateway that sends dossiers behind its own server: `url` are the routes of the system, `key` is the system's."""
        self.behind[CLIENT] = GatewayBehind(url, key)

    async def say(self, transfer: Transfer, kind: EventKind) -> bool:
        """Let the agency tell what happened to the dossier of a transfer that it took; answers whether the gateway has it."""
        message = answer_message(transfer, kind, client=PROVIDER, provider=CLIENT)
        headers = {"Content-Type": XML, "SOAPAction": f'"{SERVICE}"'}
        async with aiohttp.ClientSession() as session, session.post(self.url, data=message, headers=headers) as answer:
            body = read_envelope(await answer.read()).body
        return body is not None and read_receipt(body) is not None

    def routes(self) -> list[web.RouteDef]:
        """Both protocols and the bridge, at one address."""
        return [
            web.post("/", self._soap),
            web.route("*", "/r1/{rest:.*}", self._rest),
            web.route("*", BRIDGE + "/{rest:.*}", self._forward),
        ]

    def is_question(self, request: web.Request) -> bool:
        """A question for the status, or for a file, changes nothing."""
        return request.method == "GET" or request.headers.get("SOAPAction", "").strip('"') == "GetStatus"

    async def called(self, times: int) -> None:
        """Wait until it was called so often."""
        async with self._called:
            await self._called.wait_for(lambda: len(self.calls) >= times)

    async def _note(self, name: str, id_: str) -> None:
        """Note a call."""
        self.calls.append((name, id_))
        async with self._called:
            self._called.notify_all()

    # ---- SOAP --------------------------------------------------------------------------------------------------------

    async def _soap(self, request: web.Request) -> web.Response:
        """Carry a message to its provider, and the answer back with the hash of the request."""
        body, media_type = await request.read(), request.headers.get("Content-Type", "")
        try:
            message, _ = await pieces_of(media_type, body)
            envelope = read_envelope(message, version=SOAP_11)
            header = read_header(envelope)
        except Malformed as error:
            return _fault(f"Client.{error.code}")
        try:
            _require(envelope.body is not None and etree.QName(envelope.body).localname == header.service.code, "Client.InvalidBody")
            _require(header.service.version in {"", "v1"}, "Server.ServerProxy.UnknownService")
            await self._note(header.service.code, header.id)
            behind = self._provider(str(header.client), str(header.service.provider))
            answer = await behind.post(media_type, request.headers.get("SOAPAction", ""), body)
            _require(not self.answer_with or self.is_question(request), self.answer_with)
            return self._answer(message, envelope, header, answer)
        except XRoadError as error:
            return _fault(str(error))

    def _provider(self, client: str, provider: str) -> Behind:
        """Find who is called; fail as told, or for members that nobody knows."""
        _require(self.after or not self.answer_with, self.answer_with)
        _require(client in {CLIENT, PROVIDER, *self.behind} and provider in self.behind, "Server.ClientProxy.UnknownMember")
        return self.behind[provider]

    def _answer(self, request: bytes, asked: Envelope, header: Header, answer: Answered) -> web.Response:
        """Check an answer as a security server does, and bind it to its request."""
        try:
            envelope = read_envelope(answer.body, version=SOAP_11)
        except Malformed as error:
            raise XRoadError("Server.ServerProxy.ServiceFailed.InvalidSoap") from error
        if envelope.root is None or read_fault(envelope.body) is not None:
            return web.Response(status=500, body=answer.body, headers={"Content-Type": XML})
        same = _values(envelope) == _values(asked) and read_header(envelope) == header
        _require(same, "Server.ClientProxy.ServiceFailed.InconsistentResponse")
        bound = b"another" if self.wrong_hash else request
        hashed = etree.SubElement(envelope.root[0], f"{{{XROAD}}}requestHash", algorithmId=SHA512)
        hashed.text = b64encode(hashlib.sha512(bound).digest()).decode()
        for lost in envelope.root[0].findall(f"{{{XROAD}}}{self.loses}") if self.loses else ():
            envelope.root[0].remove(lost)
        return web.Response(body=etree.tostring(envelope.root), headers={"Content-Type": answer.media_type})

    # ---- REST --------------------------------------------------------------------------------------------------------

    async def _rest(self, request: web.Request) -> web.Response:
        """Carry a call to its provider, and the answer back with the hash of the request."""
        body = await request.read()
        path, _, query = request.raw_path.partition("?")
        parts = path.split("/", 7)
        client = "/".join(unquote(part) for part in request.headers.get("X-Road-Client", "").split("/"))
        request_id = str(uuid4())
        try:
            sound = len(parts) == 8 and len(client.split("/")) in {3, 4} and len(request.raw_path) <= 2000
            _require(sound, "Client.BadRequest")
            await self._note(f"{request.method} /{parts[7]}", request.headers.get("X-Road-Id", ""))
            _require(parts[6] == "lienthong", "Server.ServerProxy.UnknownService")
            behind = self._provider(client, "/".join(unquote(part) for part in parts[2:6]))
            headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in NOT_PASSED_ON}
            answer = await behind.call(request.method, f"/{parts[7]}", query, {**headers, "x-road-request-id": request_id}, body)
            _require(not self.answer_with or self.is_question(request), self.answer_with)
        except XRoadError as error:
            return _error(str(error))
        bound = b"another" if self.wrong_hash else body
        said = {
            "X-Road-Client": request.headers["X-Road-Client"],
            "X-Road-Service": "/".join(parts[2:7]),
            "X-Road-Id": request.headers.get("X-Road-Id", str(uuid4())),
            "X-Road-Request-Id": request_id,
            "X-Road-Request-Hash": _hash(request, request_id, bound),
        }
        kept = {name: value for name, value in said.items() if name != self.loses}
        return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.media_type, **kept})

    # ---- the bridge --------------------------------------------------------------------------------------------------

    async def _forward(self, request: web.Request) -> web.Response:
        """Carry a call of the bridge to the provider that `dstcode` names; nothing of X-Road comes back."""
        body = await request.read()
        path = f"/{request.match_info['rest']}"
        query = "&".join(one for one in request.query_string.split("&") if not one.startswith("dstcode="))
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in NOT_PASSED_ON | {"dstcode"}}
        await self._note(f"{request.method} {path}", request.headers.get("X-Road-Id", ""))
        try:
            answer = await self._provider(CLIENT, _named(request, self.bridge)).call(request.method, path, query, headers, body)
            _require(not self.answer_with or self.is_question(request), self.answer_with)
        except XRoadError as error:
            return web.Response(status=500, text=str(error))
        return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.media_type})


def _named(request: web.Request, bridge: str) -> str:
    """Whom a call of the bridge is for, where it is to be said."""
    return (request.query if bridge == "query" else request.headers).get("dstcode", "").replace(":", "/")


def _require(sound: bool, code: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Raise an error of X-Road unless something is sound."""
    if not sound:
        raise XRoadError(code)


def _hash(request: web.Request, request_id: str, body: bytes) -> str:
    """The hash as the security server of the client computes it: over what came, as it came."""
    head = hashlib.sha512(f"{request.method}\r\n{request.raw_path}\r\n".encode())
    for name, value in request.raw_headers:
        if name.decode().lower() not in NOT_PASSED_ON:
            head.update(name + b":" + value + b"\r\n")
    head.update(f"X-Road-Request-Id:{request_id}\r\n".encode())
    whole = hashlib.sha512(head.digest() + hashlib.sha512(body).digest()) if body else head
    return b64encode(whole.digest()).decode()


def _values(envelope: Envelope) -> list[bytes]:
    """The fields of a header in their order, as they read."""
    return [etree.tostring(block.element, method="c14n", exclusive=True) for block in envelope.headers]


def _fault(code: str) -> web.Response:
    """Answer with a fault as a security server writes it."""
    general, *rest = code.split(".")
    detail = etree.Element("faultDetail")
    detail.text = str(uuid4())
    kind = FaultCode.SENDER if general == "Client" else FaultCode.RECEIVER
    fault = SoapFault(code=kind, subcodes=tuple(rest), text="Lỗi của máy chủ bảo mật", detail=(detail,))
    body = write_envelope(SOAP_11, fault_element(SOAP_11, fault)).replace(b"<faultcode>soap:", b"<faultcode>")
    return web.Response(status=500, body=body, headers={"Content-Type": XML})


def _error(code: str) -> web.Response:
    """Answer with an error as a security server writes it."""
    said = {"type": code, "message": "Lỗi của máy chủ bảo mật", "detail": str(uuid4())}
    return web.json_response(said, status=400 if code.startswith("Client.") else 500, headers={"X-Road-Error": code})
