"""The folder keeps the promises of a blob store, also as one system sees it, and survives a process that ends midway."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.adapters.folder_blobs import ABANDONED_SECONDS, FolderBlobs
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.domain.errors import Malformed, Refused, RetryLater
from gateway.pipeline.own_blobs import OwnBlobs
from gateway.testing.blob_contract import BlobContract, pieces, whole


class TestFolderBlobs(BlobContract):
    """In a folder."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FolderBlobs:
        return FolderBlobs(tmp_path / "blobs")


class TestOwnBlobs(BlobContract):
    """As one system sees a folder that others use too."""

    @pytest.fixture
    async def blobs(self, tmp_path: Path) -> AsyncIterator[OwnBlobs]:
        async with open_sqlite_ledger(tmp_path / "ledger.sqlite3") as ledger:
            yield OwnBlobs(system="one-stop", blobs=FolderBlobs(tmp_path / "blobs"), ledger=ledger, reader=ledger.reader)


async def test_what_another_system_put_is_not_there_until_it_is_put_again(tmp_path: Path) -> None:
    folder = FolderBlobs(tmp_path / "blobs")
    async with open_sqlite_ledger(tmp_path / "ledger.sqlite3") as ledger:
        own, other = (OwnBlobs(system=name, blobs=folder, ledger=ledger, reader=ledger.reader) for name in ("own", "other"))
        info = await other.put(pieces(b"paper"))

        assert await own.info(info.sha256) is None
        with pytest.raises(Refused):
            await whole(own, info.sha256)
        with pytest.raises(Malformed):
            await own.put(pieces(b"another"), expected_sha256=info.sha256)
        assert await own.info(info.sha256) is None
        await own.put(pieces(b"paper"), expected_sha256=info.sha256)
        assert await whole(own, info.sha256) == b"paper"


async def test_a_content_is_there_after_the_folder_is_opened_again(tmp_path: Path) -> None:
    info = await FolderBlobs(tmp_path).put(pieces(b"paper"))

    assert await whole(FolderBlobs(tmp_path), info.sha256) == b"paper"
    assert (tmp_path / info.sha256[:2] / info.sha256).read_bytes() == b"paper"


async def test_nothing_unfinished_stays_behind(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    await blobs.put(pieces(b"good"))
    with pytest.raises(Malformed):
        await blobs.put(pieces(b"bad"), expected_sha256="0" * 64)

    assert list((tmp_path / "incoming").iterdir()) == []


def test_what_an_ended_process_left_unfinished_is_removed_a_running_upload_is_not(tmp_path: Path) -> None:
    FolderBlobs(tmp_path)
    old, young = tmp_path / "incoming" / "old", tmp_path / "incoming" / "young"
    old.touch()
    young.touch()
    os.utime(old, (0, young.stat().st_mtime - ABANDONED_SECONDS - 60))

    FolderBlobs(tmp_path)

    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["young"]


async def test_a_disk_that_does_not_take_it_is_told_as_not_now(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    (tmp_path / "incoming").rmdir()

    with pytest.raises(RetryLater):
        await blobs.put(pieces(b"paper"))
