"""A TCP proxy that breaks on demand: cut, swallow, delay, heal."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Fault", "FaultProxy", "fault_proxy"]

HOST = "127.0.0.1"


class Fault(Enum):
    """What the proxy does to bytes; `NONE` passes them on."""

    BLACKHOLE = auto()
    NONE = auto()
    RESET = auto()


class FaultProxy:
    """Passes connections on to one port of this machine until told otherwise."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self._target_port = target_port
        self._fault = Fault.NONE
        self._latency_seconds = 0.0
        self._open: set[asyncio.StreamWriter] = set()
        self._carried: set[asyncio.Task[None]] = set()

    def reset(self) -> None:
        """Cut every connection with a RST and refuse new ones in the same way."""
        self._fault = Fault.RESET
        for writer in list(self._open):
            writer.transport.abort()

    def blackhole(self) -> None:
        """Accept connections and bytes, pass nothing on and answer nothing; what was open stays open."""
        self._fault = Fault.BLACKHOLE

    def delay(self, latency_seconds: float) -> None:
        """Hold every piece of data that long, in both directions."""
        self._latency_seconds = latency_seconds

    def heal(self) -> None:
        """Pass everything on again; what was swallowed stays lost, so its connections are cut."""
        if self._fault is Fault.BLACKHOLE:
            self.reset()
        self._fault, self._latency_seconds = Fault.NONE, 0.0

    async def close(self) -> None:
        """Cut every connection and return when the last one is gone."""
        self.reset()
        await asyncio.gather(*self._carried, return_exceptions=True)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to carry a connection."""
        carried = asyncio.create_task(self._carry(reader, writer))
        self._carried.add(carried)
        carried.add_done_callback(self._carried.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._fault is Fault.RESET:
                return
            far_reader, far_writer = await asyncio.open_connection(HOST, self._target_port)
            self._open.add(far_writer)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(reader, far_writer))
                    both.create_task(self._pump(far_reader, writer))
            finally:
                await self._cut(far_writer)
        except* OSError:
            pass
        finally:
            await self._cut(writer)

    async def _cut(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self._latency_seconds:
                await asyncio.sleep(self._latency_seconds)
            if self._fault is Fault.NONE:
                writer.write(data)
                await writer.drain()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()


@asynccontextmanager
async def fault_proxy(target_port: int) -> AsyncIterator[FaultProxy]:
    """A proxy in front of a port of this machine, listening on `.port`; every connection is cut at the end."""
    proxy = FaultProxy(target_port)
    server = await asyncio.start_server(proxy.accept, HOST, 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
