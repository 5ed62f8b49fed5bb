"""Attachments by claim check: streamed in and out, named by their SHA-256. What does not concern the caller is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.domain.errors import Malformed, Problem, Refused
from gateway.web.answer import answer
from gateway.web.body import stream_body
from gateway.web.stream import stream

if TYPE_CHECKING:
    from gateway.ports import BlobInfo
    from gateway.web.call import Call

__all__ = ["download", "upload", "upload_as"]

HASH = re.compile(r"[0-9a-f]{64}\Z")


async def upload(call: Call) -> web.Response:
    """Store a content; 201 with its SHA-256 and size."""
    return await _store(call, None)


async def upload_as(call: Call) -> web.Response:
    """Store a content that must have the SHA-256 of the path."""
    expected = call.request.match_info["sha256"]
    if not HASH.match(expected):
        raise Malformed([Problem(path="sha256", rule="64 hexadecimal digits, lower case")])
    return await _store(call, expected)


async def download(call: Call) -> web.StreamResponse:
    """Stream a content; a reader that stalls, or a disk that fails, cuts the connection so that nothing looks whole that is not."""
    info = await _info(call)
    response = web.StreamResponse(headers=_headers(info))
    response.content_length = info.size
    if call.request.method == "HEAD":
        return response
    return await stream(call.request, response, call.doors.blobs(call.system.name).open(info.sha256), call.doors.limits)


async def _store(call: Call, expected: str | None) -> web.Response:
    """Stream the body into the store. Raises `Malformed` when there is none: an empty paper is a fault of who sends it."""
    if not call.request.body_exists:
        raise Malformed([Problem(path="", rule="the body is the content; there is none")], code="empty")
    info = await call.doors.blobs(call.system.name).put(stream_body(call.request, call.doors.limits), expected_sha256=expected)
    return answer(info, status=201, headers={"Location": f"/v1/attachments/{info.sha256}"})


async def _info(call: Call) -> BlobInfo:
    """Find the content that the path names."""
    info = await call.doors.blobs(call.system.name).info(call.request.match_info["sha256"])
    if info is None:
        raise Refused("no content with this SHA-256 is stored here", code="no_such_attachment")
    return info


def _headers(info: BlobInfo) -> dict[str, str]:
    """Never let a browser run a stored content."""
    return {
        "Content-Type": "application/octet-stream",
        "ETag": f'"{info.sha256}"',
        "Content-Disposition": "attachment",
        "Content-Security-Policy": "sandbox",
    }
