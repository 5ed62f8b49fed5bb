"""A document on its way out, as a stream: each content in base64 in the place of its hash."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from gateway.sdk import base64_encoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from gateway.sdk import BlobStore

__all__ = ["Measure", "measure", "with_contents"]

PLACE = re.compile(rb"(?<=<ContentTransferEncoded>)[0-9a-f]{64}(?=</ContentTransferEncoded>)")


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a document in bytes, and its SHA-256."""

    size: int
    sha256: bytes


async def with_contents(body: bytes, blobs: BlobStore, allowed: Collection[str]) -> AsyncIterator[bytes]:
    """Stream a document with its contents; never the whole of one in memory. Only hashes in `allowed` are replaced."""
    begun = 0
    for found in PLACE.finditer(body):
        hash_ = found.group().decode()
        if hash_ not in allowed:
            continue
        yield body[begun : found.start()]
        async for piece in base64_encoded(blobs.open(hash_)):
            yield piece
        begun = found.end()
    yield body[begun:]


async def measure(chunks: AsyncIterator[bytes]) -> Measure:
    """Measure a document without holding it."""
    size, hashed = 0, sha256()
    async for chunk in chunks:
        size += len(chunk)
        hashed.update(chunk)
    return Measure(size=size, sha256=hashed.digest())
