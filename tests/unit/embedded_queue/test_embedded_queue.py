"""What the embedded queue promises beyond the contract: once, bounded, not hot."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway.adapters.embedded_queue import EmbeddedQueue
from gateway.domain.errors import RetryLater
from gateway.testing.queue_contract import Desk, work


async def test_publishing_what_is_ready_is_nothing() -> None:
    queue, sent, desk = EmbeddedQueue(), work(), Desk()

    await queue.publish([sent, sent])
    await queue.publish([sent])

    assert await queue.depth("agency-a") == 1
    await queue.consume("agency-a", desk.handle, concurrency=4)
    await desk.until_ended(1)
    await queue.close()
    assert desk.begun == [sent]


async def test_publishing_what_is_in_hand_is_nothing() -> None:
    queue, sent, last, desk = EmbeddedQueue(), work(), work(), Desk(is_open=False)
    await queue.consume("agency-a", desk.handle, concurrency=2)
    await queue.publish([sent])
    await desk.until_begun(1)

    await queue.publish([sent])
    desk.open()
    await queue.publish([last])

    await desk.until_ended(2)
    await queue.close()
    assert desk.begun == [sent, last]


async def test_what_is_delayed_while_in_hand_comes_when_that_has_ended() -> None:
    queue, sent, desk = EmbeddedQueue(), work(), Desk(is_open=False)
    await queue.consume("agency-a", desk.handle, concurrency=2)
    await queue.publish([sent])
    await desk.until_begun(1)

    await queue.delay(sent, timedelta(0))
    await asyncio.sleep(0.01)
    desk.open()

    await desk.until_ended(2)
    await queue.close()
    assert desk.most_running == 1


async def test_pauses_after_a_handler_that_raises_double_to_a_limit() -> None:
    queue = EmbeddedQueue(first_pause=timedelta(milliseconds=20), longest_pause=timedelta(milliseconds=80))
    desk = Desk(raises=4)
    await queue.consume("agency-a", desk.handle, concurrency=1)

    await queue.publish([work()])

    await desk.until_ended(1)
    await queue.close()
    gaps = [after - before for before, after in zip(desk.begun_at, desk.begun_at[1:], strict=False)]
    for gap, expected in zip(gaps, (0.02, 0.04, 0.08, 0.08), strict=True):
        assert gap >= expected * 0.9


async def test_payloads_stay_out_when_much_is_held() -> None:
    queue, desk = EmbeddedQueue(inline_bytes=4), Desk()
    await queue.publish([work(), work()])
    await queue.publish([work()])

    await queue.consume("agency-a", desk.handle, concurrency=1)

    await desk.until_ended(3)
    await queue.publish([work()])
    await desk.until_ended(4)
    await queue.close()
    assert [each.payload for each in desk.ended] == [b"{}", b"{}", None, b"{}"]


async def test_payloads_of_what_is_delayed_count_too() -> None:
    queue, desk = EmbeddedQueue(inline_bytes=3), Desk()
    await queue.delay(work(), timedelta(0))
    await queue.delay(work(), timedelta(0))

    await queue.consume("agency-a", desk.handle, concurrency=1)

    await desk.until_ended(2)
    await queue.close()
    assert [each.payload for each in desk.ended] == [b"{}", None]


async def test_a_full_queue_takes_nothing_more() -> None:
    queue = EmbeddedQueue(capacity=2)
    await queue.publish([work(), work()])

    with pytest.raises(RetryLater, match="full"):
        await queue.publish([work()])
    with pytest.raises(RetryLater, match="full"):
        await queue.delay(work(), timedelta(hours=1))


async def test_a_closed_queue_takes_nothing_and_rings_for_nothing() -> None:
    queue = EmbeddedQueue()
    await queue.delay(work(), timedelta(milliseconds=1))

    await queue.close()

    with pytest.raises(RetryLater, match="closed"):
        await queue.publish([work()])
    await asyncio.sleep(0.01)
    assert await queue.depth("agency-a") == 0
