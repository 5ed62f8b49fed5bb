"""A connection to the broker that is opened again whenever it is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import structlog
from aiormq.connection import Connection, TCPTransportFactory, TLSTransportFactory, TransportFactory
from yarl import URL

from gateway.adapters.rabbitmq.foreign import as_retry_later
from gateway.adapters.rabbitmq.perpetual import Perpetual
from gateway.domain.errors import GatewayError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiormq.abc import AbstractConnection

    from gateway.adapters.rabbitmq.timing import Timing

__all__ = ["Link"]

log = structlog.get_logger(__name__)

Ready: TypeAlias = "Callable[[AbstractConnection], Awaitable[None]]"

#: A polite goodbye is given so long before the socket is cut.
GOODBYE_SECONDS = 2.0


class Link:
    """Owns one connection. `ready` prepares each new one before anybody gets it, in a time that it bounds itself; what it raises, the
    connection does not survive.
    """

    def __init__(self, url: str, *, name: str, timing: Timing, ready: Ready | None = None) -> None:
        """Keep what it needs; `open` or `keep_open` begins."""
        heartbeat = max(1, round(timing.heartbeat.total_seconds()))
        self._url = URL(url).update_query(heartbeat=str(heartbeat), name=name)
        self._name = name
        self._timing = timing
        self._ready = ready
        self._connection: Connection | None = None
        self._socket: asyncio.StreamWriter | None = None
        self._keeper = Perpetual(self._keep, name=name)

    @property
    def is_open(self) -> bool:
        """Tell whether there is a connection, as far as is known."""
        return self._connection is not None and not self._connection.is_closed

    @property
    def connection(self) -> AbstractConnection:
        """Give the open connection; raises `RetryLater` when there is none."""
        if self._connection is None or self._connection.is_closed:
            raise RetryLater("there is no connection to the broker", code="broker")
        return self._connection

    async def open(self) -> None:
        """Connect once; raises `RetryLater` when the broker does not answer, and whatever `ready` raises."""
        limit = self._timing.connect.total_seconds()
        with as_retry_later("be reached"):
            async with asyncio.timeout(limit):
                connection = await self._connect()
            try:
                if self._ready is not None:
                    await self._ready(connection)
            except BaseException:
                self.drop()
                raise
        self._connection = connection
        log.info("broker_connected", link=self._name)

    def keep_open(self) -> None:
        """From now on connect whenever there is no connection."""
        self._keeper.begin()

    def drop(self) -> None:
        """Cut the connection, because it does not answer."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def close(self) -> None:
        """Say goodbye, and cut."""
        await self._keeper.close()
        if self._connection is not None:
            with suppress(RetryLater), as_retry_later("say goodbye"):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._connection.close()
        self.drop()

    async def _connect(self) -> Connection:
        """Open a connection whose socket can be cut."""
        factory = TLSTransportFactory() if self._url.scheme == "amqps" else TCPTransportFactory()
        connection = Connection(self._url, transport_factory=KeptSockets(factory, self._keep_socket))
        await connection.connect()
        return connection

    def _keep_socket(self, socket: asyncio.StreamWriter) -> None:
        """Remember the socket of the newest connection."""
        self._socket = socket

    async def _keep(self) -> None:
        """Wait until the connection is lost, connect again with growing pauses, for ever."""
        pause = self._timing.first_pause
        while True:
            if self._connection is not None:
                await asyncio.wait({self._connection.closing})
                self._connection = None
                pause = self._timing.first_pause
                log.warning("broker_lost", link=self._name)
            try:
                await self.open()
            except GatewayError as error:
                log.warning("broker_not_usable", link=self._name, reason=error.text)
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, self._timing.longest_pause)


class KeptSockets(TransportFactory):
    """Opens sockets as another factory does, and shows them to somebody."""

    def __init__(self, factory: TransportFactory, keep: Callable[[asyncio.StreamWriter], None]) -> None:
        """Keep both."""
        self._factory = factory
        self._keep = keep

    async def create(self, url: URL, **options: object) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a socket."""
        reader, writer = await self._factory.create(url, **options)
        self._keep(writer)
        return reader, writer
