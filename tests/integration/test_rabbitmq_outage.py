"""The queue through every way in which a broker can be away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from gateway.adapters.rabbitmq.queue import RabbitQueue
from gateway.adapters.rabbitmq.timing import Timing
from gateway.adapters.rabbitmq.topology import queue_of
from gateway.devservers import private_rabbitmq
from gateway.domain.errors import RetryLater
from gateway.testing.queue_contract import Desk, eventually, work
from tests.fault_proxy import fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.devservers import RabbitMQ
    from gateway.ports import Work
    from tests.fault_proxy import FaultProxy

QUICK = Timing(
    connect=timedelta(seconds=3),
    heartbeat=timedelta(seconds=1),
    first_pause=timedelta(milliseconds=50),
    longest_pause=timedelta(milliseconds=500),
    watch=timedelta(milliseconds=300),
)


async def open_queue(url: str, *, publish_timeout: float = 2.0, must_connect: bool = True) -> RabbitQueue:
    """Open a queue that is quick to notice and to come back."""
    return await RabbitQueue.open(url, destinations=["agency-a"], timing=QUICK, publish_timeout=publish_timeout, must_connect=must_connect)


@pytest.fixture
async def proxy(rabbitmq: RabbitMQ) -> AsyncIterator[FaultProxy]:
    """Stand between the queue and the broker."""
    async with fault_proxy(rabbitmq.port) as proxy:
        yield proxy


@pytest.fixture
async def queue(vhost: str, rabbitmq: RabbitMQ, proxy: FaultProxy) -> AsyncIterator[RabbitQueue]:
    """Open a queue that goes through the proxy."""
    queue = await open_queue(vhost.replace(f":{rabbitmq.port}/", f":{proxy.port}/"))
    yield queue
    proxy.heal()
    await queue.close()


async def is_usable(queue: RabbitQueue, *, consumers: int = 0) -> bool:
    """Tell whether the queue is connected and consuming."""
    return queue.connected and queue.consumers("agency-a") == consumers


async def publish_until_taken(queue: RabbitQueue, sent: list[Work]) -> int:
    """Publish again and again, as the sweeper would; tell how often it failed."""
    failed = 0
    while True:
        try:
            await queue.publish(sent)
        except RetryLater:
            failed += 1
            await asyncio.sleep(0.1)
        else:
            return failed


async def test_publishing_on_a_dead_connection_fails_within_the_time_limit(queue: RabbitQueue, proxy: FaultProxy) -> None:
    proxy.blackhole()
    begun = asyncio.get_running_loop().time()

    with pytest.raises(RetryLater, match="did not confirm in time"):
        await queue.publish([work() for _ in range(200)])

    assert asyncio.get_running_loop().time() - begun < 3


async def test_a_dead_connection_is_replaced(queue: RabbitQueue, proxy: FaultProxy) -> None:
    desk = Desk()
    await queue.consume("agency-a", desk.handle, concurrency=2)
    proxy.blackhole()
    with pytest.raises(RetryLater):
        await queue.publish([work()])
    sent = work()

    proxy.heal()
    await publish_until_taken(queue, [sent])

    await desk.until(lambda: sent in desk.ended)


async def test_a_connection_that_falls_silent_is_noticed_without_publishing(queue: RabbitQueue, proxy: FaultProxy) -> None:
    proxy.blackhole()

    await eventually(lambda: is_lost(queue))


async def is_lost(queue: RabbitQueue) -> bool:
    """Tell whether the queue says that it has no broker."""
    return not queue.connected


async def test_a_cut_connection_costs_nothing_that_was_confirmed(queue: RabbitQueue, proxy: FaultProxy) -> None:
    desk, sent = Desk(), [work() for _ in range(300)]
    await queue.consume("agency-a", desk.handle, concurrency=4)

    for start in range(0, 300, 50):
        await publish_until_taken(queue, sent[start : start + 50])
        proxy.reset()
        proxy.heal()

    await desk.until(lambda: {each.delivery_id for each in desk.ended} >= {each.delivery_id for each in sent})
    await eventually(lambda: is_usable(queue, consumers=1))


async def test_everything_raises_while_the_broker_is_away(queue: RabbitQueue, proxy: FaultProxy) -> None:
    proxy.reset()
    await eventually(lambda: is_lost(queue))

    for attempt in (
        queue.publish([work()]),
        queue.delay(work(), timedelta(seconds=3)),
        queue.depth("agency-a"),
        queue.declare("agency-b"),
    ):
        with pytest.raises(RetryLater):
            await attempt


async def test_consuming_may_begin_while_the_broker_is_away(queue: RabbitQueue, proxy: FaultProxy) -> None:
    desk, sent = Desk(), work()
    proxy.reset()
    await eventually(lambda: is_lost(queue))

    await queue.consume("agency-a", desk.handle, concurrency=1)
    proxy.heal()
    await publish_until_taken(queue, [sent])

    await desk.until_ended(1)
    assert desk.ended == [sent]


async def test_stopping_and_closing_end_while_the_broker_is_away(queue: RabbitQueue, proxy: FaultProxy) -> None:
    await queue.consume("agency-a", Desk().handle, concurrency=1)
    proxy.blackhole()

    async with asyncio.timeout(15):
        await queue.stop("agency-a")
        await queue.close()


async def test_stopping_does_not_wait_until_a_silent_broker_is_given_up(vhost: str, rabbitmq: RabbitMQ, proxy: FaultProxy) -> None:
    timing = msgspec.structs.replace(QUICK, heartbeat=timedelta(minutes=5))
    address = vhost.replace(f":{rabbitmq.port}/", f":{proxy.port}/")
    queue = await RabbitQueue.open(address, destinations=["agency-a"], timing=timing, publish_timeout=2.0)
    desk, sent = Desk(is_open=False), work()
    await queue.consume("agency-a", desk.handle, concurrency=1)
    await queue.publish([sent])
    await desk.until_begun(1)

    proxy.blackhole()
    desk.open()
    async with asyncio.timeout(10):
        await queue.stop("agency-a")
    proxy.heal()

    await queue.consume("agency-a", desk.handle, concurrency=1)
    await desk.until_ended(2)
    assert desk.ended == [sent, sent]
    await queue.close()


async def test_stopping_does_not_wait_for_a_consumer_that_is_just_beginning(vhost: str, rabbitmq: RabbitMQ, proxy: FaultProxy) -> None:
    timing = msgspec.structs.replace(QUICK, heartbeat=timedelta(minutes=5), connect=timedelta(minutes=1))
    address = vhost.replace(f":{rabbitmq.port}/", f":{proxy.port}/")
    queue = await RabbitQueue.open(address, destinations=["agency-a"], timing=timing)
    proxy.blackhole()
    beginning = asyncio.create_task(queue.consume("agency-a", Desk().handle, concurrency=1))
    await eventually(lambda: is_beginning(queue))

    async with asyncio.timeout(5):
        await queue.stop("agency-a")
        await beginning

    proxy.heal()
    await queue.close()


async def is_beginning(queue: RabbitQueue) -> bool:
    """Tell whether a consumer waits for the broker to let it consume."""
    return any(consumer._opening is not None for consumer in queue._consumers.get("agency-a", ()))


async def test_a_queue_may_be_opened_before_its_broker(vhost: str, rabbitmq: RabbitMQ, proxy: FaultProxy) -> None:
    proxy.reset()
    queue = await open_queue(vhost.replace(f":{rabbitmq.port}/", f":{proxy.port}/"), must_connect=False)
    assert not queue.connected

    proxy.heal()

    await eventually(lambda: is_usable(queue))
    await queue.publish([work()])
    await queue.close()


async def test_a_consumer_whose_queue_was_deleted_comes_back(queue: RabbitQueue) -> None:
    desk, sent = Desk(), work()
    await queue.consume("agency-a", desk.handle, concurrency=1)

    channel = await queue._out.connection.channel()
    await channel.queue_delete(queue_of("agency-a"))
    await eventually(lambda: is_usable(queue, consumers=0))
    await eventually(lambda: is_usable(queue, consumers=1))
    await publish_until_taken(queue, [sent])

    await desk.until_ended(1)
    await eventually(lambda: is_usable(queue, consumers=1))


async def test_a_consumer_that_the_broker_lost_without_a_word_is_restored(queue: RabbitQueue) -> None:
    desk, sent = Desk(), work()
    await queue.consume("agency-a", desk.handle, concurrency=1)
    session = queue._consumers["agency-a"][0]._session
    assert session is not None

    await session.cancel()
    session.channel.channel.consumers[session._consumer_tag] = ignore
    await queue.publish([sent])

    await desk.until_ended(1)


async def ignore(_: object) -> None:
    """Stand where the library wants a callback."""


@pytest.mark.slow
async def test_a_killed_broker_keeps_what_it_confirmed() -> None:
    async with private_rabbitmq() as broker:
        queue, desk, sent = await open_queue(broker.url()), Desk(), [work(payload=b"x" * 2000) for _ in range(1500)]
        await queue.consume("agency-a", desk.handle, concurrency=8)
        await broker.remember_queues()
        load = asyncio.create_task(publish_all(queue, sent))
        await desk.until_begun(300)

        await broker.kill()
        await eventually(lambda: is_lost(queue))
        await broker.start()

        failed = await load
        await desk.until(lambda: {each.delivery_id for each in desk.ended} >= {each.delivery_id for each in sent})
        await eventually(lambda: is_usable(queue, consumers=1))
        await queue.close()
        assert failed


async def publish_all(queue: RabbitQueue, sent: list[Work]) -> int:
    """Publish in small batches, each until it is taken; tell how often one failed."""
    failed = 0
    for start in range(0, len(sent), 20):
        failed += await publish_until_taken(queue, sent[start : start + 20])
        await asyncio.sleep(0.01)
    return failed


@pytest.mark.slow
async def test_a_wiped_broker_gets_its_topology_again() -> None:
    async with private_rabbitmq() as broker:
        queue, desk, sent = await open_queue(broker.url()), Desk(), work()
        await queue.consume("agency-a", desk.handle, concurrency=1)
        await queue.declare("agency-b")
        await queue.publish([work()])
        await desk.until_ended(1)

        await broker.wipe()
        await broker.start()
        await publish_until_taken(queue, [sent])

        await desk.until(lambda: sent in desk.ended)
        await eventually(lambda: is_usable(queue, consumers=1))
        await queue.publish([work("agency-b")])
        await queue.delay(work(), timedelta(seconds=1))
        await desk.until_ended(3)
        await queue.close()
