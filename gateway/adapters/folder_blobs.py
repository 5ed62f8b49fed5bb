"""Attachments in a local folder, each under the SHA-256 of its content."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ParamSpec, TypeVar

from gateway.domain.errors import Malformed, Problem, Refused, RetryLater
from gateway.ports import BlobInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["FolderBlobs"]

CHUNK = 256 * 1024
HASH = re.compile(r"[0-9a-f]{64}\Z")
#: What lies unfinished for longer was left by a process that ended; a running upload never does.
ABANDONED_SECONDS = 24 * 3600

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class FolderBlobs:
    """Implements `gateway.ports.BlobStore`: written to a temporary file, synced, then named; never half there."""

    def __init__(self, root: Path) -> None:
        """Make the folder when it is not there; remove what an earlier process left unfinished."""
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        for path in self._incoming.iterdir():
            if path.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                path.unlink(missing_ok=True)

    async def put(self, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> BlobInfo:
        """Store a content durably; promise and errors as `BlobStore.put`, and `RetryLater` when the disk does not take it.

        What `chunks` raises goes to the caller as it is, and nothing is kept then.
        """
        incoming = await _on_disk(_Incoming, self._incoming)
        try:
            async for chunk in chunks:
                await _on_disk(incoming.write, chunk)
            found = BlobInfo(sha256=incoming.hashed.hexdigest(), size=incoming.size)
            if expected_sha256 is not None and found.sha256 != expected_sha256:
                problem = Problem(path="sha256", rule="the content has another SHA-256", found=found.sha256)
                raise Malformed([problem], code="hash_mismatch")
            await _on_disk(incoming.name, self._path(found.sha256))
            return found
        finally:
            await asyncio.to_thread(incoming.forget)

    async def info(self, sha256: str) -> BlobInfo | None:
        """Tell whether a content is there, and its size."""
        if not HASH.match(sha256):
            return None
        try:
            return BlobInfo(sha256=sha256, size=self._path(sha256).stat().st_size)
        except FileNotFoundError:
            return None

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a content in chunks of at most 256 KiB. Raises `Refused` when it is not there, `RetryLater` when it cannot be read."""
        file = await _on_disk(self._open, sha256)
        with file:
            while chunk := await _on_disk(file.read, CHUNK):
                yield chunk

    def _open(self, sha256: str) -> BinaryIO:
        """Open the file of a content."""
        try:
            if HASH.match(sha256):
                return self._path(sha256).open("rb")
        except FileNotFoundError:
            pass
        raise Refused("no content with this SHA-256 is stored here", code="no_such_attachment")

    def _path(self, found: str) -> Path:
        """Name the place of a content."""
        return self._root / found[:2] / found


class _Incoming:
    """A content that is being written; every method blocks. It has no name until all of it is on the disk."""

    def __init__(self, folder: Path) -> None:
        """Begin an empty file."""
        number, name = tempfile.mkstemp(dir=folder)
        self._file = os.fdopen(number, "wb")
        self._path = Path(name)
        self.hashed = sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Take the next piece."""
        self.hashed.update(chunk)
        self.size += len(chunk)
        self._file.write(chunk)

    def name(self, place: Path) -> None:
        """Bring the file to the disk and give it its name, durably."""
        self._file.flush()
        os.fsync(self._file.fileno())
        if not place.parent.exists():
            place.parent.mkdir(exist_ok=True)
            _sync_folder(place.parent.parent)
        self._path.replace(place)
        _sync_folder(place.parent)

    def forget(self) -> None:
        """Let go of the file; it is gone unless it was named."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Bring the names of a folder to the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


async def _on_disk(work: Callable[Arguments, Answer], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
    """Do blocking work in a thread; a disk that fails is `RetryLater`."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise RetryLater(f"the attachment store fails: {error.strerror}", code="store_failed") from error
