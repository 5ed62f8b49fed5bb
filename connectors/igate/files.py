"""Files between the system and the blob store, as streams in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import UNSET

from gateway.sdk import RetryLater, attachments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.igate.api import Api
    from gateway.sdk import Attachment, BlobInfo, Dossier, Outgoing, Transfer

__all__ = ["fetch_files", "upload_files"]

log = structlog.get_logger(__name__)
PARTS = ("dossierFormFile", "attachment")


async def fetch_files(transfer: Transfer, api: Api, *, is_last_try: bool = False) -> Transfer:
    """Fetch every file that the transfer names by the system's id into the blob store, and name it by its hash.

    A file that the system no longer has keeps its id alone; on the last try, one that breaks does so too. Raises `RetryLater` when a file
    cannot be fetched now.
    """
    ids = {one.id for _, one in attachments(transfer.dossier) if isinstance(one.id, str) and one.sha256 is UNSET}
    held: dict[str, BlobInfo] = {}
    for id_ in sorted(ids):
        try:
            info = await api.download(id_)
        except RetryLater:
            if not is_last_try:
                raise
            log.warning("polled_file_given_up", message_id=transfer.message_id)
            continue
        if info is not None:
            held[id_] = info
    return msgspec.structs.replace(transfer, dossier=_with_hashes(transfer.dossier, held)) if held else transfer


async def upload_files(document: dict[str, Any], outgoing: Outgoing, api: Api) -> None:
    """Send every file that the document names by its hash, and name it by the system's id. Errors as `Api.upload`."""
    media_types = {one.sha256: one.media_type for _, one in attachments(outgoing.accepted.transfer.dossier)}
    ids: dict[str, str] = {}
    for file in _files(document):
        sha256 = file.pop("sha256", None)
        if sha256 is None:
            continue
        if sha256 not in ids:
            media_type = media_types.get(sha256)
            ids[sha256] = await api.upload(sha256, file["filename"], media_type if isinstance(media_type, str) else None)
        file["id"] = ids[sha256]


def _files(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every file of a written document."""
    for part in PARTS:
        for paper in document.get(part, ()):
            yield from paper.get("file", ())


def _with_hashes(dossier: Dossier, held: Mapping[str, BlobInfo]) -> Dossier:
    """The dossier with the hash and the true size of each file that was fetched."""

    def named(file: Attachment) -> Attachment:
        """Name one file."""
        info = held.get(file.id) if isinstance(file.id, str) else None
        return msgspec.structs.replace(file, sha256=info.sha256, size=info.size) if info else file

    return msgspec.structs.replace(
        dossier,
        components=tuple(msgspec.structs.replace(one, attachments=tuple(map(named, one.attachments))) for one in dossier.components),
        results=tuple(msgspec.structs.replace(one, attachments=tuple(map(named, one.attachments))) for one in dossier.results),
    )
