"""A message on its way out, with its contents: each where it belongs, as a stream."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from lxml import etree

from gateway.multipart import RelatedPart, RelatedWriter
from gateway.multipart.transfer_encoding import base64_encoded
from gateway.soap import SoapVersion, include_element, mtom_writer, soap_media_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.soap import Enclose

__all__ = ["Message", "Written", "enclosed", "with_marks"]

MARK = re.compile(rb"content-[0-9a-f]{32}")


class Written(msgspec.Struct, frozen=True):
    """The element of a body, in which marks stand for contents; no mark can be met anywhere else."""

    body: bytes
    marks: Mapping[str, RelatedPart] = {}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What goes over HTTP: headers, and the body whole or as a stream."""

    headers: dict[str, str]
    body: bytes | AsyncIterator[bytes]


def with_marks(value: Any, marks: dict[str, RelatedPart]) -> Any:
    """The values with a mark in the place of each content, which is put among `marks`."""
    if isinstance(value, RelatedPart):
        mark = f"content-{secrets.token_hex(16)}"
        marks[mark] = value
        return mark
    if isinstance(value, dict):
        return {name: with_marks(one, marks) for name, one in value.items()}
    return [with_marks(one, marks) for one in value] if isinstance(value, list | tuple) else value


def enclosed(
    version: SoapVersion,
    action: str,
    envelope: bytes,
    marks: Mapping[str, RelatedPart],
    attachments: Sequence[RelatedPart],
    enclose: Enclose,
) -> Message:
    """Put a message together: its contents by MTOM or inline, and what goes beside it."""
    if marks and enclose == "mtom":
        included = MARK.sub(lambda found: _include(marks, found.group()), envelope)
        writer = mtom_writer(_boundary(), version, included, [*marks.values(), *attachments], action)
        return Message(headers=_headers(writer.content_type, writer.size), body=writer.chunks())
    root = RelatedPart(
        content_id="root@lienthong",
        media_type=soap_media_type(version, action),
        chunks=_inline(envelope, marks),
        size=_size(envelope, marks),
    )
    if attachments:
        writer = RelatedWriter(_boundary(), [root, *attachments], root_type=version.media_type)
        return Message(headers=_headers(writer.content_type, writer.size), body=writer.chunks())
    return Message(headers=_headers(root.media_type, root.size), body=root.chunks if marks else envelope)


def _include(marks: Mapping[str, RelatedPart], mark: bytes) -> bytes:
    """The element that refers to a content; a text that only looks like a mark stays."""
    part = marks.get(mark.decode())
    return mark if part is None else etree.tostring(include_element(part.content_id))


async def _inline(envelope: bytes, marks: Mapping[str, RelatedPart]) -> AsyncIterator[bytes]:
    """Stream a message with each content in its place."""
    begun = 0
    for found in MARK.finditer(envelope):
        part = marks.get(found.group().decode())
        if part is not None:
            yield envelope[begun : found.start()]
            async for piece in base64_encoded(part.chunks):
                yield piece
            begun = found.end()
    yield envelope[begun:]


def _size(envelope: bytes, marks: Mapping[str, RelatedPart]) -> int | None:
    """The bytes of a message with each content in its place, where their sizes are known."""
    sizes = [part.size for part in marks.values()]
    known = [(size + 2) // 3 * 4 for size in sizes if size is not None]
    return len(envelope) - sum(map(len, marks)) + sum(known) if len(known) == len(sizes) else None


def _headers(media_type: str, size: int | None) -> dict[str, str]:
    """What HTTP says of a message."""
    return {"Content-Type": media_type} | ({"Content-Length": str(size)} if size is not None else {})


def _boundary() -> str:
    """A boundary that no content holds."""
    return f"lienthong-{secrets.token_hex(16)}"
