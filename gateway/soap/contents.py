"""The contents that came with a message, in their places in a transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from gateway.domain.errors import Malformed, Problem
from gateway.domain.transfer import attachments
from gateway.soap.xop import cid_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.domain.dossier import Attachment, Component, Result
    from gateway.domain.transfer import Transfer
    from gateway.ports import BlobInfo

__all__ = ["with_contents"]

Paper = TypeVar("Paper", "Component", "Result")


def with_contents(transfer: Transfer, stored: Mapping[str, BlobInfo], *, is_signed: bool) -> Transfer:
    """Put the contents of a message in their places in its transfer: an attachment names its own by the url `cid:` or by SHA-256.

    Raises `Malformed` for a name that names nothing, a content that is not what the attachment says, and a content that nobody names. Where
    the message is signed, an attachment must name the SHA-256: what comes beside a message is not signed with it.
    """
    problems: list[Problem] = []
    used: set[str] = set()
    if is_signed:
        problems += [
            Problem(path=f"{path}.sha256", rule="a signed message names the SHA-256 of what comes with it", found="nothing")
            for path, one in attachments(transfer.dossier)
            if one.sha256 is UNSET and isinstance(one.url, str) and cid_of(one.url)
        ]
    filled = {path: _filled(path, one, stored, used, problems) for path, one in attachments(transfer.dossier)}
    hashes = {one.sha256 for one in filled.values()}
    for name, info in stored.items():
        if name not in used and info.sha256 not in hashes:
            problems.append(
                Problem(path="attachments", rule="no attachment of the dossier names this content", hint="by url cid: and its id")
            )
    if problems:
        raise Malformed(problems)
    in_order = iter(filled.values())
    dossier = replace(
        transfer.dossier,
        components=tuple(_refilled(one, in_order) for one in transfer.dossier.components),
        results=tuple(_refilled(one, in_order) for one in transfer.dossier.results),
    )
    return replace(transfer, dossier=dossier)


def _filled(path: str, attachment: Attachment, stored: Mapping[str, BlobInfo], used: set[str], problems: list[Problem]) -> Attachment:
    """Give an attachment the hash and size of the content that it names."""
    name = cid_of(attachment.url) if isinstance(attachment.url, str) else ""
    if not name:
        return attachment
    info = stored.get(name)
    if info is None:
        problems.append(Problem(path=f"{path}.url", rule="names no content of this message"))
        return attachment
    used.add(name)
    if attachment.sha256 not in {UNSET, info.sha256}:
        problems.append(Problem(path=f"{path}.sha256", rule="the content that came has another SHA-256", found=info.sha256))
    if attachment.size not in {UNSET, info.size}:
        problems.append(Problem(path=f"{path}.size", rule="the content that came has another size", found=str(info.size)))
    return replace(attachment, sha256=info.sha256, size=info.size, url=UNSET)


def _refilled(paper: Paper, in_order: Iterator[Attachment]) -> Paper:
    """Give a paper its attachments anew."""
    return replace(paper, attachments=tuple(next(in_order) for _ in paper.attachments))
