"""What every blob store has to do, as tests: make a subclass with a `blobs` fixture."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from gateway.domain.errors import Malformed, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.ports import BlobStore

__all__ = ["BlobContract", "pieces", "whole"]

LONGEST_CHUNK = 256 * 1024
UNKNOWN = sha256(b"never stored").hexdigest()


async def pieces(content: bytes, *, size: int = 100_000) -> AsyncIterator[bytes]:
    """Stream a content in pieces."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def whole(blobs: BlobStore, name: str) -> bytes:
    """Read a content to its end."""
    return b"".join([chunk async for chunk in blobs.open(name)])


async def _broken(content: bytes, error: Exception) -> AsyncIterator[bytes]:
    """Stream a content, then break off."""
    yield content
    raise error


class BlobContract:
    """The promises of `gateway.ports.BlobStore`."""

    @pytest.mark.parametrize("content", [b"", b"x", b"scan\x00" * 200_000], ids=["empty", "one byte", "a megabyte"])
    async def test_what_was_put_comes_out_as_it_was(self, blobs: BlobStore, content: bytes) -> None:
        info = await blobs.put(pieces(content))

        assert (info.sha256, info.size) == (sha256(content).hexdigest(), len(content))
        assert await blobs.info(info.sha256) == info
        assert await whole(blobs, info.sha256) == content

    async def test_a_content_that_is_what_was_expected_is_kept(self, blobs: BlobStore) -> None:
        expected = sha256(b"as said").hexdigest()

        assert (await blobs.put(pieces(b"as said"), expected_sha256=expected)).sha256 == expected

    async def test_a_content_that_is_not_what_was_expected_is_refused_and_not_kept(self, blobs: BlobStore) -> None:
        with pytest.raises(Malformed):
            await blobs.put(pieces(b"another"), expected_sha256=UNKNOWN)

        assert await blobs.info(UNKNOWN) is None
        assert await blobs.info(sha256(b"another").hexdigest()) is None

    @pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError("stalled"), LookupError("defect")], ids=type)
    async def test_an_upload_that_breaks_off_keeps_nothing_and_says_why(self, blobs: BlobStore, error: Exception) -> None:
        with pytest.raises(type(error)):
            await blobs.put(_broken(b"half", error))

        assert await blobs.info(sha256(b"half").hexdigest()) is None

    async def test_it_comes_out_in_chunks_of_at_most_256_kib(self, blobs: BlobStore) -> None:
        info = await blobs.put(pieces(b"a" * 1_000_000, size=1_000_000))

        sizes = [len(chunk) async for chunk in blobs.open(info.sha256)]

        assert sum(sizes) == info.size
        assert max(sizes) <= LONGEST_CHUNK

    @pytest.mark.parametrize("name", [UNKNOWN, "", "..", "../../etc/passwd", UNKNOWN.upper(), UNKNOWN + "\n", "\x00", "incoming"])
    async def test_what_is_not_there_is_not_there(self, blobs: BlobStore, name: str) -> None:
        assert await blobs.info(name) is None
        with pytest.raises(Refused):
            await whole(blobs, name)

    async def test_the_same_content_may_be_put_by_many_at_once(self, blobs: BlobStore) -> None:
        infos = await asyncio.gather(*(blobs.put(pieces(b"same" * 50_000)) for _ in range(8)))

        assert len(set(infos)) == 1
        assert await whole(blobs, infos[0].sha256) == b"same" * 50_000

    async def test_a_content_can_be_read_while_it_is_put_again(self, blobs: BlobStore) -> None:
        content = b"again" * 200_000
        info = await blobs.put(pieces(content))

        read, _ = await asyncio.gather(whole(blobs, info.sha256), blobs.put(pieces(content)))

        assert read == content
