"""The id of a request: the caller's own when it is harmless, else a fresh one; it stands in the answer and in the log."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.web_response import StreamResponse

__all__ = ["mark", "mark_answer", "request_id"]

HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
KEPT = web.RequestKey("request_id", str)


def request_id(request: web.BaseRequest) -> str:
    """Name the request; the same for every call with it."""
    if KEPT not in request:
        said = request.headers.get("X-Request-Id", "")
        request[KEPT] = said if HARMLESS.match(said) else f"{random.getrandbits(96):024x}"
    return request[KEPT]


async def mark_answer(request: web.BaseRequest, response: StreamResponse) -> None:
    """Mark an answer that is about to be sent."""
    mark(request, response)


def mark(request: web.BaseRequest, response: StreamResponse) -> None:
    """Give every answer its request's id, and the headers that keep it private and inert; name no software version."""
    headers = response.headers
    headers["Server"] = "lienthong"
    headers["X-Request-Id"] = request_id(request)
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")
