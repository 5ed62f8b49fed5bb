"""Reads a body of several parts as it arrives; never more of it in memory than a piece."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.multipart.media_type import mime_fault
from gateway.multipart.part import MimeLimits, Part
from gateway.multipart.transfer_encoding import decoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["read_parts"]

BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?<>@!#$%&*^`|~{}\[\]; -]{0,69}[^\s]\Z")
#: What may stand before the first part.
LONGEST_PREAMBLE = 16 * 1024
LONGEST_PADDING = 256
LINE = re.compile(r"([!-9;-~]+)[ \t]*:(.*)\Z", re.DOTALL)
FOLD = re.compile(r"\r?\n[ \t]+")


async def read_parts(chunks: AsyncIterator[bytes], boundary: str, limits: MimeLimits | None = None) -> AsyncIterator[Part]:
    """Read the parts one after another; each must be read before the next is asked for, what is left of it is passed over.

    Lines end as the first line of a boundary does: with CRLF, or with a bare LF as some senders write. Raises `Malformed`, code `mime`,
    for what is cut off, broken, or beyond the limits.
    """
    bounds = limits or MimeLimits()
    if not BOUNDARY.match(boundary):
        raise mime_fault("the media type names no boundary, or an impossible one")
    body = _Body(chunks, boundary.encode(), bounds)
    await body.skip_preamble()
    for _ in range(bounds.parts):
        if body.closed:
            return
        headers = await body.head()
        content = body.content()
        yield Part(headers, decoded(content, headers.get("content-transfer-encoding", "")))
        async for _rest in content:
            pass
        await body.skip_content()
    if not body.closed:
        raise mime_fault(f"at most {bounds.parts} parts are taken")


class _Body:
    """A place in the body: what has arrived and is not yet read."""

    def __init__(self, chunks: AsyncIterator[bytes], boundary: bytes, limits: MimeLimits) -> None:
        self._chunks = chunks
        self._limits = limits
        self._waiting = bytearray()
        self._newline = b"\r\n"
        self._mark = b"--" + boundary
        self._inside = False
        self.closed = False

    async def _more(self) -> None:
        """Wait for the next piece. Raises `Malformed` when there is none."""
        try:
            self._waiting += await anext(self._chunks)
        except StopAsyncIteration:
            raise mime_fault("the body is cut off before its last boundary") from None

    async def _have(self, count: int) -> None:
        """Wait until so many bytes are there."""
        while len(self._waiting) < count:
            await self._more()

    async def skip_preamble(self) -> None:
        """Pass over what stands before the first boundary, and see how lines end here."""
        while True:
            await self._have(len(self._mark))
            if self._waiting.startswith(self._mark):
                break
            place = self._waiting.find(b"\n" + self._mark)
            if place >= 0:
                del self._waiting[: place + 1]
                break
            if len(self._waiting) > LONGEST_PREAMBLE:
                raise mime_fault("no part begins")
            await self._more()
        del self._waiting[: len(self._mark)]
        await self._end_boundary(first=True)

    async def _end_boundary(self, *, first: bool = False) -> None:
        """Read the rest of a line of a boundary: it closes the body, or a part follows."""
        await self._have(2)
        if self._waiting.startswith(b"--"):
            self.closed = True
            return
        while (place := self._waiting.find(b"\n")) < 0:
            if len(self._waiting) > LONGEST_PADDING:
                raise mime_fault("the line of a boundary goes on")
            await self._more()
        line = bytes(self._waiting[: place + 1])
        if first:
            self._newline = b"\r\n" if line.endswith(b"\r\n") else b"\n"
        if not line.endswith(self._newline) or line.strip():
            raise mime_fault("the line of a boundary goes on")
        del self._waiting[: place + 1]

    async def head(self) -> dict[str, str]:
        """Read the lines above a part."""
        end = self._newline * 2
        await self._have(len(self._newline))
        if self._waiting.startswith(self._newline):
            return {}
        while (place := self._waiting.find(end)) < 0:
            if len(self._waiting) > self._limits.head_bytes:
                break
            await self._more()
        if place < 0 or place > self._limits.head_bytes:
            raise mime_fault(f"the lines above a part are at most {self._limits.head_bytes} bytes")
        head = bytes(self._waiting[:place])
        del self._waiting[: place + len(self._newline)]
        return self._lines(head)

    def _lines(self, head: bytes) -> dict[str, str]:
        """Take the lines above a part apart."""
        try:
            unfolded = FOLD.sub(" ", head.decode())
        except UnicodeDecodeError:
            raise mime_fault("the lines above a part are not UTF-8") from None
        lines = unfolded.split(self._newline.decode())
        found = [LINE.match(line) for line in lines]
        headers = {match[1].lower(): match[2].strip(" \t") for match in found if match}
        if None in found or len(headers) != len(lines) or len(lines) > self._limits.head_lines or "\0" in unfolded:
            raise mime_fault("the lines above a part are broken, too many, or say something twice")
        return headers

    async def content(self) -> AsyncIterator[bytes]:
        """Read a part up to its boundary. The line end before the boundary belongs to the boundary."""
        self._inside = True
        delimiter = self._newline + self._mark
        await self._have(len(delimiter))
        if not self._waiting.startswith(delimiter):
            del self._waiting[: len(self._newline)]
        while (place := self._waiting.find(delimiter)) < 0:
            sure = len(self._waiting) - len(delimiter) + 1
            if sure > 0:
                piece = bytes(self._waiting[:sure])
                del self._waiting[:sure]
                yield piece
            await self._more()
        piece = bytes(self._waiting[:place])
        del self._waiting[: place + len(delimiter)]
        self._inside = False
        await self._end_boundary()
        if piece:
            yield piece

    async def skip_content(self) -> None:
        """Raise `Malformed` when a part was left while it was being read."""
        if self._inside:
            raise mime_fault("a part was left half read")
