"""Reads bodies within the limits of time and size; a body that stalls is given up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import msgspec
from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.web.document import count_values, decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.settings.site import Limits

__all__ = ["CHUNK", "beside", "read_body", "read_json", "stream_body"]

Answer = TypeVar("Answer")
Kind = TypeVar("Kind", bound=msgspec.Struct)
#: So many values are read while the others wait: a few milliseconds, and some twenty when all of them are faulty.
FEW_VALUES = 2000
SMALL = 256 * 1024
CHUNK = 256 * 1024
#: A chunk of an upload may take so many times the limit of one read: about 4 KiB a second at the least.
READS_PER_CHUNK = 6
#: What aiohttp raises for a body that breaks the rules of HTTP: bad chunks, a bad compressed stream.
BROKEN = (ClientPayloadError, HttpProcessingError, web.RequestPayloadError)


async def read_json(request: web.Request, kind: type[Kind], limits: Limits, large: asyncio.Lock) -> Kind:
    """Read a JSON body as a type. Raises `Malformed` with every fault."""
    require_media_type(request, "application/json")
    body = await read_body(request, limits)
    return await beside(body, large, lambda: decode(body, kind))


async def beside(body: bytes, large: asyncio.Lock, read: Callable[[], Answer]) -> Answer:
    """Read a document; a large one in a thread and one at a time, so that it holds up no other request."""
    if len(body) <= SMALL and count_values(body) <= FEW_VALUES:
        return read()
    async with large:
        return await asyncio.to_thread(read)


def require_media_type(request: web.Request, wanted: str) -> None:
    """Answer 415 unless the body says that it is of this media type."""
    if request.content_type != wanted:
        raise web.HTTPUnsupportedMediaType(reason=f"send {wanted}")


async def read_body(request: web.Request, limits: Limits) -> bytes:
    """Read the whole body; answers 413, 415 or 400, or raises `TimeoutError`."""
    _require_encoding(request, "identity", "gzip", "deflate")
    if (request.content_length or 0) > limits.body_bytes:
        raise web.HTTPRequestEntityTooLarge(limits.body_bytes, request.content_length or 0)
    try:
        if request.content.is_eof():  # all of it is here: nothing to wait for
            return await request.read()
        async with asyncio.timeout(limits.read_seconds):
            return await request.read()
    except BROKEN as error:
        raise web.HTTPBadRequest(reason="the body breaks the rules of HTTP") from error


async def stream_body(request: web.Request, limits: Limits) -> AsyncIterator[bytes]:
    """Stream the body in chunks of 256 KiB. Answers 413 beyond the size of attachments, 415 or 400; raises `TimeoutError` when it stalls
    or trickles.
    """
    _require_encoding(request, "identity")
    size = request.content_length or 0
    if size > limits.attachment_bytes:
        raise web.HTTPRequestEntityTooLarge(limits.attachment_bytes, size)
    size = 0
    while chunk := await _chunk(request, limits):
        size += len(chunk)
        if size > limits.attachment_bytes:
            raise web.HTTPRequestEntityTooLarge(limits.attachment_bytes, size)
        yield chunk


async def _chunk(request: web.Request, limits: Limits) -> bytes:
    """Gather one chunk, or what is left."""
    gathered = bytearray()
    try:
        async with asyncio.timeout(limits.read_seconds * READS_PER_CHUNK):
            while len(gathered) < CHUNK:
                async with asyncio.timeout(limits.read_seconds):
                    piece = await request.content.read(CHUNK - len(gathered))
                if not piece:
                    break
                gathered += piece
    except BROKEN as error:
        raise web.HTTPBadRequest(reason="the body breaks the rules of HTTP") from error
    return bytes(gathered)


def _require_encoding(request: web.Request, *known: str) -> None:
    """Answer 415 for a body that is packed in another way."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in known:
        raise web.HTTPUnsupportedMediaType(reason=f"Content-Encoding may be {', '.join(known)}")
