"""The folder keeps the promises of a blob store, and survives a process that ends midway."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.adapters.folder_blobs import ABANDONED_SECONDS, FolderBlobs
from gateway.domain.errors import Malformed, RetryLater
from gateway.testing.blob_contract import BlobContract, pieces, whole


class TestFolderBlobs(BlobContract):
    """In a folder."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FolderBlobs:
        return FolderBlobs(tmp_path / "blobs")


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
