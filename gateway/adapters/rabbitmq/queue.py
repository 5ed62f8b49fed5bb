"""The queue on RabbitMQ."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import structlog

from gateway.adapters.rabbitmq import check, wire
from gateway.adapters.rabbitmq.consumer import Consumer
from gateway.adapters.rabbitmq.foreign import as_retry_later
from gateway.adapters.rabbitmq.link import Link
from gateway.adapters.rabbitmq.perpetual import Perpetual
from gateway.adapters.rabbitmq.publisher import ConfirmedPublisher, Unroutable
from gateway.adapters.rabbitmq.revive import Reviver
from gateway.adapters.rabbitmq.timing import Timing
from gateway.adapters.rabbitmq.topology import queue_behind, queue_of, to_destination, whole
from gateway.domain.errors import GatewayError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import timedelta

    from aiormq.abc import AbstractConnection

    from gateway.adapters.rabbitmq.wire import Message
    from gateway.ports import Handler, Work

__all__ = ["RabbitQueue"]

log = structlog.get_logger(__name__)

#: Between two tries of restoring a consumer that is not there, in seconds.
RESTORE_PAUSE_SECONDS = 0.5


class RabbitQueue:
    """Owns two connections, as the broker's makers advise: a publisher that is held up, or cut because nothing is confirmed, must not
    take the consumers with it.

    A lost broker is found again by itself; a broker that comes back empty is given its topology anew; consumers that vanished are
    restored; queues that no process of the broker serves are declared anew. Until then everything raises `RetryLater` within the time
    limit.
    """

    def __init__(
        self,
        url: str,
        *,
        destinations: Iterable[str],
        publish_timeout: float,
        timing: Timing,
        prefetch: int,
        now: Callable[[], float],
    ) -> None:
        """Keep what it needs; call `open` instead."""
        self._destinations = set(destinations)
        self._publish_timeout = publish_timeout
        self._timing = timing
        self._prefetch = prefetch
        self._now = now
        self._publisher: ConfirmedPublisher | None = None
        self._consumers: dict[str, list[Consumer]] = {}
        self._doubted: set[Consumer] = set()
        self._look = asyncio.Event()
        self._watcher = Perpetual(self._watch, name="lienthong watch")
        self._out = Link(url, name="lienthong publish", timing=timing, ready=self._prepare)
        self._reviver = Reviver(
            partial(Link, url, name="lienthong ask", timing=timing),
            topology=lambda: whole(self._destinations),
            timing=timing,
            revived=self._look.set,
        )
        self._in = Link(url, name="lienthong consume", timing=timing, ready=self._look_soon)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        destinations: Iterable[str] = (),
        publish_timeout: float = 5.0,
        timing: Timing = Timing(),  # noqa: B008 - frozen
        prefetch: int = 64,
        must_connect: bool = True,
        now: Callable[[], float] = time.time,
    ) -> RabbitQueue:
        """Connect, and declare the topology with these destinations.

        Raises `NeedsPerson` when the broker holds another topology, listing every difference and what to do. Raises `RetryLater` when it
        cannot be reached; without `must_connect` it goes on trying behind your back instead. `prefetch` is the most that a consumer
        takes beyond what it may run at once. `publish_timeout` is in seconds: what is not confirmed by then may or may not have arrived.
        """
        queue = cls(
            url,
            destinations=destinations,
            publish_timeout=publish_timeout,
            timing=timing,
            prefetch=prefetch,
            now=now,
        )
        try:
            await queue._out.open()
            await queue._in.open()
        except RetryLater:
            if must_connect:
                await queue.close()
                raise
        except GatewayError:
            await queue.close()
            raise
        queue._begin()
        return queue

    @property
    def connected(self) -> bool:
        """Tell whether the broker can be used, as far as is known."""
        return self._out.is_open and self._in.is_open

    def consumers(self, destination: str) -> int:
        """Count our consumers of a destination that the broker gives work to, as far as we were told."""
        return sum(consumer.is_consuming for consumer in self._consumers.get(destination, ()))

    async def declare(self, destination: str) -> None:
        """Make room for a destination, now and after every loss; raises `NeedsPerson` and `RetryLater` as `open`."""
        self._destinations.add(destination)
        with as_retry_later("declare a queue"):
            async with asyncio.timeout(self._timing.connect.total_seconds()):
                await check.declare(self._out.connection, to_destination(destination))

    async def publish(self, works: Sequence[Work]) -> None:
        """Hand over work; when it returns the broker has confirmed all of it. Raises `RetryLater` within the time limit."""
        if works:
            await self._publish([wire.direct(work) for work in works])

    async def delay(self, work: Work, after: timedelta) -> None:
        """Hand over work to be consumed about `after` from now, in whole seconds upwards; promise and errors as `publish`."""
        seconds = after.total_seconds()
        if seconds <= 0:
            await self.publish([work])
        else:
            await self._publish([wire.delay(work, seconds=seconds, now=self._now())])

    async def consume(self, destination: str, handler: Handler, *, concurrency: int) -> None:
        """Begin to call `handler`; while the broker is away it begins when the broker is back."""
        if destination not in self._destinations:
            with suppress(RetryLater):
                await self.declare(destination)
        consumer = Consumer(
            destination=destination,
            handler=handler,
            concurrency=concurrency,
            prefetch=concurrency + min(concurrency, self._prefetch),
            publish=self._publish_one,
            lost=self._look.set,
            cut=self._in.drop,
            now=self._now,
        )
        self._consumers.setdefault(destination, []).append(consumer)
        with suppress(RetryLater):
            await self._resume(consumer)
        self._look.set()

    async def stop(self, destination: str) -> None:
        """Stop consuming a destination; return when no handler of it is running. The rest goes back to the queue."""
        consumers = self._consumers.pop(destination, [])
        await asyncio.gather(*(consumer.stop() for consumer in consumers))

    async def depth(self, destination: str) -> int:
        """Count what is ready and what is in hand here; what other processes have in hand the broker does not tell."""
        ready, _ = await self._count(destination)
        return ready + sum(consumer.in_hand for consumer in self._consumers.get(destination, ()))

    async def close(self) -> None:
        """Stop consuming everything, wait for running handlers, and disconnect."""
        await asyncio.gather(*(self.stop(name) for name in list(self._consumers)))
        await asyncio.gather(self._watcher.close(), self._reviver.close())
        await asyncio.gather(self._in.close(), self._out.close())

    # ---- publishing --------------------------------------------------------------------------------------------------

    async def _publish_one(self, message: Message) -> None:
        """Publish one message."""
        await self._publish([message])

    async def _publish(self, messages: Sequence[Message]) -> None:
        """Publish under the time limit. A connection on which nothing at all was confirmed meanwhile is cut: it would never be."""
        publisher = self._publisher
        if publisher is None or not self._out.is_open:
            raise RetryLater("there is no connection to the broker", code="broker")
        confirms = publisher.confirms
        try:
            async with asyncio.timeout(self._publish_timeout):
                await publisher.publish(messages)
        except TimeoutError as error:
            if publisher.confirms == confirms:
                self._out.drop()
            self._reviver.suspect({queue_behind(each.exchange, each.destination) for each in messages})
            raise RetryLater("the broker did not confirm in time", code="broker") from error
        except Unroutable as error:
            for destination in error.destinations & self._destinations:
                with suppress(GatewayError):
                    await self.declare(destination)
            raise

    async def _prepare(self, connection: AbstractConnection) -> None:
        """Check and declare the topology on a new connection, open its publishing channel, then look after the consumers."""
        async with asyncio.timeout(self._timing.connect.total_seconds()):
            await check.declare(connection, whole(self._destinations))
        await self._reviver.ask_all()
        self._publisher = await ConfirmedPublisher.open(connection)
        self._publisher.channel.when_closed(self._out.drop)
        self._look.set()

    # ---- looking after the consumers ---------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Keep both connections open and watch the consumers."""
        self._out.keep_open()
        self._in.keep_open()
        self._watcher.begin()
        self._reviver.begin()

    async def _look_soon(self, _: AbstractConnection) -> None:
        """A new connection for consuming is there."""
        self._look.set()

    async def _watch(self) -> None:
        """Restore whatever consumer is missing: soon after a loss, and now and then by asking the broker."""
        while True:
            everybody = [each for group in self._consumers.values() for each in group]
            self._doubted &= set(everybody)
            well = await asyncio.gather(*(self._is_well(each) for each in everybody))
            pause = self._timing.watch.total_seconds() if all(well) else RESTORE_PAUSE_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._look.wait()
            self._look.clear()

    async def _is_well(self, consumer: Consumer) -> bool:
        """Restore a consumer that is not consuming, or of which the broker knows nothing; tell whether it is there now."""
        try:
            if consumer.is_consuming:
                _, known = await self._count(consumer.destination)
                if known or consumer not in self._doubted:
                    self._doubt(consumer, doubted=not known)
                    return bool(known)
                log.warning("consumer_vanished", destination=consumer.destination)
                self._reviver.suspect({queue_of(consumer.destination)})
                await consumer.leave()
            await self._resume(consumer)
        except GatewayError as error:
            log.warning(
                "consumer_missing",
                destination=consumer.destination,
                reason=error.text,
            )
            return False
        return True

    def _doubt(self, consumer: Consumer, *, doubted: bool) -> None:
        """Remember whether the broker knew nothing of a consumer: it counts with a delay, so only the second time tells."""
        if doubted:
            self._doubted.add(consumer)
        else:
            self._doubted.discard(consumer)

    async def _resume(self, consumer: Consumer) -> None:
        """Let a consumer consume on the present connection, unless its queue is in doubt; when it cannot, the queue comes into doubt."""
        queue = queue_of(consumer.destination)
        if not self._out.is_open or self._reviver.is_suspect(queue):
            raise RetryLater("it is not known whether its queue is served", code="broker")
        connection = self._in.connection
        try:
            with as_retry_later("let a queue be consumed"):
                async with asyncio.timeout(self._timing.connect.total_seconds()):
                    await self._resume_on(connection, consumer)
        except RetryLater:
            self._reviver.suspect({queue})
            raise

    async def _resume_on(self, connection: AbstractConnection, consumer: Consumer) -> None:
        """Let a consumer consume; its queue is declared again when it is gone."""
        try:
            await consumer.resume(connection)
        except RetryLater:
            await self.declare(consumer.destination)
            await consumer.resume(connection)

    async def _count(self, destination: str) -> tuple[int, int]:
        """Count messages and consumers on the broker; raises `RetryLater` within the time limit."""
        with as_retry_later("count"):
            async with asyncio.timeout(self._publish_timeout):
                return await check.count(self._out.connection, queue_of(destination))
