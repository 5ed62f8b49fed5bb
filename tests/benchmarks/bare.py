"""The ceiling of one process: aiohttp takes a dossier and aiohttp posts it on, with nothing in between and nothing kept.

`python -m tests.benchmarks.bare door BROKER AGENCY`; the broker is not used.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import uvloop
from aiohttp import web

from tests.benchmarks.listen import listen_for_ever


async def door(agency: str) -> None:
    """Answer 202 at once, and post the body to the agency."""
    posting: set[asyncio.Task[None]] = set()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:

        async def post(body: bytes) -> None:
            async with session.post(agency, data=body) as answer:
                await answer.read()
                answer.raise_for_status()

        async def accept(request: web.Request) -> web.Response:
            task = asyncio.create_task(post(await request.read()))
            posting.add(task)
            task.add_done_callback(posting.discard)
            return web.Response(status=202)

        await listen_for_ever(accept)


if __name__ == "__main__":
    uvloop.run(door(sys.argv[3]))
