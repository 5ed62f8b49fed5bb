"""A poll under way ends by itself, and a system is never polled twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta

from gateway.domain.agency import System
from gateway.pipeline.opened import Opened
from gateway.pipeline.poll import Poller
from gateway.pipeline.polling import Polling
from gateway.sdk import Case, Document, Inbound, News, Outcome, Outgoing, Polled, Polls, Read

CIVIL = System(name="ho-tich", agency="H40.1", connector="any")


class Silent:
    """A connector that never has news."""

    poll_every = timedelta()

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        raise NotImplementedError

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        raise NotImplementedError

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        _ = cases, checkpoint
        yield Polled()

    async def receive(self, news: News) -> tuple[Read, ...]:
        raise NotImplementedError


class Slow(Poller):
    """Polls until it is let go; writes down how its polls began and ended."""

    def __init__(self) -> None:
        self.course: list[str] = []
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def poll(self, system: System, connector: Polls) -> int:
        _ = system, connector
        self.course.append("begun")
        self.begun.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.course.append("cut off")
            raise
        self.course.append("ended")
        return 0


async def polling(poller: Slow) -> Polling:
    """Poll one system, until its first poll is under way."""
    opened = Polling(poller, {"ho-tich": Opened.of(CIVIL, Silent())}.get)
    opened.follow(["ho-tich"])
    await poller.begun.wait()
    return opened


async def test_a_poll_under_way_ends_before_the_polling_does() -> None:
    poller = Slow()
    opened = await polling(poller)

    closing = asyncio.create_task(opened.close(30))
    poller.let_go.set()
    await closing

    assert poller.course == ["begun", "ended"]


async def test_a_poll_that_does_not_end_in_time_is_cut_off() -> None:
    poller = Slow()

    await (await polling(poller)).close(0)

    assert poller.course == ["begun", "cut off"]


async def test_a_system_that_comes_back_is_polled_when_its_last_poll_has_ended() -> None:
    poller = Slow()
    opened = await polling(poller)
    poller.begun.clear()

    opened.follow([])
    opened.follow(["ho-tich"])
    poller.let_go.set()
    await poller.begun.wait()
    await opened.close(30)

    assert poller.course[:3] == ["begun", "ended", "begun"]


async def test_what_is_no_longer_open_is_polled_no_more() -> None:
    poller = Slow()
    opened = Polling(poller, lambda _: None)

    opened.follow(["ho-tich"])
    await opened.close(30)

    assert poller.course == []
