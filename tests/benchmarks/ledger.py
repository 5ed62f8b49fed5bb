"""Measure accepts, leases and settlements a second: `python -m tests.benchmarks.ledger [--transfers N] [--postgres | --dsn DSN]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.adapters.postgres.ledger import open_postgres_ledger
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.devservers import private_postgres
from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.ports import Acceptance, Accepted, Settlement

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.adapters.ledger_rules.ledger import GroupLedger

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def acceptance(index: int, size: int) -> Acceptance:
    """A transfer of a new dossier with two ids, to one destination."""
    name = f"000.00.01.H21-260301-{index:06d}-{uuid4().hex[:6]}"
    return Acceptance(
        transfer_id=f"{time.time_ns() // 1_000_000:012x}{uuid4().hex[12:]}",
        sender="one-stop",
        message_id=name,
        digest=f"{index:064x}",
        event="submitted",
        procedure="1.000656",
        identifiers=(
            Identifier(value=name, scheme="dossier"),
            Identifier(value=name, scheme="one-stop"),
        ),
        destinations=("tax",),
        canonical=text(size),
        raw=text(size),
        raw_media_type="application/json",
        accepted_at=NOW,
    )


def text(size: int) -> bytes:
    """About so many bytes that compress about as well as a dossier does."""
    line = b'{"name":"%s","received_at":"2026-03-01T08:00:00+07:00","status":{"code":"processing"}},'
    return b"".join(line % os.urandom(8).hex().encode() for _ in range(size // 96 + 1))[:size]


async def spread(works: int, senders: int, call: Callable[[int], Awaitable[None]]) -> float:
    """Make `works` calls, `senders` at once; tell how many a second."""
    left = iter(range(works))

    async def sender() -> None:
        for index in left:
            await call(index)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(senders):
            group.create_task(sender())
    return works / (time.perf_counter() - begun)


async def measure(name: str, ledger: GroupLedger, *, transfers: int, senders: int, size: int) -> None:
    """Take transfers through accept, lease and settle, and print the rates."""
    given = [acceptance(index, size) for index in range(transfers)]
    deliveries: list[str] = []

    async def accept(index: int) -> None:
        answer = await ledger.accept(given[index])
        assert isinstance(answer, Accepted)
        deliveries.append(answer.works[0].delivery_id)

    async def lease_and_settle(index: int) -> None:
        lease = await ledger.lease(deliveries[index], owner="w", now=NOW, until=NOW + timedelta(minutes=1))
        assert lease is not None
        settlement = Settlement(
            delivery_id=lease.delivery.id, fence=lease.fence, state=State.DELIVERED, at=NOW, reference=f"T{index}-{uuid4().hex}"
        )
        await ledger.settle(settlement)

    cpu = time.process_time()
    accepted = await spread(transfers, senders, accept)
    settled = await spread(transfers, senders, lease_and_settle)
    cpu = (time.process_time() - cpu) / transfers * 1e6
    print(f"{name:>8}: {accepted:8.0f} accepts/s {settled:8.0f} lease+settle/s {cpu:6.0f} us CPU a transfer (this process)")


async def main() -> None:
    """Measure SQLite, and PostgreSQL when its address is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=20_000)
    parser.add_argument("--senders", type=int, default=256)
    parser.add_argument("--size", type=int, default=4096, help="bytes of the canonical and of the raw payload, each")
    parser.add_argument("--dsn", help="an empty PostgreSQL database")
    parser.add_argument("--postgres", action="store_true", help="start a private PostgreSQL for it")
    given = parser.parse_args()
    load = {"transfers": given.transfers, "senders": given.senders, "size": given.size}
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ledger = await stack.enter_async_context(open_sqlite_ledger(Path(folder) / "ledger.sqlite"))
        await measure("sqlite", ledger, **load)
        dsn = given.dsn
        if given.postgres:
            dsn = await (await stack.enter_async_context(private_postgres())).fresh_database()
        if dsn:
            other = await stack.enter_async_context(open_postgres_ledger(dsn))
            await measure("postgres", other, **load)


if __name__ == "__main__":
    asyncio.run(main())
