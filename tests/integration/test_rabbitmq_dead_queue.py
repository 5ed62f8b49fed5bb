"""A queue that the broker lists and nobody serves is declared anew, and no other queue notices."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import aiormq
import pytest
from structlog.testing import capture_logs

from gateway.adapters.rabbitmq.queue import RabbitQueue
from gateway.adapters.rabbitmq.timing import Timing
from gateway.adapters.rabbitmq.topology import MENDING, queue_of, retry_of
from gateway.devservers import private_rabbitmq
from gateway.domain.errors import RetryLater
from gateway.testing.queue_contract import Desk, eventually, work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.devservers import RabbitMQ
    from gateway.ports import Work

QUICK = Timing(
    answer=timedelta(seconds=1),
    connect=timedelta(seconds=3),
    first_pause=timedelta(milliseconds=50),
    longest_pause=timedelta(milliseconds=500),
    watch=timedelta(milliseconds=300),
)


async def open_queue(url: str) -> RabbitQueue:
    """Open a queue that is quick to doubt."""
    return await RabbitQueue.open(url, destinations=["agency-a", "agency-b"], timing=QUICK, publish_timeout=1.0)


async def end_process_of(broker: RabbitMQ, url: str, name: str) -> None:
    """End the broker's process of a queue and forget its log, as after a kill at the wrong moment; the broker still lists the queue."""
    vhost = url.rpartition("/")[2]
    await broker.evaluate(
        f'{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"{vhost}">>, queue, <<"{name}">>)), '
        "ok = ra:force_delete_server(quorum_queues, amqqueue:get_pid(Q))"
    )


@pytest.fixture
async def queue(vhost: str) -> AsyncIterator[RabbitQueue]:
    queue = await open_queue(vhost)
    yield queue
    await queue.close()


async def publish_until_taken(queue: RabbitQueue, sent: Work) -> None:
    """Publish again and again, as the sweeper would."""

    async def is_taken() -> bool:
        try:
            await queue.publish([sent])
        except RetryLater:
            return False
        return True

    await eventually(is_taken, within_seconds=60)


async def test_a_queue_without_a_process_is_found_when_the_connection_comes_back(
    queue: RabbitQueue, rabbitmq: RabbitMQ, vhost: str
) -> None:
    desk, sent = Desk(), work()
    await end_process_of(rabbitmq, vhost, queue_of("agency-a"))
    await end_process_of(rabbitmq, vhost, retry_of(1))

    with capture_logs() as logs:
        queue._out.drop()
        await publish_until_taken(queue, work("agency-b"))
    await queue.consume("agency-a", desk.handle, concurrency=1)
    await queue.publish([sent])
    await queue.delay(sent, timedelta(seconds=1))

    await desk.until_ended(2)
    assert {each["queue"] for each in logs if each["event"] == "queue_declared_anew"} == {"deliver.agency-a", "retry.1"}


async def test_a_queue_that_loses_its_process_holds_up_itself_alone(queue: RabbitQueue, rabbitmq: RabbitMQ, vhost: str) -> None:
    desk, other, sent = Desk(), Desk(), work()
    await queue.consume("agency-a", desk.handle, concurrency=1)
    await queue.consume("agency-b", other.handle, concurrency=1)
    connection = queue._out.connection

    await end_process_of(rabbitmq, vhost, queue_of("agency-a"))
    mending = asyncio.create_task(publish_until_taken(queue, sent))
    while not mending.done():
        await queue.publish([work("agency-b")])
        await asyncio.sleep(0.05)

    await desk.until(lambda: sent in desk.ended)
    assert queue._out.connection is connection
    assert other.ended


async def test_what_a_queue_holds_is_left_to_it(queue: RabbitQueue) -> None:
    sent = [work(), work()]
    await queue.publish(sent)
    await queue.delay(work(), timedelta(hours=1))

    with capture_logs() as logs:
        queue._reviver.suspect({queue_of("agency-a"), queue_of("agency-b"), retry_of(3600)})
        await eventually(lambda: is_trusted(queue, queue_of("agency-b")))

    assert await queue.depth("agency-a") == 2
    assert not [each for each in logs if each["log_level"] == "warning"]


async def is_trusted(queue: RabbitQueue, name: str) -> bool:
    """Tell whether nothing of a queue is in doubt."""
    return not queue._reviver.is_suspect(name)


async def test_a_queue_is_declared_anew_by_one_process_at_a_time(queue: RabbitQueue, rabbitmq: RabbitMQ, vhost: str) -> None:
    name = queue_of("agency-a")
    async with aiormq.connect(vhost) as other:
        channel = await other.channel()
        await channel.queue_declare(MENDING, exclusive=True)
        await end_process_of(rabbitmq, vhost, name)

        await queue._reviver.ask_all()
        assert queue._reviver.is_suspect(name)
        await channel.queue_delete(MENDING)

        await eventually(lambda: is_trusted(queue, name))
    await queue.publish([work()])


@pytest.mark.slow
async def test_a_broker_killed_in_the_moment_of_a_declaration_comes_back_usable() -> None:
    async with private_rabbitmq() as broker:
        queue, desk, sent = await open_queue(broker.url()), Desk(), work()
        await queue.consume("agency-a", desk.handle, concurrency=1)
        await queue.declare("agency-c")

        await broker.kill()
        await broker.start()

        for destination in ("agency-a", "agency-b", "agency-c"):
            await publish_until_taken(queue, work(destination))
        await queue.delay(sent, timedelta(seconds=1))
        await desk.until(lambda: sent in desk.ended)
        await queue.close()
