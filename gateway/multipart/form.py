"""Writes multipart/form-data as a stream, so that a file of any size is sent with little memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FilePart", "content_type", "multipart"]


class FilePart(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a form: the field's name, the file's name, its media type, and its content in pieces."""

    field: str
    name: str
    chunks: AsyncIterator[bytes]
    media_type: str = "application/octet-stream"


def content_type(boundary: str) -> str:
    """The value of the header content-type for a form with this boundary."""
    return f"multipart/form-data; boundary={boundary}"


async def multipart(boundary: str, *, fields: Mapping[str, str], files: Iterable[FilePart]) -> AsyncIterator[bytes]:
    """Stream a form: its plain fields, then its files. `boundary` must be a text that no content holds, such as a random one.

    Names are written in UTF-8, as browsers do; line breaks and quotes in them cannot break out of their header.
    """
    for name, value in fields.items():
        yield _head(boundary, f'name="{_quoted(name)}"') + f"{value}\r\n".encode()
    for file in files:
        place = f'name="{_quoted(file.field)}"; filename="{_quoted(file.name)}"'
        yield _head(boundary, place, f"content-type: {_line(file.media_type)}\r\n")
        async for chunk in file.chunks:
            yield chunk
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _head(boundary: str, place: str, more: str = "") -> bytes:
    """The lines above a part."""
    return f"--{boundary}\r\ncontent-disposition: form-data; {place}\r\n{more}\r\n".encode()


def _quoted(name: str) -> str:
    """A name as browsers quote it: only what would end the header is written as a percentage."""
    return "".join(quote(letter) if letter in '"\r\n\0' else letter for letter in name)


def _line(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())
