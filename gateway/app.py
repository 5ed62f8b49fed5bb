"""The composition root: the only place where ports meet adapters."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway.adapters.folder_blobs import FolderBlobs
from gateway.adapters.http import AiohttpHttp
from gateway.adapters.prometheus import PrometheusTelemetry
from gateway.adapters.soap import ZeepSoap
from gateway.backing import open_backing
from gateway.domain.errors import Problem, RetryLater
from gateway.pipeline.accept import Acceptor
from gateway.pipeline.deliver import Deliverer
from gateway.pipeline.directory import Directory
from gateway.pipeline.inbox import Inbox
from gateway.pipeline.own_blobs import OwnBlobs
from gateway.pipeline.poll import Poller
from gateway.pipeline.polling import Polling
from gateway.pipeline.publish import Publisher
from gateway.pipeline.recent import Recent
from gateway.pipeline.recurring import recur
from gateway.pipeline.sweep import Sweeper
from gateway.registry import plugins
from gateway.systems import INBOX, OpenSystems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.backing import Backing
    from gateway.settings.site import Site

__all__ = ["Gateway", "Role", "SystemClock", "directory_of", "open_gateway"]

log = structlog.get_logger(__name__)

#: How much an embedded gateway hands to its new queue at once; the rest follows with the next sweeps.
START_LIMIT = 100_000


class Role(StrEnum):
    """What a process does."""

    ALL = "all"
    DOOR = "door"
    POLLER = "poller"
    WORKER = "worker"


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Tell the instant."""
        return datetime.now(UTC)


def directory_of(site: Site) -> Directory:
    """Index the systems, agencies and routes of a site."""
    return Directory(agencies=site.agencies, systems=site.systems, routes=site.routes)


class Gateway:
    """One running gateway: its use cases, and the loops of its role."""

    def __init__(self, *, site: Site, backing: Backing, blobs: FolderBlobs, http: AiohttpHttp, telemetry: PrometheusTelemetry) -> None:
        """Put the use cases together; nothing runs yet."""
        self.site = site
        self.directory = directory_of(site)
        self.clock = SystemClock()
        self.blobs = blobs
        self.telemetry = telemetry
        self.ledger = backing.ledger
        self.reader = backing.reader
        self.queue = backing.queue
        self.embedded = backing.embedded
        self.systems = OpenSystems(
            plugins=plugins(),
            http=http,
            soap=ZeepSoap(http, self.clock),
            blobs=self.blobs_of,
            clock=self.clock,
            reader=self.reader,
            registers=self.ledger,
            new_id=_new_id,
        )
        self.systems.apply(self.directory.systems)
        ledger, reader, clock = self.ledger, self.reader, self.clock
        self.publisher = Publisher(queue=self.queue, telemetry=telemetry, carries=self._is_pushed)
        self.recent = Recent() if backing.embedded else None
        self.acceptor = Acceptor(
            ledger=ledger,
            reader=reader,
            publisher=self.publisher,
            blobs=blobs,
            clock=clock,
            telemetry=telemetry,
            new_id=_new_id,
            directory=lambda: self.directory,
            recent=self.recent,
        )
        self.inbox = Inbox(ledger=ledger, reader=reader, clock=clock, telemetry=telemetry)
        poller = Poller(registers=ledger, acceptor=self.acceptor, clock=clock, telemetry=telemetry, new_id=_new_id)
        self.polling = Polling(poller, self.systems.find)
        self.sweeper = Sweeper(ledger=ledger, reader=reader, queue=self.queue, clock=clock, telemetry=telemetry, fetched=self._fetched)
        self.deliverer = self._build_deliverer()
        self._loops: list[asyncio.Task[None]] = []
        self._consumed: dict[str, int] = {}

    def _build_deliverer(self) -> Deliverer:
        """Put the handler of workers together."""
        return Deliverer(
            ledger=self.ledger,
            reader=self.reader,
            queue=self.queue,
            publisher=self.publisher,
            clock=self.clock,
            telemetry=self.telemetry,
            open_system=self.systems.find,
            owner=f"{socket.gethostname()}:{os.getpid()}",
            lease_for=timedelta(seconds=self.site.timing.lease_seconds),
            jitter=random.random,
            recent=self.recent,
        )

    def blobs_of(self, system: str) -> OwnBlobs:
        """The blob store as a system sees it."""
        return OwnBlobs(system=system, blobs=self.blobs, ledger=self.ledger, reader=self.reader)

    async def start(self, role: Role) -> None:
        """Begin what the role does; returns once it is begun."""
        timing = self.site.timing
        self._loop("gauges", 5.0, self._measure)
        if role in {Role.ALL, Role.WORKER}:
            grace = timedelta(seconds=timing.sweep_grace_seconds)
            if self.embedded:  # what the memory of the last process held is nowhere but in the ledger
                await self.sweeper.sweep(grace=timedelta(), limit=START_LIMIT)
            self._loop("sweep", timing.sweep_every_seconds, lambda: self.sweeper.sweep(grace=grace))
            await self._consume()
        if role in {Role.ALL, Role.POLLER}:
            self._poll_all()
        self._role = role

    async def reload(self, site: Site) -> None:
        """Put another reading of the site in force, without stopping work. Raises `Malformed` and changes nothing when a connector refuses.

        Where the ledger and the queue are, and where the doors listen, is settled at the start of the process.
        """
        directory = directory_of(site)
        self.systems.apply(directory.systems)
        self.site = site
        self.directory = directory
        if self._role in {Role.ALL, Role.WORKER}:
            await self._consume()
        if self._role in {Role.ALL, Role.POLLER}:
            self._poll_all()

    async def ready(self) -> tuple[Problem, ...]:
        """List what keeps the gateway from its work; empty when it is ready."""
        try:
            await self.ledger.checkpoint("ready")
        except RetryLater as error:
            return (Problem(path="ledger", rule=error.text),)
        return ()

    async def close(self) -> None:
        """Stop the loops, let running attempts and polls end within the time to stop, hand over what is committed.

        An attempt that is cut off is asked about later: its lease runs out and its outcome is unknown.
        """
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        seconds = self.site.timing.stop_seconds
        polls_end = asyncio.create_task(self.polling.close(seconds))
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(self.queue.stop(destination) for destination in self._consumed))
                await asyncio.shield(polls_end)
                await self.publisher.close()
        except TimeoutError:
            log.warning("stopped_before_attempts_ended", seconds=seconds)
        await polls_end
        await self.systems.close()

    def _is_pushed(self, destination: str) -> bool:
        """Tell whether the queue serves a destination."""
        system = self.directory.systems.get(destination)
        return system is not None and system.connector != INBOX

    def _fetched(self) -> tuple[str, ...]:
        """Name the systems that fetch for themselves."""
        return tuple(name for name, system in self.directory.systems.items() if system.connector == INBOX)

    async def _consume(self) -> None:
        """Consume what is open and not yet consumed; stop what is gone or changed its pace."""
        wanted = {one.system.name: one.system.concurrency for one in self.systems.all()}
        for destination in [name for name, pace in self._consumed.items() if wanted.get(name) != pace]:
            await self.queue.stop(destination)
            del self._consumed[destination]
        for destination, pace in wanted.items():
            if destination not in self._consumed:
                await self.queue.consume(destination, self.deliverer.handle, concurrency=pace)
                self._consumed[destination] = pace

    def _poll_all(self) -> None:
        """Poll every open system that must be polled, and no other."""
        self.polling.follow([one.system.name for one in self.systems.all() if one.polls])

    def _loop(self, name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """Do something again and again, until the gateway closes."""
        self._loops.append(asyncio.create_task(recur(name, seconds, work)))

    async def _measure(self) -> None:
        """Set the gauges of the queue and of what waits."""
        self.telemetry.queue_connected(connected=self.queue.connected)
        self.telemetry.pending(await self.reader.counts(now=self.clock.now()), self.directory.systems)


def _new_id() -> str:
    """Draw a new id that sorts by time, so that the ledger writes beside what it wrote last."""
    return f"{time.time_ns() // 1_000_000:012x}{random.getrandbits(80):020x}"


@asynccontextmanager
async def open_gateway(site: Site) -> AsyncIterator[Gateway]:
    """Open a gateway on the site's backing; `start` begins its work, leaving the block stops it gracefully."""
    async with AsyncExitStack() as stack:
        telemetry = PrometheusTelemetry()
        pushed = [system.name for system in site.systems if system.connector != INBOX]
        backing = await stack.enter_async_context(open_backing(site, destinations=pushed, telemetry=telemetry))
        http = await stack.enter_async_context(AiohttpHttp(call_seconds=site.timing.call_seconds))
        blobs = FolderBlobs(Path(site.data) / "blobs")
        gateway = Gateway(site=site, backing=backing, blobs=blobs, http=http, telemetry=telemetry)
        stack.push_async_callback(gateway.close)
        yield gateway
