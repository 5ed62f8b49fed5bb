"""Streams an answer, so that what was cut off never looks whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.domain.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from gateway.settings.site import Limits

__all__ = ["stream"]


async def stream(request: web.Request, response: web.StreamResponse, chunks: AsyncIterator[bytes], limits: Limits) -> web.StreamResponse:
    """Send an answer piece by piece; a reader that stalls, or a source that fails, cuts the connection."""
    await response.prepare(request)
    try:
        async for chunk in chunks:
            async with asyncio.timeout(limits.read_seconds):
                await response.write(chunk)
    except (GatewayError, OSError, ValueError) as error:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionAbortedError from error
    await response.write_eof()
    return response
