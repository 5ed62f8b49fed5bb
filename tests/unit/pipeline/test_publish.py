"""A destination whose queue does not take its work holds up no other."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from gateway.adapters.embedded_queue import EmbeddedQueue
from gateway.adapters.prometheus import PrometheusTelemetry
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.domain.errors import RetryLater
from gateway.pipeline.publish import Publisher
from gateway.pipeline.sweep import Sweeper
from gateway.ports import Work
from gateway.testing.ledger_sample import accept, acceptance
from gateway.testing.queue_contract import work


class Shelf(EmbeddedQueue):
    """A queue that writes down its batches; a stuck destination it answers only after `release`, and then with a failure."""

    def __init__(self, *, stuck: Collection[str] = ()) -> None:
        super().__init__()
        self.batches: list[list[Work]] = []
        self.took = asyncio.Event()
        self._stuck = stuck
        self._released = asyncio.Event()

    async def publish(self, works: Sequence[Work]) -> None:
        if any(each.destination in self._stuck for each in works):
            await self._released.wait()
            raise RetryLater("not confirmed in time")
        self.batches.append(list(works))
        await super().publish(works)
        self.took.set()

    def release(self) -> None:
        self._released.set()

    @property
    def taken(self) -> list[Work]:
        return [each for batch in self.batches for each in batch]


class Bench:
    """A publisher over a shelf."""

    def __init__(self, *, stuck: Collection[str] = (), batch: int = 200, backlog: int = 1000) -> None:
        self.shelf = Shelf(stuck=stuck)
        self.telemetry = PrometheusTelemetry()
        self.publisher = Publisher(
            queue=self.shelf, telemetry=self.telemetry, carries=lambda name: name != "inbox", batch=batch, backlog=backlog
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shelf.release()
        await self.publisher.close()
        await self.shelf.close()

    def has_given_up(self, count: int) -> bool:
        return f"lienthong_publish_failed_total {count:.1f}\n".encode() in self.telemetry.exposition()[0]


class NoonClock:
    """Two thousand twenty-six, always noon."""

    def now(self) -> datetime:
        return datetime(2026, 6, 1, 12, tzinfo=UTC)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_destination_that_does_not_confirm_holds_up_no_other() -> None:
    async with Bench(stuck=["stuck"]) as bench:
        bench.publisher.publish([work("stuck"), work("well"), work("stuck"), work("fine")])
        await settle()

        assert {each.destination for each in bench.shelf.taken} == {"well", "fine"}
    assert bench.has_given_up(2)


async def test_what_waits_goes_in_batches() -> None:
    async with Bench(batch=3) as bench:
        bench.publisher.publish([work("well") for _ in range(7)])
        await settle()

        assert [len(batch) for batch in bench.shelf.batches] == [3, 3, 1]


async def test_beyond_the_backlog_the_longest_line_gives_way() -> None:
    async with Bench(stuck=["stuck"], backlog=5) as bench:
        bench.publisher.publish([work("stuck") for _ in range(5)])
        wanted = work("well")

        bench.publisher.publish([wanted])
        assert bench.has_given_up(1)
        await settle()

        assert bench.shelf.taken == [wanted]
    assert bench.has_given_up(5)


async def test_what_the_queue_does_not_carry_is_not_published() -> None:
    async with Bench() as bench:
        bench.publisher.publish([work("inbox")])
        await settle()

        assert bench.shelf.taken == []


async def test_closing_waits_for_every_line() -> None:
    async with Bench() as bench:
        sent = [work(f"agency-{number}") for number in range(9)]
        bench.publisher.publish(sent)

        await bench.publisher.close()

        assert bench.shelf.taken == sent


async def test_a_sweep_is_not_held_up_by_a_destination_that_does_not_confirm(tmp_path: Path) -> None:
    shelf = Shelf(stuck=["stuck"])
    async with open_sqlite_ledger(tmp_path / "ledger.sqlite3") as ledger:
        accepted = await accept(ledger, acceptance(to=("stuck", "well")))
        sweeper = Sweeper(
            ledger=ledger, reader=ledger.reader, queue=shelf, clock=NoonClock(), telemetry=PrometheusTelemetry(), fetched=tuple
        )

        sweeping = asyncio.create_task(sweeper.sweep(grace=timedelta()))
        async with asyncio.timeout(10):
            await shelf.took.wait()
        assert not sweeping.done()
        shelf.release()

        assert await sweeping == 1
        assert shelf.taken == [accepted.works[1]]
    await shelf.close()
