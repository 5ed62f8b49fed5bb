"""One part of a body of several parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import msgspec

from gateway.multipart.media_type import MediaType, mime_fault, read_media_type

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MimeLimits", "Part"]


class MimeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is taken: parts, bytes of the lines above a part, such lines, bytes of a root part."""

    parts: int = 200
    head_bytes: int = 16 * 1024
    head_lines: int = 50
    root_bytes: int = 16 * 1024 * 1024


class Part:
    """A part as it arrives: the lines above it, by their names in lower case, and its content, decoded, in pieces to be read once."""

    def __init__(self, headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> None:
        """Keep both; nothing is read yet."""
        self.headers = headers
        self.chunks = chunks

    @property
    def content_id(self) -> str:
        """Its Content-ID without the angle brackets; empty when it has none."""
        return self.headers.get("content-id", "").strip().removeprefix("<").removesuffix(">")

    @property
    def media_type(self) -> MediaType:
        """What it holds. Raises `Malformed` when it says so in a way that cannot be read."""
        return read_media_type(self.headers.get("content-type", "text/plain"))

    @property
    def disposition(self) -> MediaType:
        """How it is to be taken; a part of a form has its `name` and `filename` among the parameters."""
        return read_media_type(self.headers.get("content-disposition", "attachment"))

    async def whole(self, most: int) -> bytes:
        """Read the content at once. Raises `Malformed` when it is longer than `most` bytes."""
        gathered = bytearray()
        async for chunk in self.chunks:
            gathered += chunk
            if len(gathered) > most:
                raise mime_fault(f"a part of at most {most} bytes is taken here")
        return bytes(gathered)
