"""The messages of civil registration: what a request carries, and what an answer means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from gateway.sdk import OutcomeUnknown, RetryLater, base64_encoded, read_object, scrub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from connectors.hotich.config import Config
    from gateway.sdk import BlobStore, HttpAnswer

__all__ = [
    "Busy",
    "Refusal",
    "Taken",
    "Verdict",
    "judge",
    "read_statuses",
    "split_faults",
    "with_files",
]

WHO = "civil registration"
ALREADY_THERE = "đã được tiếp nhận"
OK = "1"
FILE = re.compile(rb'"duLieuTepDinhKem":"([0-9a-f]{64})"')
#: Where one fault ends and the next begins in a line that several were glued into.
SEAM = re.compile(r"[;|\r\n]+|(?<=[.!])\s+(?=[A-ZÀ-Ỹ])|\s+(?=[a-z]+[A-Z]\w*\s*:)")


class Taken(msgspec.Struct, frozen=True):
    """It was received, now or before."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """It was refused, with a code and the faults, one by one, without numbers of people."""

    code: str
    faults: tuple[str, ...]


class Busy(msgspec.Struct, frozen=True, kw_only=True):
    """Not now, says the service."""

    code: str


Verdict: TypeAlias = Taken | Refusal | Busy


def judge(answer: HttpAnswer, config: Config) -> Verdict:
    """Decide what the answer to a registration means. Raises `RetryLater` or `OutcomeUnknown` when it is no answer of the service."""
    found = read_object(answer, who=WHO)
    if "status" not in found:
        raise OutcomeUnknown(f"{WHO} answered JSON without status", code="no_status")
    text = " ".join(str(found.get("errorDescription") or found.get("statusDescription") or "").split())
    code = str(found.get("errorCode") or "").strip()
    if str(found["status"]).strip() == OK or ALREADY_THERE in text.lower():
        return Taken()
    if code in config.retry_codes:
        return Busy(code=code)
    return Refusal(code=code or "refused", faults=split_faults(text))


def read_statuses(answer: HttpAnswer) -> list[dict[str, Any]]:
    """Read the answer to a question for statuses; a dossier that is not there is not in the list. Raises `RetryLater` when it is no answer."""
    found = read_object(answer, who=WHO, safe=True)
    value = found.get("value")
    if str(found.get("status", "")).strip() != OK and not value:
        if "không tìm thấy" in str(found.get("statusDescription") or "").lower():
            return []
        raise RetryLater(f"{WHO} would not tell statuses: {scrub(str(found.get('statusDescription') or ''))}", code="not_told")
    return [row for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]


def split_faults(text: str) -> tuple[str, ...]:
    """Take apart what was glued into one line; a text without seams is one fault."""
    return tuple(part for piece in SEAM.split(text) if (part := scrub(piece).strip(" .,-")))


async def with_files(body: bytes, blobs: BlobStore, allowed: Collection[str]) -> AsyncIterator[bytes]:
    """Stream a request with the content of each file, in base64, in the place of its hash; never the whole of a file in memory.

    Only hashes in `allowed` are replaced: a text that merely looks like one cannot draw a file out of the store.
    """
    begun = 0
    for found in FILE.finditer(body):
        sha256 = found.group(1).decode()
        if sha256 not in allowed:
            continue
        yield body[begun : found.start(1)]
        async for piece in base64_encoded(blobs.open(sha256)):
            yield piece
        begun = found.end(1)
    yield body[begun:]
