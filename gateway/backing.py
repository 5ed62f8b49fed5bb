"""The two backings of the ports: SQLite and memory in one process, or PostgreSQL and RabbitMQ between many."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from gateway.adapters.embedded_queue import EmbeddedQueue
from gateway.adapters.ledger_rules.measure import untold
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.domain.errors import NeedsPerson, RetryLater
from gateway.ports import Desk, Ledger, Queue, Reader, Registers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection

    from gateway.adapters.ledger_rules.ledger import GroupLedger
    from gateway.adapters.ledger_rules.measure import Committed
    from gateway.ports import Telemetry
    from gateway.settings.site import Site

__all__ = ["Backing", "LedgerSet", "open_backing", "open_ledger"]

log = structlog.get_logger(__name__)
T = TypeVar("T")

#: Between two tries of reaching a service that is not there yet, in seconds: at most the first to begin with, at most the second later.
PAUSES = (0.2, 3.0)


class LedgerSet(Ledger, Desk, Registers, Protocol):
    """All that changes a ledger."""


class Backing(msgspec.Struct, frozen=True, kw_only=True):
    """An open backing; `embedded` says that nobody else uses it."""

    ledger: LedgerSet
    reader: Reader
    queue: Queue
    embedded: bool


@asynccontextmanager
async def open_ledger(site: Site, *, committed: Committed = untold) -> AsyncIterator[GroupLedger]:
    """Open the site's ledger alone. Raises `NeedsPerson` when it is in use by another process (embedded), or is not to be trusted."""
    if site.backing is None:
        folder = Path(site.data)
        try:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise NeedsPerson(
                f"the data folder {folder} cannot be made: {error.strerror}; see `data` in site.yaml", code="no_data"
            ) from error
        async with open_sqlite_ledger(folder / "ledger.sqlite3", committed=committed) as ledger:
            yield ledger
    else:
        from gateway.adapters.postgres.ledger import open_postgres_ledger  # noqa: PLC0415 - the extra is needed by a scaled site only

        scaled = site.backing
        async with open_postgres_ledger(scaled.postgres, pool_size=scaled.postgres_connections, committed=committed) as ledger:
            yield ledger


@asynccontextmanager
async def open_backing(site: Site, *, destinations: Collection[str], telemetry: Telemetry) -> AsyncIterator[Backing]:
    """Open ledger and queue of a site; `destinations` are those the queue serves.

    A database or broker that comes up later than the gateway is waited for, up to the site's `start_seconds`; then raises `NeedsPerson`.
    """
    seconds = site.timing.start_seconds
    async with AsyncExitStack() as stack:
        ledger = await _wait_for(
            "postgres", lambda: stack.enter_async_context(open_ledger(site, committed=telemetry.committed)), seconds=seconds
        )
        queue = await _wait_for("rabbitmq", lambda: _open_queue(site, destinations), seconds=seconds)
        stack.push_async_callback(_close, queue, site.timing.stop_seconds)
        yield Backing(ledger=ledger, reader=ledger.reader, queue=queue, embedded=site.backing is None)


async def _wait_for(service: str, reach: Callable[[], Awaitable[T]], *, seconds: float) -> T:
    """Reach a service; when that fails try again until the time is up, and say then what a person has to look at."""
    try:
        return await reach()
    except RetryLater as error:
        log.warning("service_not_there_yet", service=service, reason=error.text, waiting_seconds=seconds)
    first, longest = PAUSES
    patience = AsyncRetrying(
        stop=stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=first, max=longest),
        retry=retry_if_exception_type(RetryLater),
        reraise=True,
    )

    async def once() -> T:
        return await reach()

    try:
        return await patience(once)
    except RetryLater as error:
        raise NeedsPerson(
            f"{service} could not be used within {seconds:g} seconds ({error.text}): see that it runs and that `backing.{service}` of "
            "site.yaml is its address; `timing.start_seconds` says how long a start waits for it",
            code="backing_away",
        ) from error


async def _open_queue(site: Site, destinations: Collection[str]) -> Queue:
    """Open the queue that goes with the ledger."""
    if site.backing is None:
        return EmbeddedQueue()
    from gateway.adapters.rabbitmq.queue import RabbitQueue  # noqa: PLC0415 - a scaled site only

    return await RabbitQueue.open(site.backing.rabbitmq, destinations=tuple(destinations), publish_timeout=site.timing.publish_seconds)


async def _close(queue: Queue, seconds: float) -> None:
    """Let go of the queue; a broker that does not answer any more is left to notice by itself."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await queue.close()
