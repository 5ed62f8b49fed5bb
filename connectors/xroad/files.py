"""The files of a transfer, as the blob store has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.sdk import NeedsPerson, attachments

if TYPE_CHECKING:
    from gateway.sdk import Attachment, BlobStore, Transfer

__all__ = ["files_of"]


async def files_of(transfer: Transfer, blobs: BlobStore) -> dict[str, tuple[Attachment, int]]:
    """The files of a transfer by their hash, each once, with their size; those without a hash stay where their address says.

    Raises `NeedsPerson` when a content is gone: a stream that breaks in the middle would leave the outcome unknown.
    """
    found: dict[str, tuple[Attachment, int]] = {}
    for _, file in attachments(transfer.dossier):
        if isinstance(file.sha256, str) and file.sha256 not in found:
            info = await blobs.info(file.sha256)
            if info is None:
                raise NeedsPerson("the content of a file was purged", code="purged")
            found[file.sha256] = file, info.size
    return found
