"""The blob store as one system sees it: what it may not read is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.domain.errors import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.ports import BlobInfo, BlobStore, Ledger, Reader

__all__ = ["OwnBlobs"]

HASH = re.compile(r"[0-9a-f]{64}\Z")


class OwnBlobs:
    """A `BlobStore`. A system may read what it put here, and what a transfer names that it sent or that goes to it (see `Ledger.accept`)."""

    def __init__(self, *, system: str, blobs: BlobStore, ledger: Ledger, reader: Reader) -> None:
        """Keep the ports; nothing is opened."""
        self._system = system
        self._blobs = blobs
        self._ledger = ledger
        self._reader = reader

    async def put(self, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> BlobInfo:
        """As `BlobStore.put`; also where the content is there already, all of it must be shown."""
        info = await self._blobs.put(chunks, expected_sha256=expected_sha256)
        await self._ledger.grant(self._system, info.sha256)
        return info

    async def info(self, sha256: str) -> BlobInfo | None:
        """As `BlobStore.info`."""
        if not HASH.match(sha256) or not await self._reader.may_read(self._system, [sha256]):
            return None
        return await self._blobs.info(sha256)

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """As `BlobStore.open`."""
        if await self.info(sha256) is None:
            raise Refused("no content with this SHA-256 is stored here", code="no_such_attachment")
        async for chunk in self._blobs.open(sha256):
            yield chunk
