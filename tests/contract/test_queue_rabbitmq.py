"""The queue on RabbitMQ keeps the promises of a queue, and a few of its own."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.rabbitmq import check
from gateway.adapters.rabbitmq.queue import RabbitQueue
from gateway.adapters.rabbitmq.topology import DEAD, DELIVER
from gateway.adapters.rabbitmq.wire import Message
from gateway.domain.errors import RetryLater
from gateway.testing.queue_contract import Desk, QueueContract, eventually, work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TestRabbitQueue(QueueContract):
    """On a real broker."""

    shortest_pause = 1.0

    @pytest.fixture
    async def queue(self, vhost: str) -> AsyncIterator[RabbitQueue]:
        """Open a queue on an empty virtual host for one test."""
        queue = await RabbitQueue.open(vhost, destinations=["agency-a", "agency-b"])
        yield queue
        await queue.close()

    async def test_nothing_is_acknowledged_before_the_handler_returns(self, queue: RabbitQueue) -> None:
        desk, sent = Desk(is_open=False), work()
        await queue.consume("agency-a", desk.handle, concurrency=1)
        await queue.publish([sent])
        await desk.until_begun(1)

        queue._in.drop()
        await eventually(lambda: _is_consuming_again(queue))
        desk.open()

        await desk.until_ended(2)
        assert desk.ended == [sent, sent]
        await eventually(lambda: _is_empty(queue))

    async def test_a_crooked_pause_is_kept_by_several_rounds(self, queue: RabbitQueue) -> None:
        desk = Desk()
        await queue.consume("agency-a", desk.handle, concurrency=1)
        begun = asyncio.get_running_loop().time()

        await queue.delay(work(), timedelta(seconds=1.9))

        await desk.until_ended(1)
        assert 1.8 <= desk.begun_at[0] - begun < 4

    async def test_work_without_a_queue_is_refused_and_named(self, queue: RabbitQueue) -> None:
        with pytest.raises(RetryLater, match="no queue for agency-x"):
            await queue.publish([work(), work("agency-x"), work()])

        await queue.declare("agency-x")
        await queue.publish([work("agency-x")])
        assert await queue.depth("agency-x") == 1

    async def test_a_message_that_is_not_work_goes_to_the_dead_queue(self, queue: RabbitQueue) -> None:
        desk = Desk()
        await queue.consume("agency-a", desk.handle, concurrency=1)
        junk = Message(exchange=DELIVER, destination="agency-a", id="junk", body=b"junk")

        await queue._publish([junk])
        await queue.publish([work()])

        await desk.until_ended(1)
        await eventually(lambda: _is_dead(queue, 1))
        assert len(desk.begun) == 1

    async def test_delayed_work_of_a_destination_that_is_gone_goes_to_the_dead_queue(self, queue: RabbitQueue) -> None:
        await queue.delay(work("agency-gone"), timedelta(seconds=1))

        await eventually(lambda: _is_dead(queue, 1))

    async def test_a_large_payload_travels_in_several_frames(self, queue: RabbitQueue) -> None:
        desk, sent = Desk(), work(payload=bytes(range(256)) * 2000)
        await queue.consume("agency-a", desk.handle, concurrency=1)

        await queue.publish([sent])

        await desk.until_ended(1)
        assert desk.ended == [sent]


async def _is_consuming_again(queue: RabbitQueue) -> bool:
    """Tell whether the queue has a connection and a consumer."""
    return queue.connected and queue.consumers("agency-a") == 1


async def _is_empty(queue: RabbitQueue) -> bool:
    """Tell whether nothing is left, in hand or on the broker."""
    return await queue.depth("agency-a") == 0


async def _is_dead(queue: RabbitQueue, number: int) -> bool:
    """Tell whether so many messages are in the dead queue."""
    return (await check.count(queue._out.connection, DEAD))[0] == number
