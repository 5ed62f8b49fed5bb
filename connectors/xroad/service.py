"""What both services share: reading a message within bounds, and who may call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.sdk import Malformed, Problem, read_media_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.sdk import Inbound, MediaType

__all__ = ["LARGEST", "chunks_of", "media_type_of", "once", "whole"]

#: A message without its files.
LARGEST = 2 * 1024**2


def media_type_of(inbound: Inbound) -> MediaType:
    """The media type of a message with its parameters. Raises `Malformed`."""
    return read_media_type(inbound.headers.get("content-type", inbound.media_type))


def chunks_of(inbound: Inbound) -> AsyncIterator[bytes]:
    """The body as it arrives; one that is here already, at once."""
    return once(inbound.body) if inbound.chunks is None else inbound.chunks


async def whole(inbound: Inbound) -> bytes:
    """A body without files. Raises `Malformed` when it is larger than a message may be."""
    gathered = bytearray()
    async for chunk in chunks_of(inbound):
        gathered += chunk
        if len(gathered) > LARGEST:
            raise Malformed([Problem(path="", rule=f"a message without its files has at most {LARGEST} bytes")], code="too_large")
    return bytes(gathered)


async def once(content: bytes) -> AsyncIterator[bytes]:
    """A content in one piece."""
    yield content
