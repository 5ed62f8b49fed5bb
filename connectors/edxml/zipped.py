"""Takes a file out of the zip that the national axis's own library wraps around every attachment, piece by piece."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Unwrapper"]

LOCAL = b"PK\x03\x04"
HEAD = struct.Struct("<4s5H3I2H")
DEFLATED, ENCRYPTED = 8, 1
PIECE = 256 * 1024
#: What a small file may become, and how many times its size a large one: beyond lies a bomb.
SMALL, MOST_TIMES = 64 * 1024**2, 200
#: The descriptor behind a file, with or without its mark, in 32 or 64 bits, then the directory of the zip.
BEHIND = re.compile(rb"(?s)(?:(?:PK\x07\x08)?.{12}(?:.{8})?)?PK\x01\x02")
BEHIND_BYTES = 64


class Unwrapper:
    """Unwraps one content: a zip whose first entry has the ending of the attachment's own name, which is no zip itself. Anything else
    passes as it is. Its methods raise `ValueError` for a zip that is broken, holds more files, or is a bomb.
    """

    def __init__(self, name: str) -> None:
        """Know the name of the attachment; without one nothing is unwrapped."""
        self._ending = _ending(name.encode())
        self._decided = self._ending in {b"", b"zip"}
        self._unwraps = False
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._held = b""
        self._checksum = self._found = 0
        self._read = self._written = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what is known of the file."""
        self._read += len(data)
        if not self._decided:
            self._held += data
            if not self._decide():
                return
            data, self._held = self._held, b""
        if not self._unwraps:
            yield data
        elif self._inflater.eof:
            self._held = (self._held + data)[:BEHIND_BYTES]
        else:
            yield from self._inflate(data)

    def close(self) -> Iterator[bytes]:
        """Give the rest."""
        if not self._decided:
            yield self._held
        elif self._unwraps:
            behind = self._inflater.unused_data + self._held
            if not self._inflater.eof or not BEHIND.match(behind) or self._checksum not in {0, self._found}:
                raise ValueError("a zip that is broken or holds several files")

    def _decide(self) -> bool:
        """Look at the head of the content; false while too little of it is known."""
        if len(self._held) < HEAD.size and LOCAL.startswith(self._held[:4]):
            return False
        if self._held.startswith(LOCAL):
            _, _, flags, method, _, _, self._checksum, _, _, name_size, extra_size = HEAD.unpack_from(self._held)
            start = HEAD.size + name_size + extra_size
            if len(self._held) < start:
                return False
            inner = self._held[HEAD.size : HEAD.size + name_size]
            if method == DEFLATED and not flags & ENCRYPTED and _ending(inner) == self._ending:
                self._unwraps = True
                self._held = self._held[start:]
        self._decided = True
        return True

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        """Inflate in pieces; what stands behind the file is looked at in the end."""
        more = True
        while more and not self._inflater.eof:
            try:
                piece = self._inflater.decompress(data, PIECE)
            except zlib.error as error:
                raise ValueError("a zip that is broken") from error
            data = self._inflater.unconsumed_tail
            more = bool(data) or len(piece) == PIECE
            self._found = zlib.crc32(piece, self._found)
            self._written += len(piece)
            if self._written > SMALL and self._written > MOST_TIMES * self._read:
                raise ValueError("a zip that grows beyond measure")
            yield piece


def _ending(name: bytes) -> bytes:
    """The ending of a file's name, in small letters; empty when it has none."""
    stem, dot, ending = name.lower().rpartition(b".")
    return ending if stem and dot else b""
