"""The transfer encodings of MIME, undone as a stream; what breaks their rules is refused. Base64 is also written."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from gateway.multipart.media_type import mime_fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Base64Decoder", "base64_encoded", "decoded"]

SPACE = b" \t\r\n"
LONGEST_LINE = 64 * 1024
#: Three bytes become four letters: pieces of a multiple of three are written one by one.
ENCODED_PIECE = 3 * 64 * 1024
BROKEN_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")
TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")


def decoded(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The content behind a transfer encoding. Raises `Malformed`, code `mime`, for one that is unknown, and while reading what is broken."""
    match encoding.strip().lower():
        case "" | "7bit" | "8bit" | "binary":
            return chunks
        case "base64":
            return _from_base64(chunks)
        case "quoted-printable":
            return _from_quoted_printable(chunks)
        case _:
            raise mime_fault("Content-Transfer-Encoding is 7bit, 8bit, binary, base64 or quoted-printable")


class Base64Decoder:
    """Decodes base64 that comes in pieces; between its letters there may be white space, nothing else."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""
        self._padded = False

    def feed(self, piece: bytes) -> bytes:
        """Take a piece; answers what it brings. Raises `Malformed`, code `mime`."""
        letters = self._rest + piece.translate(None, SPACE)
        whole = len(letters) // 4 * 4
        self._rest = letters[whole:]
        if whole and self._padded:
            raise mime_fault("base64 goes on after its end")
        self._padded = self._padded or letters[whole - 1 : whole] == b"="
        try:
            return binascii.a2b_base64(letters[:whole], strict_mode=True)
        except binascii.Error:
            raise mime_fault("not base64") from None

    def end(self) -> None:
        """No more comes. Raises `Malformed` when something is missing."""
        if self._rest:
            raise mime_fault("base64 is cut off")


async def base64_encoded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Write a stream in base64, without line breaks; never the whole of it in memory."""
    held = b""
    async for chunk in chunks:
        held += chunk
        whole = len(held) - len(held) % 3
        for start in range(0, whole, ENCODED_PIECE):
            yield binascii.b2a_base64(held[start : min(start + ENCODED_PIECE, whole)], newline=False)
        held = held[whole:]
    if held:
        yield binascii.b2a_base64(held, newline=False)


async def _from_base64(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Decode base64."""
    decoder = Base64Decoder()
    async for chunk in chunks:
        if found := decoder.feed(chunk):
            yield found
    decoder.end()


async def _from_quoted_printable(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Decode quoted-printable, whole lines at a time."""
    rest = b""
    async for chunk in chunks:
        lines, newline, rest = (rest + chunk).rpartition(b"\n")
        if len(rest) > LONGEST_LINE:
            raise mime_fault("quoted-printable with a line that is too long")
        if newline:
            yield _unquoted(lines + newline)
    if rest:
        yield _unquoted(rest.rstrip(b" \t"))


def _unquoted(lines: bytes) -> bytes:
    """Decode lines of quoted-printable."""
    trimmed = TRAILING.sub(b"", lines)
    if BROKEN_ESCAPE.search(trimmed):
        raise mime_fault("not quoted-printable")
    return binascii.a2b_qp(trimmed)
