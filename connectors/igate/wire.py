"""The calls of the system: what they look like, and what an answer means."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from gateway.sdk import OutcomeUnknown, RetryLater

if TYPE_CHECKING:
    from gateway.sdk import HttpAnswer

__all__ = ["Exists", "Refusal", "Taken", "Verdict", "judge", "read_object", "read_rows", "require_answer", "scrub"]

ALREADY_THERE = "đã tồn tại"
LATER = frozenset({401, 403, 405, 408, 425, 429, 503})
LONGEST_TEXT = 500


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The system did it; `id` is its own id of the dossier, when it said."""

    id: str = ""


class Exists(msgspec.Struct, frozen=True, kw_only=True):
    """The system has it already; `id` as in `Taken`."""

    id: str = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The system refuses, with its code and its words without numbers of people."""

    code: str
    text: str


Verdict: TypeAlias = Taken | Exists | Refusal


def judge(answer: HttpAnswer) -> Verdict:
    """Decide what the answer to a change means. Raises `RetryLater` or `OutcomeUnknown` when it is no answer of the system."""
    require_answer(answer)
    found = _object(answer) if answer.status < 300 else _object_or_nothing(answer)
    message = " ".join(str(found.get("message") or "").split())
    own = found.get("id")
    reference = own if isinstance(own, str) else ""
    if answer.status == 409 or ALREADY_THERE in message.lower():
        return Exists(id=reference)
    if answer.status < 300:
        return Taken(id=reference)
    code = found.get("code") or found.get("error") or f"http_{answer.status}"
    return Refusal(code=scrub(str(code))[:60], text=scrub(message) or f"HTTP {answer.status} without a reason")


def read_object(answer: HttpAnswer) -> dict[str, Any]:
    """Read the answer to a question. Raises `RetryLater` when it is none."""
    require_answer(answer, safe=True)
    if answer.status >= 300:
        raise RetryLater(f"the one-stop system answered a question with HTTP {answer.status}", code=f"http_{answer.status}")
    return _object(answer, safe=True)


def read_rows(answer: HttpAnswer) -> list[dict[str, Any]]:
    """Read a page of a search. Raises `RetryLater` when it is none."""
    content = read_object(answer).get("content")
    if not isinstance(content, list):
        raise RetryLater("the one-stop system answered a search without content", code="no_content")
    return [row for row in content if isinstance(row, dict)]


def require_answer(answer: HttpAnswer, *, safe: bool = False) -> None:
    """Raise what a status means that is no answer of the system: `RetryLater` where it was not taken (or is `safe` to repeat),
    `OutcomeUnknown` where it may have been.
    """
    status = answer.status
    text, code = f"the one-stop system answered HTTP {status}", f"http_{status}"
    if status in LATER or 300 <= status < 400 or (safe and status >= 500):
        raise RetryLater(text, after=_pause(answer.headers.get("retry-after", "")), code=code)
    if status >= 500:
        raise OutcomeUnknown(text, code=code)


def scrub(text: str) -> str:
    """Take from a foreign text what may name a person: what it quotes, e-mail addresses, runs of nine digits and more; 500 characters stay."""
    bare = re.sub(r"\S+@\S+|[\"“][^\"”]*[\"”]", "…", " ".join(text.split()))
    return re.sub(r"\+?(?<![0-9.\-])[0-9]{9,}", "…", bare)[:LONGEST_TEXT]


def _object(answer: HttpAnswer, *, safe: bool = False) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        text = "the one-stop system answered something that is not JSON"
        raise (RetryLater(text, code="not_json") if safe else OutcomeUnknown(text, code="not_json")) from error
    if not isinstance(found, dict):
        text = "the one-stop system answered JSON that is no object"
        raise RetryLater(text, code="no_object") if safe else OutcomeUnknown(text, code="no_object")
    return found


def _object_or_nothing(answer: HttpAnswer) -> dict[str, Any]:
    """Read the JSON object of a refusal, whose status says enough by itself."""
    try:
        return _object(answer)
    except OutcomeUnknown:
        return {}


def _pause(text: str) -> timedelta | None:
    """Read a pause asked for in seconds."""
    return timedelta(seconds=int(text[:6])) if text.isascii() and text.isdigit() else None
