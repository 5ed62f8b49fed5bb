"""What every queue has to do, as tests: make a subclass with a `queue` fixture."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from gateway.ports import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.ports import Queue

__all__ = ["Desk", "QueueContract", "eventually", "work"]

#: The longest that anything may take that is expected to happen.
PATIENCE_SECONDS = 20.0

_numbers = count(1)


def work(destination: str = "agency-a", *, payload: bytes | None = b"{}") -> Work:
    """Make work unlike any other."""
    number = next(_numbers)
    return Work(
        delivery_id=f"delivery-{number}",
        destination=destination,
        dossier_id=f"dossier-{number}",
        transfer_id=f"transfer-{number}",
        payload=payload,
    )


async def eventually(holds: Callable[[], Awaitable[bool]], *, within_seconds: float = PATIENCE_SECONDS) -> None:
    """Return when it holds; fails when it does not in time."""
    async with asyncio.timeout(within_seconds):
        while not await holds():  # noqa: ASYNC110 - a broker tells nobody when its counts change
            await asyncio.sleep(0.02)


class Desk:
    """A handler that writes down what it is given, and lets it go when it is told to."""

    def __init__(self, *, is_open: bool = True, raises: int = 0) -> None:
        """Let everything go at once, unless it is not open; raise over the first so many."""
        self.begun: list[Work] = []
        self.begun_at: list[float] = []
        self.ended: list[Work] = []
        self.running = 0
        self.most_running = 0
        self._raises = raises
        self._gate = asyncio.Event()
        self._news = asyncio.Condition()
        if is_open:
            self._gate.set()

    async def handle(self, given: Work) -> None:
        """Take work."""
        self.begun.append(given)
        self.begun_at.append(asyncio.get_running_loop().time())
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await self._tell()
        try:
            await self._gate.wait()
            if self._raises:
                self._raises -= 1
                raise LookupError
            self.ended.append(given)
        finally:
            self.running -= 1
            await self._tell()

    def open(self) -> None:
        """Let go of what waits, and of all that comes."""
        self._gate.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when it holds after some news; fails when it does not in time."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(holds)

    async def until_begun(self, number: int) -> None:
        """Return when so many were begun."""
        await self.until(lambda: len(self.begun) >= number)

    async def until_ended(self, number: int) -> None:
        """Return when so many have ended well."""
        await self.until(lambda: len(self.ended) >= number)

    async def _tell(self) -> None:
        """Wake whoever waits for news."""
        async with self._news:
            self._news.notify_all()


class QueueContract:
    """The promises of `Queue`; `shortest_pause` is the shortest delay that the queue can make, in seconds."""

    shortest_pause = 0.05

    async def test_published_work_reaches_the_handler_whole(self, queue: Queue) -> None:
        desk, sent = Desk(), [work(), work(payload=None), work(payload=b"\x00\xff" * 9)]
        await queue.consume("agency-a", desk.handle, concurrency=2)

        await queue.publish(sent)

        await desk.until_ended(3)
        assert sorted(desk.ended, key=by_id) == sorted(sent, key=by_id)

    async def test_work_published_before_anybody_consumes_waits(self, queue: Queue) -> None:
        desk, sent = Desk(), work()
        await queue.publish([sent])

        await queue.consume("agency-a", desk.handle, concurrency=1)

        await desk.until_ended(1)
        assert desk.ended == [sent]

    async def test_a_large_batch_arrives_whole(self, queue: Queue) -> None:
        desk, sent = Desk(), [work(payload=b"x" * 3000) for _ in range(500)]
        await queue.consume("agency-a", desk.handle, concurrency=16)

        await queue.publish(sent)

        await desk.until_ended(len(sent))
        assert {each.delivery_id for each in desk.ended} == {each.delivery_id for each in sent}

    async def test_it_is_connected_until_it_is_closed(self, queue: Queue) -> None:
        assert queue.connected

        await queue.close()

        assert not queue.connected

    async def test_publishing_nothing_is_nothing(self, queue: Queue) -> None:
        await queue.publish([])

        assert await queue.depth("agency-a") == 0

    async def test_a_destination_gets_its_own_work_only(self, queue: Queue) -> None:
        desk, other = Desk(), Desk()
        await queue.consume("agency-a", desk.handle, concurrency=1)
        await queue.consume("agency-b", other.handle, concurrency=1)

        await queue.publish([work("agency-a"), work("agency-b"), work("agency-a")])

        await desk.until_ended(2)
        await other.until_ended(1)
        assert {each.destination for each in desk.ended} == {"agency-a"}
        assert {each.destination for each in other.ended} == {"agency-b"}

    async def test_no_more_handlers_run_than_the_concurrency_says(self, queue: Queue) -> None:
        desk = Desk(is_open=False)
        await queue.publish([work() for _ in range(12)])

        await queue.consume("agency-a", desk.handle, concurrency=3)
        await desk.until_begun(3)
        desk.open()

        await desk.until_ended(12)
        assert desk.most_running == 3

    async def test_work_whose_handler_raised_comes_again_after_a_pause(self, queue: Queue) -> None:
        desk, sent = Desk(raises=1), work()
        await queue.consume("agency-a", desk.handle, concurrency=1)

        await queue.publish([sent])

        await desk.until_ended(1)
        assert desk.begun == [sent, sent]
        assert desk.begun_at[1] - desk.begun_at[0] >= self.shortest_pause * 0.8

    async def test_work_whose_handler_raised_does_not_hold_up_the_rest(self, queue: Queue) -> None:
        desk = Desk(raises=1)
        await queue.consume("agency-a", desk.handle, concurrency=1)

        await queue.publish([work(), work(), work()])

        await desk.until_ended(3)
        assert desk.ended[-1] == desk.begun[0]

    async def test_delayed_work_comes_after_its_delay(self, queue: Queue) -> None:
        desk, at_once, later = Desk(), work(), work()
        await queue.consume("agency-a", desk.handle, concurrency=1)
        begun = asyncio.get_running_loop().time()

        await queue.delay(later, timedelta(seconds=self.shortest_pause))
        await queue.publish([at_once])

        await desk.until_ended(2)
        assert desk.ended == [at_once, later]
        assert desk.begun_at[1] - begun >= self.shortest_pause * 0.8

    async def test_the_shorter_delay_ends_first(self, queue: Queue) -> None:
        desk, longer, shorter = Desk(), work(), work()
        await queue.consume("agency-a", desk.handle, concurrency=1)

        await queue.delay(longer, timedelta(seconds=self.shortest_pause * 2.5))
        await queue.delay(shorter, timedelta(seconds=self.shortest_pause))

        await desk.until_ended(2)
        assert desk.ended == [shorter, longer]

    async def test_a_delay_of_nothing_is_no_delay(self, queue: Queue) -> None:
        desk, sent = Desk(), work()
        await queue.consume("agency-a", desk.handle, concurrency=1)

        await queue.delay(sent, timedelta(0))

        await desk.until_ended(1)
        assert desk.ended == [sent]

    async def test_stopping_waits_for_the_handler_and_leaves_the_rest(self, queue: Queue) -> None:
        desk, later = Desk(is_open=False), Desk()
        await queue.publish([work() for _ in range(4)])
        await queue.consume("agency-a", desk.handle, concurrency=1)
        await desk.until_begun(1)

        stopping = asyncio.create_task(queue.stop("agency-a"))
        await asyncio.sleep(0.1)
        assert not stopping.done()
        desk.open()
        await stopping

        assert len(desk.begun) == len(desk.ended) == 1
        await queue.consume("agency-a", later.handle, concurrency=1)
        await later.until_ended(3)
        assert desk.ended[0] not in later.ended

    async def test_stopping_what_nobody_consumes_is_nothing(self, queue: Queue) -> None:
        await queue.stop("agency-a")

    async def test_two_consumers_of_a_destination_share_its_work(self, queue: Queue) -> None:
        one, other = Desk(is_open=False), Desk(is_open=False)
        await queue.consume("agency-a", one.handle, concurrency=1)
        await queue.consume("agency-a", other.handle, concurrency=1)

        await queue.publish([work() for _ in range(6)])

        await one.until_begun(1)
        await other.until_begun(1)
        one.open()
        other.open()
        await eventually(lambda: _are(len(one.ended) + len(other.ended) == 6))
        assert not {by_id(each) for each in one.ended} & {by_id(each) for each in other.ended}

    async def test_depth_counts_what_is_ready_and_what_is_in_hand(self, queue: Queue) -> None:
        desk = Desk(is_open=False)
        await queue.publish([work() for _ in range(5)])
        await queue.delay(work(), timedelta(hours=1))
        assert await queue.depth("agency-a") == 5

        await queue.consume("agency-a", desk.handle, concurrency=2)
        await desk.until_begun(2)
        await eventually(lambda: _depth_is(queue, 5))
        desk.open()

        await eventually(lambda: _depth_is(queue, 0))

    async def test_closing_waits_for_running_handlers(self, queue: Queue) -> None:
        desk = Desk(is_open=False)
        await queue.consume("agency-a", desk.handle, concurrency=2)
        await queue.publish([work(), work()])
        await desk.until_begun(2)

        closing = asyncio.create_task(queue.close())
        await asyncio.sleep(0.1)
        assert not closing.done()
        desk.open()

        await closing
        assert len(desk.ended) == 2
        assert desk.running == 0


def by_id(given: Work) -> str:
    """Order work by its delivery."""
    return given.delivery_id


async def _are(fact: bool) -> bool:  # noqa: FBT001 - a fact to be waited for
    """Turn a fact into something to wait for."""
    return fact


async def _depth_is(queue: Queue, number: int) -> bool:
    """Tell whether the depth is so much."""
    return await queue.depth("agency-a") == number
