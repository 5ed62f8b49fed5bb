"""The proxy that the outage tests break connections with."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.fault_proxy import FaultProxy, fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def test_a_healthy_proxy_passes_bytes_on_both_ways() -> None:
    async with proxied_echo() as proxy:
        assert await asked(proxy) == b"hello"


async def test_a_reset_cuts_what_is_open_and_what_comes() -> None:
    async with proxied_echo() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"

        proxy.reset()

        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await asked(proxy)
        writer.transport.abort()


async def test_a_blackhole_swallows_until_it_is_healed() -> None:
    async with proxied_echo() as proxy:
        proxy.blackhole()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asked(proxy)

        proxy.heal()

        assert await asked(proxy) == b"hello"


async def test_a_delay_holds_bytes_back() -> None:
    async with proxied_echo() as proxy:
        proxy.delay(0.1)
        started = time.monotonic()

        assert await asked(proxy) == b"hello"
        assert time.monotonic() - started >= 0.2


@asynccontextmanager
async def proxied_echo() -> AsyncIterator[FaultProxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1024):
                writer.write(data)
        writer.transport.abort()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, fault_proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def asked(proxy: FaultProxy) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(b"hello")
        return await reader.readexactly(5)
    finally:
        writer.transport.abort()
