"""The floor: the least that carries a dossier over RabbitMQ, with aio-pika. No ledger, no checks, no translation, no receipt.

`python -m tests.benchmarks.plain door|worker BROKER AGENCY`: the door publishes each body with a confirm before it answers; the worker posts it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import aio_pika
import aiohttp
import uvloop
from aiohttp import web

from tests.benchmarks.listen import listen_for_ever

if TYPE_CHECKING:
    from aio_pika.abc import AbstractIncomingMessage

QUEUE = "plain"
ARGUMENTS = {"x-queue-type": "quorum"}
PREFETCH = 256


async def door(broker: str) -> None:
    """Answer 202 when the broker has the body."""
    connection = await aio_pika.connect_robust(broker)
    channel = await connection.channel(publisher_confirms=True)
    await channel.declare_queue(QUEUE, durable=True, arguments=ARGUMENTS)

    async def accept(request: web.Request) -> web.Response:
        body = await request.read()
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, QUEUE)
        return web.Response(status=202)

    await listen_for_ever(accept)


async def worker(broker: str, agency: str) -> None:
    """Post each body to the agency, then acknowledge it."""
    connection = await aio_pika.connect_robust(broker)
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=PREFETCH)
    queue = await channel.declare_queue(QUEUE, durable=True, arguments=ARGUMENTS)
    async with aiohttp.ClientSession() as session:

        async def deliver(message: AbstractIncomingMessage) -> None:
            async with message.process(), session.post(agency, data=message.body) as answer:
                await answer.read()
                answer.raise_for_status()

        await queue.consume(deliver)
        await listen_for_ever(None)


if __name__ == "__main__":
    uvloop.run(door(sys.argv[2]) if sys.argv[1] == "door" else worker(sys.argv[2], sys.argv[3]))
