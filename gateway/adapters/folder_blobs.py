"""Attachments in a local folder, each under the SHA-256 of its content."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gateway.domain.errors import Malformed, Problem, Refused, RetryLater
from gateway.ports import BlobInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["FolderBlobs"]

CHUNK = 256 * 1024
HASH = re.compile(r"[0-9a-f]{64}\Z")


class FolderBlobs:
    """Implements `gateway.ports.BlobStore`: written to a temporary file, synced, then named; never half there."""

    def __init__(self, root: Path) -> None:
        """Make the folder when it is not there."""
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    async def put(self, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> BlobInfo:
        """Store a content durably; promise and errors as `BlobStore.put`, and `RetryLater` when the disk does not take it."""
        hashed = sha256()
        size = 0
        number, name = tempfile.mkstemp(dir=self._incoming)
        path = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                async for chunk in chunks:
                    hashed.update(chunk)
                    size += len(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_sync, file)
            found = hashed.hexdigest()
            if expected_sha256 is not None and found != expected_sha256:
                raise Malformed([Problem(path="sha256", rule="the content has another SHA-256", found=found)], code="hash_mismatch")
            await asyncio.to_thread(self._name, path, found)
            return BlobInfo(sha256=found, size=size)
        except OSError as error:
            raise RetryLater(f"the attachment store cannot write: {error.strerror}", code="store_full") from error
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def info(self, sha256: str) -> BlobInfo | None:
        """Tell whether a content is there, and its size."""
        if not HASH.match(sha256):
            return None
        try:
            return BlobInfo(sha256=sha256, size=self._path(sha256).stat().st_size)
        except FileNotFoundError:
            return None

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a content. Raises `Refused` when it is not there."""
        if await self.info(sha256) is None:
            raise Refused("no content with this SHA-256 is stored here", code="no_such_attachment")
        with self._path(sha256).open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    def _path(self, found: str) -> Path:
        """Name the place of a content."""
        return self._root / found[:2] / found

    def _name(self, incoming: Path, found: str) -> None:
        """Give a synced file its name, durably."""
        place = self._path(found)
        place.parent.mkdir(exist_ok=True)
        incoming.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _sync(file: BinaryIO) -> None:
    """Bring a file to the disk."""
    file.flush()
    os.fsync(file.fileno())
