"""The envelope of the portal: what a call looks like, and what an answer means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from gateway.sdk import OutcomeUnknown, read_object, scrub

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.dvcqg.config import Config
    from gateway.sdk import HttpAnswer

__all__ = [
    "LOOK_UP",
    "PROGRESS",
    "SUBMIT",
    "Exists",
    "Expired",
    "No",
    "Reply",
    "Verdict",
    "Yes",
    "encode_call",
    "judge",
    "read_reply",
]

#: The operations, by the names of the portal.
LOOK_UP = "TraCuuHoSo"
PROGRESS = "CapNhatTienDoHoSoMC"
SUBMIT = "DongBoHoSoMC"

SUCCESS = "thành công"
FAILURE = "không thành công"
ALREADY_THERE = "đã tồn tại"
SESSION = re.compile(r"session|phiên (?:làm việc|đăng nhập)|chưa đăng nhập", re.IGNORECASE)
#: Codes that some versions send for what is then decided by the text.
TEXT_DECIDES = frozenset({"3", "-3"})
#: An exception at the other side: nobody knows how far the call came.
EXCEPTION = "-1"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the portal; `code` is text whatever it was on the wire."""

    code: str
    message: str
    result: list[dict[str, Any]]
    session: str | None = None


class Yes(msgspec.Struct, frozen=True):
    """The portal did it."""


class Exists(msgspec.Struct, frozen=True):
    """The portal has such a dossier already."""


class Expired(msgspec.Struct, frozen=True):
    """The session ran out; nothing was done."""


class No(msgspec.Struct, frozen=True, kw_only=True):
    """The portal refuses, with its code and its text without numbers of people."""

    code: str
    text: str


Verdict: TypeAlias = Yes | Exists | Expired | No


def encode_call(
    service: str,
    data: Sequence[Mapping[str, Any]],
    *,
    agency: str,
    session: str,
    updating: bool | None = None,
) -> bytes:
    """Put a call into its envelope; `isUpdating` is a text, and only there where it is said."""
    envelope: dict[str, Any] = {
        "session": session,
        "madonvi": agency,
        "service": service,
    }
    if updating is not None:
        envelope["isUpdating"] = str(updating)
    return msgspec.json.encode({**envelope, "data": data})


def read_reply(answer: HttpAnswer) -> Reply:
    """Read an answer. Raises `RetryLater` or `OutcomeUnknown` when it is none of the portal: a wrong status, an HTML page, other JSON."""
    found = read_object(answer, who="the portal")
    if "error_code" not in found:
        raise OutcomeUnknown("the portal answered JSON without error_code", code="no_error_code")
    session = found.get("session")
    return Reply(
        code=_code(found["error_code"]),
        message=str(found.get("message") or ""),
        result=_rows(found.get("result")),
        session=session if isinstance(session, str) and session else None,
    )


def judge(reply: Reply, config: Config) -> Verdict:
    """Decide what a reply means: the code where it says something, the text where it does not.

    Raises `OutcomeUnknown` for an exception at the other side.
    """
    text = " ".join(reply.message.lower().split())
    if reply.code in config.session_codes:
        return Expired()
    if ALREADY_THERE in text:
        return Exists()
    if reply.code in config.ok_codes:
        return No(code=reply.code, text=scrub(reply.message)) if FAILURE in text else Yes()
    if SESSION.search(text):
        return Expired()
    if reply.code == EXCEPTION:
        raise OutcomeUnknown(f"the portal answered an exception: {scrub(reply.message)}", code=EXCEPTION)
    if reply.code in TEXT_DECIDES and SUCCESS in text and FAILURE not in text:
        return Yes()
    return No(code=reply.code or "refused", text=scrub(reply.message))


def _code(found: object) -> str:
    """Read a code that is a text here and a number there."""
    return str(found).strip() if isinstance(found, str | int) else ""


def _rows(found: object) -> list[dict[str, Any]]:
    """Read a result that is a list, one object, or nothing."""
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]
