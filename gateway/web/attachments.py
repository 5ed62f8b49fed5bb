"""Attachments by claim check: streamed in and out, named by their SHA-256. Knowing the hash is the right to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from gateway.domain.errors import Refused
from gateway.web.body import stream_body
from gateway.web.caller import caller

if TYPE_CHECKING:
    from gateway.ports import BlobInfo
    from gateway.web.doors import Doors

__all__ = ["AttachmentDoor"]


class AttachmentDoor:
    """The handlers of attachments."""

    def __init__(self, doors: Doors) -> None:
        """Keep what the doors are given."""
        self._doors = doors

    async def upload(self, request: web.Request) -> web.Response:
        """Store a content; 201 with its SHA-256 and size."""
        return await self._store(request, None)

    async def upload_as(self, request: web.Request) -> web.Response:
        """Store a content that must have the SHA-256 of the path."""
        return await self._store(request, request.match_info["sha256"])

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Stream a content."""
        info = await self._info(request)
        response = web.StreamResponse(headers=_headers(info))
        response.content_length = info.size
        await response.prepare(request)
        if request.method != "HEAD":
            async for chunk in self._doors.blobs.open(info.sha256):
                await response.write(chunk)
        await response.write_eof()
        return response

    async def _store(self, request: web.Request, expected: str | None) -> web.Response:
        """Stream the body into the store."""
        caller(request, self._doors.directory())
        info = await self._doors.blobs.put(stream_body(request, self._doors.limits), expected_sha256=expected)
        headers = {"Location": f"/v1/attachments/{info.sha256}"}
        return web.Response(status=201, body=msgspec.json.encode(info), content_type="application/json", headers=headers)

    async def _info(self, request: web.Request) -> BlobInfo:
        """Find the content that the path names."""
        caller(request, self._doors.directory())
        info = await self._doors.blobs.info(request.match_info["sha256"])
        if info is None:
            raise Refused("no content with this SHA-256 is stored here", code="no_such_attachment")
        return info


def _headers(info: BlobInfo) -> dict[str, str]:
    """Never let a browser run a stored content."""
    return {
        "Content-Type": "application/octet-stream",
        "ETag": f'"{info.sha256}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "attachment",
    }
