"""Sends a transfer with a large file over X-Road and takes it, all in one process; says by how much that grew.

Run by `test_xroad_exchange.py`, with the megabytes of the file, the protocol, the way of files and a folder as arguments; prints
`{"grown_kib", "is_same"}`. Between the two sides stands a relay that streams, as security servers do not hold a file in memory either.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from connectors.xroad import plugin
from connectors.xroad.connector import XRoad
from connectors.xroad.simulator import CLIENT, PROVIDER
from gateway.adapters.folder_blobs import FolderBlobs
from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.sdk import Context, Delivered, Inbound
from gateway.testing.connector_bench import SystemClock, Tray
from tests.integration.large_document_child import MIB, content, outgoing, peak_kib

if TYPE_CHECKING:
    from gateway.sdk import BlobStore


class Relay:
    """Hands what comes to the routes of a connector, as a stream."""

    def __init__(self, taker: XRoad, tray: Tray) -> None:
        """Keep who takes."""
        self._routes = {(route.method, route.path): route.handle for route in taker.routes()}
        self._tray = tray

    async def soap(self, request: web.Request) -> web.Response:
        """Hand on a SOAP message."""
        return await self._hand_on(request, "soap")

    async def rest(self, request: web.Request) -> web.Response:
        """Hand on a REST call."""
        return await self._hand_on(request, f"rest/{request.match_info['path']}")

    async def _hand_on(self, request: web.Request, path: str) -> web.Response:
        """Hand on a call."""
        inbound = Inbound(
            method=request.method,
            path=path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=b"",
            media_type=request.content_type,
            chunks=request.content.iter_any(),
        )
        answer = await self._routes[request.method, path](inbound, self._tray.accept)
        return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.media_type})


async def exchange(sender: XRoad, tray: Tray, here: BlobStore, there: BlobStore, number: int, size: int) -> bool:
    """Send a file of a size; tell whether the same one arrived."""
    sha256 = (await here.put(content(size))).sha256
    delivery = outgoing(number, sha256)
    assert isinstance(await sender.deliver(delivery, sender.write(delivery)), Delivered)
    hashed = hashlib.sha256()
    async for chunk in there.open(sha256):
        hashed.update(chunk)
    (paper,) = tray.transfers[delivery.key].dossier.components
    return paper.attachments[0].sha256 == sha256 == hashed.hexdigest()


async def main(megabytes: int, protocol: str, files: str, folder: Path) -> None:
    """Warm up with a small file, then measure with the large one."""
    here, there, tray = FolderBlobs(folder / "a"), FolderBlobs(folder / "b"), Tray()
    async with AiohttpHttp(call_seconds=100) as http:

        def opened(blobs: BlobStore, **settings: Any) -> XRoad:
            """One of the two connectors."""
            context = Context(
                system="there", http=http, soap=ZeepSoap(http, SystemClock()), blobs=blobs, clock=SystemClock(), receipt_of=tray.receipt_of
            )
            said = {"protocol": protocol, "attachments": files, "verify_hash": False, "seconds": 100, **settings}
            connector = plugin.open(msgspec.convert(said, plugin.config), context)
            assert isinstance(connector, XRoad)
            return connector

        relay = Relay(opened(there, url="http://127.0.0.1:9", client=PROVIDER, provider=CLIENT), tray)
        app = web.Application()
        app.add_routes([web.post("/", relay.soap), web.route("*", "/r1/{a}/{b}/{c}/{d}/{service}/{path}", relay.rest)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sender = opened(here, url=f"http://127.0.0.1:{runner.addresses[0][1]}", client=CLIENT, provider=PROVIDER)
        assert await exchange(sender, tray, here, there, 1, 2 * MIB)
        before = peak_kib()
        is_same = await exchange(sender, tray, here, there, 2, megabytes * MIB)
        print(json.dumps({"grown_kib": peak_kib() - before, "is_same": is_same}))  # noqa: T201 - what it is run for
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])))
