"""How long the doors wait, and how they close: a reader that stalls is cut, a request under way ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest

from gateway.web.serve import doors_of, listen
from tests.doors import QUICK, key_of, open_visit, transfer

LARGE = 48 * 1024 * 1024


async def test_a_download_whose_reader_stalls_is_cut(tmp_path: Path) -> None:
    limits = msgspec.structs.replace(QUICK, attachment_bytes=LARGE)

    async def content() -> AsyncIterator[bytes]:
        for _ in range(LARGE // 65536):
            yield bytes(65536)

    async with open_visit(tmp_path, limits=limits) as visit:
        async with visit["mot-cua"].post("/v1/attachments", data=content()) as answer:
            place = answer.headers["Location"]
        reader, writer = await asyncio.open_connection(*spot(visit.address), limit=1024)
        writer.write(f"GET {place} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {key_of('mot-cua')}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")

        await asyncio.sleep(QUICK.read_seconds * 4)  # the reader's own time is what is tested

        read = 0
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                read += len(piece)
        writer.close()

    assert read < LARGE


async def test_a_request_under_way_ends_and_no_other_is_taken(tmp_path: Path) -> None:
    rest = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"first"
        await rest.wait()
        yield b"last"

    limits = msgspec.structs.replace(QUICK, read_seconds=5)
    async with open_visit(tmp_path, limits=limits) as visit, aiohttp.ClientSession(headers={"X-Api-Key": key_of("mot-cua")}) as client:
        async with AsyncExitStack() as opened:
            address = await opened.enter_async_context(listen(doors_of(visit.gateway), "127.0.0.1", 0, stop_seconds=5))
            upload = asyncio.create_task(client.post(f"{address}/v1/attachments", data=slow()))
            while not list((tmp_path / "blobs" / "incoming").iterdir()):  # noqa: ASYNC110 - a folder tells nobody
                await asyncio.sleep(0.01)
            closing = asyncio.create_task(opened.pop_all().aclose())
            await asyncio.sleep(0.1)

        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(f"{address}/healthz")
        rest.set()

        async with await upload as answer:
            assert (answer.status, answer.headers["Connection"]) == (201, "close")
        await closing


async def test_an_accepted_transfer_is_there_when_its_gateway_is_opened_again(tmp_path: Path) -> None:
    async with open_visit(tmp_path) as visit:
        _, receipt = await visit.send(transfer())

    async with open_visit(tmp_path) as visit:
        assert await visit.send(transfer()) == (200, receipt)


def spot(address: str) -> tuple[str, int]:
    """Host and port of an address."""
    place = urlsplit(address)
    assert place.hostname
    assert place.port
    return place.hostname, place.port
