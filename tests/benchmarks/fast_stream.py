"""FastStream doing the same no-ledger work as the floor: `python -m tests.benchmarks.fast_stream door|worker BROKER AGENCY`."""

from __future__ import annotations

import sys

import aiohttp
import uvloop
from aiohttp import web
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

from tests.benchmarks.listen import listen_for_ever

QUEUE = RabbitQueue("fast_stream", queue_type=QueueType.QUORUM, durable=True)
PREFETCH = 256


async def door(url: str) -> None:
    """Answer 202 when the broker has the body."""
    async with RabbitBroker(url, logger=None) as broker:
        await broker.declare_queue(QUEUE)

        async def accept(request: web.Request) -> web.Response:
            await broker.publish(await request.read(), queue=QUEUE, persist=True, content_type="application/octet-stream")
            return web.Response(status=202)

        await listen_for_ever(accept)


async def worker(url: str, agency: str) -> None:
    """Post each body to the agency, then acknowledge it."""
    broker = RabbitBroker(url, logger=None)
    async with aiohttp.ClientSession() as session, broker:

        @broker.subscriber(QUEUE, channel=Channel(prefetch_count=PREFETCH))
        async def deliver(body: bytes) -> None:
            async with session.post(agency, data=body) as answer:
                await answer.read()
                answer.raise_for_status()

        await broker.start()
        await listen_for_ever(None)


if __name__ == "__main__":
    uvloop.run(door(sys.argv[2]) if sys.argv[1] == "door" else worker(sys.argv[2], sys.argv[3]))
