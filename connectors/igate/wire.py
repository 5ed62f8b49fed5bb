"""The calls of the system: what they look like, and what an answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from gateway.sdk import OutcomeUnknown, RetryLater, read_object, require_answer, scrub

if TYPE_CHECKING:
    from gateway.sdk import HttpAnswer

__all__ = ["Exists", "Refusal", "Taken", "Verdict", "judge", "read_rows", "read_told"]

ALREADY_THERE = "đã tồn tại"
WHO = "the one-stop system"
#: A missing dossier is an answer here; being sent elsewhere is none.
LATER = frozenset({401, 403, 405, 408, 425, 429, 503, *range(300, 400)})
NOT_TOLD = frozenset(range(300, 500))


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
    require_answer(answer, who=WHO, not_taken=LATER)
    found = read_object(answer, who=WHO) if answer.status < 300 else _object_or_nothing(answer)
    message = " ".join(str(found.get("message") or "").split())
    own = found.get("id")
    reference = own if isinstance(own, str) else ""
    if answer.status == 409 or ALREADY_THERE in message.lower():
        return Exists(id=reference)
    if answer.status < 300:
        return Taken(id=reference)
    code = found.get("code") or found.get("error") or f"http_{answer.status}"
    return Refusal(code=scrub(str(code))[:60], text=scrub(message) or f"HTTP {answer.status} without a reason")


def read_told(answer: HttpAnswer) -> dict[str, Any]:
    """Read the answer to a question. Raises `RetryLater` when it is none."""
    return read_object(answer, who=WHO, not_taken=NOT_TOLD, safe=True)


def read_rows(answer: HttpAnswer) -> list[dict[str, Any]]:
    """Read a page of a search. Raises `RetryLater` when it is none."""
    content = read_told(answer).get("content")
    if not isinstance(content, list):
        raise RetryLater("the one-stop system answered a search without content", code="no_content")
    return [row for row in content if isinstance(row, dict)]


def _object_or_nothing(answer: HttpAnswer) -> dict[str, Any]:
    """Read the JSON object of a refusal, whose status says enough by itself."""
    try:
        return read_object(answer, who=WHO, not_taken=LATER)
    except OutcomeUnknown:
        return {}
