"""Several processes on one database: two ledgers opened side by side, each with connections of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from gateway.adapters.postgres.ledger import open_postgres_ledger
from gateway.domain.delivery import ACTIVE, State
from gateway.domain.errors import NeedsPerson, RetryLater
from gateway.ports import Accepted, Filter, Repeated
from gateway.testing.ledger_sample import (
    MINUTE,
    NOW,
    WholeLedger,
    accept,
    acceptance,
    deliver,
    lease,
    settle,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from gateway.devservers import Postgres


@pytest_asyncio.fixture
async def ledgers(database: str) -> AsyncIterator[list[WholeLedger]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_postgres_ledger(database, pool_size=2)) for _ in range(3)]


async def test_processes_that_accept_one_message_at_once_accept_it_once(ledgers: list[WholeLedger]) -> None:
    for round_ in range(10):
        given = [acceptance(f"m{round_}", dossier=f"D{round_}") for _ in range(12)]

        answers = await asyncio.gather(*[ledgers[index % 3].accept(item) for index, item in enumerate(given)])

        assert Counter(type(answer) for answer in answers) == {Accepted: 1, Repeated: 11}
        assert len({answer.receipt.transfer_id for answer in answers}) == 1


async def test_processes_that_open_one_dossier_at_once_open_one(ledgers: list[WholeLedger]) -> None:
    names = [("N-1", "national"), ("R-1", "receipt")]
    given = [acceptance(f"m{index}", more=tuple(names[:: 1 if index % 2 else -1])) for index in range(30)]

    answers = await asyncio.gather(*[accept(ledgers[index % 3], item) for index, item in enumerate(given)])

    assert len({answer.receipt.dossier_id for answer in answers}) == 1
    page = await ledgers[0].reader.deliveries(Filter())
    assert sorted(item.position for item in page.deliveries) == list(range(1, 31))
    assert len([item for item in page.deliveries if item.state in ACTIVE]) == 1


async def test_processes_that_lease_at_once_get_one_lease(ledgers: list[WholeLedger]) -> None:
    for round_ in range(10):
        work = (await accept(ledgers[0], acceptance(f"m{round_}", dossier=f"D{round_}"))).works[0]

        leases = await asyncio.gather(
            *[ledgers[index % 3].lease(work.delivery_id, owner=f"w{index}", now=NOW, until=NOW + MINUTE) for index in range(9)]
        )

        assert len([held for held in leases if held is not None]) == 1


async def test_processes_that_settle_and_accept_in_one_lane_keep_its_order(ledgers: list[WholeLedger]) -> None:
    work = (await accept(ledgers[0], acceptance("m0"))).works[0]
    seen = [work.delivery_id]

    async def send(index: int) -> list[str]:
        return [work.delivery_id for work in (await accept(ledgers[index % 3], acceptance(f"m{index}"))).works]

    async def deliver_head(turn: int) -> list[str]:
        return [work.delivery_id for work in await deliver(ledgers[turn % 3], seen[-1])]

    async def heads_of(*calls: Awaitable[list[str]]) -> list[str]:
        return [name for names in await asyncio.gather(*calls) for name in names]

    for turn in range(12):
        heads = await heads_of(deliver_head(turn), *[send(turn * 3 + index + 1) for index in range(3)])
        assert len(heads) == 1
        seen.extend(heads)

    page = await ledgers[0].reader.deliveries(Filter(), limit=100)
    position = {item.id: item.position for item in page.deliveries}
    assert [position[name] for name in seen] == list(range(1, 14))


async def test_processes_that_sweep_at_once_find_each_work_once(ledgers: list[WholeLedger]) -> None:
    for index in range(50):
        await accept(ledgers[0], acceptance(f"m{index}", dossier=f"D{index}"))

    found = await asyncio.gather(*[ledger.sweep(now=NOW + MINUTE, limit=100, grace=timedelta(seconds=30)) for ledger in ledgers])

    swept = Counter(work.delivery_id for works in found for work in works)
    assert len(swept) == 50
    assert set(swept.values()) == {1}


async def test_the_journal_of_many_processes_is_one_chain(ledgers: list[WholeLedger]) -> None:
    async def carry(index: int) -> None:
        ledger = ledgers[index % 3]
        work = (await accept(ledger, acceptance(f"m{index}", dossier=f"D{index}"))).works[0]
        await deliver(ledger, work.delivery_id, reference=f"T{index}")

    await asyncio.gather(*[carry(index) for index in range(90)])

    check = await ledgers[0].reader.verify_journal()
    assert (check.sound, check.broken_at) == (270, None)


async def test_the_journal_refuses_to_be_changed_and_shows_that_it_was(ledgers: list[WholeLedger], database: str) -> None:
    for index in range(3):
        await accept(ledgers[0], acceptance(f"m{index}"))
    connection = await asyncpg.connect(database)

    for forbidden in ("UPDATE journal SET who = 'x'", "DELETE FROM journal", "TRUNCATE journal"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute(forbidden)
    await connection.execute("ALTER TABLE journal DISABLE TRIGGER USER; UPDATE journal SET who = 'x' WHERE number = 2")
    await connection.close()

    check = await ledgers[0].reader.verify_journal()
    assert (check.sound, check.broken_at) == (1, 2)


async def test_a_ledger_that_a_newer_program_made_is_refused(ledgers: list[WholeLedger], database: str) -> None:
    assert ledgers
    connection = await asyncpg.connect(database)
    await connection.execute("INSERT INTO migration (number, name, checksum) VALUES (9999, 'later', '')")

    with pytest.raises(NeedsPerson, match="newer"):
        async with open_postgres_ledger(database):
            pass

    await connection.execute("DELETE FROM migration WHERE number = 9999; UPDATE migration SET checksum = 'other'")
    with pytest.raises(NeedsPerson, match="checksum"):
        async with open_postgres_ledger(database):
            pass
    await connection.close()


async def test_a_lost_connection_is_opened_again(ledgers: list[WholeLedger], database: str) -> None:
    ledger = ledgers[0]
    await accept(ledger, acceptance())
    connection = await asyncpg.connect(database)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    await connection.close()

    with suppress(RetryLater):  # a loss that was noticed before is no loss to the caller
        await ledger.accept(acceptance("m2"))
    await ledger.accept(acceptance("m2"))

    found = await ledger.reader.deliveries(Filter())
    assert sorted(item.state for item in found.deliveries) == [State.QUEUED, State.WAITING]


async def test_while_the_database_is_away_everything_says_try_later_and_then_goes_on(
    ledgers: list[WholeLedger], postgres: Postgres
) -> None:
    ledger = ledgers[0]
    held = await lease(ledger, (await accept(ledger, acceptance())).works[0].delivery_id)
    await postgres.kill()
    try:
        waiting = [ledger.accept(acceptance(f"n{index}")) for index in range(5)]
        answers = await asyncio.gather(*waiting, settle(ledger, held), ledger.reader.dossier("D1"), return_exceptions=True)
        assert all(isinstance(answer, RetryLater) for answer in answers), answers
    finally:
        await postgres.start()

    await settle(ledger, held)
    await accept(ledger, acceptance("n1"))
    assert (await ledger.reader.verify_journal()).broken_at is None
