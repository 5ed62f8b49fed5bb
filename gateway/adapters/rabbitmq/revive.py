"""Queues that the broker lists and no process of it serves: found by asking them, and declared anew.

RabbitMQ 3.10, killed within seconds of the declaration of a quorum queue, may bring it back like this. Declaring it again finds it
there, and empty; whatever else is asked of it is never answered, or costs the connection. The ledger knows what it held.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from aiormq.exceptions import AMQPChannelError, ChannelLockedResource, ConnectionInternalError

from gateway.adapters.rabbitmq import check
from gateway.adapters.rabbitmq.foreign import as_retry_later
from gateway.adapters.rabbitmq.perpetual import Perpetual
from gateway.adapters.rabbitmq.topology import MENDING, only
from gateway.domain.errors import GatewayError, RetryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from aiormq.abc import AbstractConnection

    from gateway.adapters.rabbitmq.link import Link
    from gateway.adapters.rabbitmq.timing import Timing
    from gateway.adapters.rabbitmq.topology import Topology

__all__ = ["Reviver"]

log = structlog.get_logger(__name__)

#: The broker itself waits five seconds for a process that is not there before it deletes a queue.
DELETE_SECONDS = 15.0


class Reviver:
    """Owns the doubt whether queues are served. It asks over connections of its own, since the question may spoil them."""

    def __init__(self, link: Callable[[], Link], *, topology: Callable[[], Topology], timing: Timing, revived: Callable[[], None]) -> None:
        """Keep what it needs; `revived` is called when nothing is in doubt any more."""
        self._link = link
        self._topology = topology
        self._timing = timing
        self._revived = revived
        self._suspects: frozenset[str] = frozenset()
        self._doubt = asyncio.Event()
        self._task = Perpetual(self._clear_doubts, name="lienthong revive")

    def begin(self) -> None:
        """Ask behind everybody's back from now on, whenever something is in doubt."""
        self._task.begin()

    async def close(self) -> None:
        """End it."""
        await self._task.close()

    def suspect(self, queues: Collection[str]) -> None:
        """Doubt that these queues are served."""
        self._suspects |= set(queues)
        self._doubt.set()

    def is_suspect(self, queue: str) -> bool:
        """Tell whether it is better not to use a queue now."""
        return queue in self._suspects

    async def ask_all(self) -> None:
        """Ask every queue of the topology, and declare anew those that do not answer. Raises `RetryLater` when the broker does not."""
        await self._ask(self._topology())

    async def _clear_doubts(self) -> None:
        """Ask those that are in doubt, until none is."""
        while True:
            await self._doubt.wait()
            self._doubt.clear()
            suspects = only(self._topology(), self._suspects)
            self._suspects = frozenset(queue.name for queue in suspects.queues)
            with suppress(GatewayError):
                await self._ask(suspects)
            if self._suspects:
                await asyncio.sleep(self._timing.answer.total_seconds())
                self._doubt.set()
            else:
                self._revived()

    async def _ask(self, topology: Topology) -> None:
        """Ask the queues of a topology; those that cannot be had back now stay in doubt."""
        asked = [queue.name for queue in topology.queues]
        async with self._connected() as connection:
            answered = await asyncio.gather(*(self._answers(connection, queue) for queue in asked), return_exceptions=True)
        unclear = frozenset(queue for queue, fact in zip(asked, answered, strict=True) if fact is not True)
        if unclear:
            unclear = await self._declare_anew(unclear)
        self._suspects = self._suspects.difference(asked) | unclear
        if unclear:
            self._doubt.set()

    async def _declare_anew(self, queues: frozenset[str]) -> frozenset[str]:
        """Declare silent queues anew, one process at a time; name those that stay as they are."""
        async with self._connected() as connection:
            if not await _is_alone(connection):
                return queues
            served = await asyncio.gather(*(self._serve(connection, queue) for queue in queues))
        return frozenset(queue for queue, fact in zip(queues, served, strict=True) if not fact)

    async def _serve(self, connection: AbstractConnection, queue: str) -> bool:
        """Ask a queue alone, for another that does not answer may have taken the connection; unless it answers declare it anew."""
        async with self._connected() as own:
            if await self._answers(own, queue):
                return True
        return await _replace(connection, only(self._topology(), {queue}))

    async def _answers(self, connection: AbstractConnection, queue: str) -> bool:
        """Tell whether a queue is served. Raises `RetryLater` when the connection is lost, for whatever other reason."""
        try:
            with as_retry_later(f"ask {queue}"):
                async with asyncio.timeout(self._timing.answer.total_seconds()):
                    await _ask(connection, queue)
        except RetryLater as error:
            if isinstance(error.__cause__, (ConnectionInternalError, TimeoutError)):
                return False
            if not isinstance(error.__cause__, AMQPChannelError):  # it is not there, or not ours: declaring tells
                raise
        return True

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AbstractConnection]:
        """Connect, for a while."""
        link = self._link()
        try:
            await link.open()
            yield link.connection
        finally:
            await link.close()


async def _ask(connection: AbstractConnection, queue: str) -> None:
    """Return when a queue shows that it is served. One that holds something, or that somebody consumes, does; an empty one is asked for a
    message, and says that it has none: should it have one now, it gets it back when the connection is closed.
    """
    channel = await connection.channel(publisher_confirms=False)
    found = await channel.queue_declare(queue, passive=True)
    if not found.message_count and not found.consumer_count:
        await channel.basic_get(queue)


async def _is_alone(connection: AbstractConnection) -> bool:
    """Take the right to declare anew, which ends with the connection; tell whether no other process has it."""
    with as_retry_later("lock"):
        channel = await connection.channel(publisher_confirms=False)
        try:
            await channel.queue_declare(MENDING, exclusive=True)
        except ChannelLockedResource:
            return False
    return True


async def _replace(connection: AbstractConnection, topology: Topology) -> bool:
    """Delete the one queue of a topology, and declare it with its bindings. Where too few nodes of a cluster are there the broker refuses."""
    (queue,) = topology.queues
    log.warning("queue_does_not_answer", queue=queue.name)
    try:
        with as_retry_later(f"delete {queue.name}"):
            async with asyncio.timeout(DELETE_SECONDS):
                channel = await connection.channel(publisher_confirms=False)
                await channel.queue_delete(queue.name)
                await check.declare(connection, topology)
    except GatewayError as error:
        log.warning("queue_not_declared_anew", queue=queue.name, reason=error.text)
        return False
    log.warning("queue_declared_anew", queue=queue.name, meaning="what it held comes again from the ledger")
    return True
