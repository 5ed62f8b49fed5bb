"""A message and its attachments as multipart/related: the root part first, then the attachments as streams."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Literal

import msgspec

from gateway.multipart.media_type import MediaType, mime_fault
from gateway.multipart.part import MimeLimits, Part
from gateway.multipart.reader import read_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Related", "RelatedPart", "RelatedWriter", "read_related"]


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it arrives: its root part whole, its attachments one after another, each to be read before the next."""

    root: bytes
    root_type: MediaType
    parts: AsyncIterator[Part]


async def read_related(media_type: MediaType, chunks: AsyncIterator[bytes], limits: MimeLimits | None = None) -> Related:
    """Read the root part; the attachments wait to be read. Raises `Malformed`, code `mime`, now or while they are read.

    The root part must be the first one: what comes before it could only be kept in memory.
    """
    bounds = limits or MimeLimits()
    if media_type.type != "multipart/related":
        raise mime_fault("multipart/related is wanted")
    parts = read_parts(chunks, media_type.parameters.get("boundary", ""), bounds)
    root = await anext(parts, None)
    if root is None:
        raise mime_fault("there is no root part")
    start = media_type.parameters.get("start", "").strip().removeprefix("<").removesuffix(">")
    if start and root.content_id != start:
        raise mime_fault("the first part must be the root part that `start` names")
    return Related(root=await root.whole(bounds.root_bytes), root_type=root.media_type, parts=parts)


class RelatedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part to be written: its id without angle brackets, what it holds, its content in pieces, and its size where it is known.

    `encoding` is the transfer encoding that is told: `binary`, or `8bit` for a text whose reader wants to hear that.
    """

    content_id: str
    media_type: str
    chunks: AsyncIterator[bytes]
    size: int | None = None
    name: str = ""
    encoding: Literal["8bit", "binary"] = "binary"


class RelatedWriter:
    """Writes a message and its attachments; `boundary` must be a text that no content holds, such as a random one."""

    def __init__(self, boundary: str, parts: Sequence[RelatedPart], *, root_type: str, start_info: str = "") -> None:
        """Lay out the parts, the root first; `root_type` is its media type without parameters, `start_info` what XOP wants to know."""
        more = {"start-info": start_info} if start_info else {}
        start = f"<{parts[0].content_id}>"
        known = {"type": root_type, "start": start, **more, "boundary": read_boundary(boundary)}
        self.content_type = str(MediaType(type="multipart/related", parameters=known))
        heads = [_head(boundary, part) for part in parts]
        self._parts = list(zip([heads[0].removeprefix(b"\r\n"), *heads[1:]], parts, strict=True))
        self._end = f"\r\n--{boundary}--\r\n".encode()

    @property
    def size(self) -> int | None:
        """The bytes of the whole body, or None where the size of a part is not known."""
        sizes = [part.size for _, part in self._parts]
        known = [size for size in sizes if size is not None]
        if len(known) != len(sizes):
            return None
        return sum(known) + sum(len(head) for head, _ in self._parts) + len(self._end)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Stream the body, once. Raises `ValueError` when a part is not of the size that was told."""
        for head, part in self._parts:
            yield head
            written = 0
            async for chunk in part.chunks:
                written += len(chunk)
                yield chunk
            if part.size is not None and written != part.size:
                raise ValueError("a part is not of the size that was told")
        yield self._end


def read_boundary(boundary: str) -> str:
    """The boundary itself; ValueError when it could not be written without quoting."""
    if not boundary or len(boundary) > 70 or not boundary.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise ValueError("a boundary is made of at most 70 letters, digits, '-', '_' and '.'")
    return boundary


def _head(boundary: str, part: RelatedPart) -> bytes:
    """The lines above a part."""
    lines = [
        f"--{boundary}",
        f"Content-Type: {_line(part.media_type)}",
        f"Content-Transfer-Encoding: {part.encoding}",
        f"Content-ID: <{_line(part.content_id)}>",
    ]
    if part.name:
        lines.append(f"Content-Disposition: {MediaType(type='attachment', parameters={'filename': part.name})}")
    return ("\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()


def _line(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())
