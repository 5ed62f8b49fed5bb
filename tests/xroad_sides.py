"""Both sides of X-Road for tests: a connector on the simulated pair of security servers, and one that offers the services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.xroad import plugin
from connectors.xroad.connector import XRoad
from connectors.xroad.header import Header, write_header
from connectors.xroad.identifier import Service, read_subsystem
from connectors.xroad.simulator import CLIENT, PROVIDER, SecurityServers
from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.sdk import SOAP_11, Answer, Context, Inbound, Outgoing, Plugin, Transfer, read_envelope, write_envelope
from gateway.testing.connector_bench import Bench, MemoryBlobs, Tray
from tests.connector_desk import StillClock

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["Offering", "answer_of", "bench_on", "body_of", "message", "offering", "outgoing_of", "rest_call", "soap_call"]


def bench_on(protocol: str, *, attachments: str = "swa") -> Bench:
    """The connector and its simulator, not started."""
    return Bench(plugin, SecurityServers(protocol=protocol, attachments=attachments))


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """A connector that offers its services; `tray` keeps what it accepts, `blobs` the files."""

    connector: XRoad
    tray: Tray
    blobs: MemoryBlobs

    async def handle(self, inbound: Inbound) -> Answer:
        """Answer a call by the route that it is for."""
        routes = {(route.method, route.path): route for route in self.connector.routes()}
        return await routes[inbound.method, inbound.path].handle(inbound, self.tray.accept)


@asynccontextmanager
async def offering(**config: Any) -> AsyncIterator[Offering]:
    """Open the side that is called: it is the provider of the simulator, and its partner is the client."""
    tray, blobs = Tray(), MemoryBlobs()
    said = {"url": "http://127.0.0.1:1", "client": PROVIDER, "provider": CLIENT, **config}
    async with AiohttpHttp() as http:
        context = Context(
            system="doi-tac", http=http, soap=ZeepSoap(http, StillClock()), blobs=blobs, clock=StillClock(), receipt_of=tray.receipt_of
        )
        given: Plugin = plugin
        connector = given.open(msgspec.convert(said, given.config), context)
        assert isinstance(connector, XRoad)
        yield Offering(connector=connector, tray=tray, blobs=blobs)
        await connector.close()


def outgoing_of(transfer: Transfer, *, key: str = "k-1") -> Outgoing:
    """A delivery of a transfer."""
    bench = bench_on("soap")
    sample = bench.outgoing()
    accepted = msgspec.structs.replace(sample.accepted, transfer=transfer)
    return msgspec.structs.replace(sample, key=key, accepted=accepted, identifiers=transfer.dossier.identifiers)


def soap_call(body: bytes, *, media_type: str = "text/xml; charset=utf-8", streamed: bool = True) -> Inbound:
    """A SOAP message as it comes from the own security server."""
    headers = {"content-type": media_type, "soapaction": '""', "host": "cong.example.vn"}
    kind = media_type.partition(";")[0]
    chunks = _pieces(body) if streamed else None
    return Inbound(method="POST", path="soap", query={}, headers=headers, body=b"" if streamed else body, media_type=kind, chunks=chunks)


def rest_call(method: str, path: str, body: bytes = b"", *, query: dict[str, str] | None = None, **headers: str) -> Inbound:
    """A REST call as it comes from the own security server."""
    said = {"x-road-client": CLIENT, "x-road-id": "k-1", "content-type": "application/json"}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Inbound(
        method=method,
        path=f"rest/{path}",
        query=query or {},
        headers=said | given,
        body=b"",
        media_type="application/json",
        chunks=_pieces(body),
    )


def answer_of(answer: Answer) -> dict[str, Any]:
    """The JSON of an answer."""
    found: dict[str, Any] = msgspec.json.decode(answer.body)
    return found


def header_of(*, service: str = "SendTransfer", client: str = CLIENT, provider: str = PROVIDER, id_: str = "k-1") -> Header:
    """The header of a call of the partner."""
    return Header(
        client=read_subsystem(client, place=""),
        service=Service(provider=read_subsystem(provider, place=""), code=service, version="v1"),
        id=id_,
        issue="H21.129-260302-0042",
    )


def message(body: etree._Element, **header: str) -> bytes:
    """A SOAP message with this body."""
    return write_envelope(SOAP_11, body, headers=write_header(header_of(**header)))


def body_of(answer: Answer) -> etree._Element:
    """The element in the body of an answer."""
    envelope = read_envelope(answer.body, version=SOAP_11)
    assert envelope.body is not None
    return envelope.body


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    """A content in small pieces."""
    for start in range(0, len(content), 700):
        yield content[start : start + 700]
