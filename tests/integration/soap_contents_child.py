"""Sends a large content to a SOAP service and takes it back, all in one process; says by how much that grew.

Run by `test_soap_contents_large.py`, with the megabytes, the way (`inline`, `mtom`, `beside`) and a folder as arguments; prints
`{"grown_kib", "is_same"}`. The service keeps no more than it must: it hashes what comes, and makes what it gives.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.adapters.folder_blobs import FolderBlobs
from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.multipart import read_media_type, read_related
from gateway.sdk import BlobInfo, RelatedPart
from gateway.soap import SOAP_11, mtom_writer, swa_writer
from gateway.soap.sieve import Begun, Sieve, base64_content
from gateway.testing.connector_bench import SystemClock
from tests.land import DATA, DOSSIER, FOLDER, WSDL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.soap.sieve import Flow

MIB = 1024 * 1024
HEAD = f'<s:Envelope xmlns:s="{SOAP_11.namespace}"><s:Body><m:LayTepResponse xmlns:m="urn:dat-dai:goi"><tep xmlns=""><d:Ten xmlns:d="{DATA[1:-1]}">a</d:Ten><d:NoiDung xmlns:d="{DATA[1:-1]}">'
TAIL = "</d:NoiDung></tep></m:LayTepResponse></s:Body></s:Envelope>"
INCLUDE = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:tep@dat-dai"/>'
DONE = f'<s:Envelope xmlns:s="{SOAP_11.namespace}"><s:Body><m:NopHoSoResponse xmlns:m="urn:dat-dai:goi"><ma>00</ma></m:NopHoSoResponse></s:Body></s:Envelope>'


def peak_kib() -> int:
    """The most memory that this process ever held."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))[0])


async def content(size: int) -> AsyncIterator[bytes]:
    """A content of any size that no two places of are alike; in pieces of a multiple of three bytes."""
    for number in range(size // 49152):
        yield hashlib.sha256(str(number).encode()).digest() * 1536


class Registry:
    """The service: what it heard last by its hash, what it gives by its size."""

    def __init__(self, way: str) -> None:
        """Begin with nothing."""
        self.way = way
        self.size = 0
        self.heard = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Hear a content, or give one."""
        if request.headers["SOAPAction"].endswith('/NopHoSo"'):
            await self._hear(request)
            return web.Response(text=DONE, content_type="text/xml")
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/xml"})
        chunks = self._inline()
        if self.way != "inline":
            part = RelatedPart(content_id="tep@dat-dai", media_type="application/pdf", chunks=content(self.size))
            inside = INCLUDE if self.way == "mtom" else ""
            writer = (mtom_writer if self.way == "mtom" else swa_writer)("ranh-gioi", SOAP_11, f"{HEAD}{inside}{TAIL}".encode(), [part])
            response.headers["Content-Type"] = writer.content_type
            chunks = writer.chunks()
        await response.prepare(request)
        async for chunk in chunks:
            await response.write(chunk)
        return response

    async def _inline(self) -> AsyncIterator[bytes]:
        """A message with the content in it."""
        yield HEAD.encode()
        async for piece in content(self.size):
            yield base64.b64encode(piece)
        yield TAIL.encode()

    async def _hear(self, request: web.Request) -> None:
        """Hash the content of a message."""
        hashed = hashlib.sha256()
        chunks = request.content.iter_chunked(65536)
        if self.way == "inline":
            flows = self._flows(chunks)
            async for flow in flows:
                if isinstance(flow, Begun):
                    async for piece in base64_content(flows, ""):
                        hashed.update(piece)
        else:
            related = await read_related(read_media_type(request.headers["Content-Type"]), chunks)
            async for part in related.parts:
                async for piece in part.chunks:
                    hashed.update(piece)
        self.heard = hashed.hexdigest()

    async def _flows(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[Flow]:
        """What of a message is content."""
        sieve = Sieve({f"{DATA}NoiDung"})
        async for chunk in chunks:
            for flow in sieve.feed(chunk):
                yield flow
        for flow in sieve.close()[0]:
            yield flow


async def exchange(soap: ZeepSoap, registry: Registry, url: str, blobs: FolderBlobs, size: int) -> bool:
    """Send a content of a size and take it back; tell whether it is the same."""
    info = await blobs.put(content(size))
    part = RelatedPart(content_id="tep@thu", media_type="application/pdf", chunks=blobs.open(info.sha256), size=info.size)
    registry.size = size
    service = soap.service(WSDL, url, enclose="mtom" if registry.way == "mtom" else "inline")
    inside = [{"Ten": "a", "NoiDung": part}] if registry.way != "beside" else []
    beside = [part] if registry.way == "beside" else []
    await service.call("NopHoSo", {"hoSo": DOSSIER, "tep": inside}, attachments=beside, seconds=600)
    answer = await service.call("LayTep", {"maTep": "1"}, into=blobs, safe=True, seconds=600)
    (came,) = answer.contents.values()
    return registry.heard == info.sha256 and came == BlobInfo(sha256=info.sha256, size=info.size)


async def main(megabytes: int, way: str, folder: Path) -> None:
    """Warm up with a small content, then measure with the large one."""
    registry = Registry(way)
    app = web.Application()
    app.router.add_post("/", registry.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with AiohttpHttp() as http:
        soap, blobs = ZeepSoap(http, SystemClock(), FOLDER), FolderBlobs(folder)
        assert await exchange(soap, registry, url, blobs, 48 * 49152)
        before = peak_kib()
        is_same = await exchange(soap, registry, url, blobs, megabytes * MIB // 49152 * 49152)
        print(json.dumps({"grown_kib": peak_kib() - before, "is_same": is_same}))  # noqa: T201 - what it is run for
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
