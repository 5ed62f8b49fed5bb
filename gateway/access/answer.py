"""What every answer is looked at for before its dialect is: whether it is one at all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.access.wrapping import Bare, unwrap
from gateway.domain.errors import OutcomeUnknown, RetryLater

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.access.wrapping import Wrapping
    from gateway.connector import HttpAnswer

__all__ = ["NOT_TAKEN", "pause_of", "read_json", "read_object", "require_answer"]

#: Statuses that say: this was not taken, whatever it was.
NOT_TAKEN = frozenset({401, 403, 404, 405, 408, 429, 503})


def read_json(
    answer: HttpAnswer, *, who: str, wrapping: Wrapping | None = None, safe: bool = False, not_taken: Collection[int] = NOT_TAKEN
) -> Any:
    """Read the JSON of an answer, out of what the service bus wrapped it into.

    Raises as `require_answer` and `unwrap`, and `OutcomeUnknown` when it is no JSON; when `safe` says that asking twice is harmless, all of
    these are `RetryLater`.
    """
    try:
        require_answer(answer, who=who, not_taken=not_taken)
        return unwrap(wrapping or Bare(), _decoded(answer.body, who), who=who)
    except OutcomeUnknown as error:
        if not safe:
            raise
        raise RetryLater(error.text, code=error.code) from error


def read_object(
    answer: HttpAnswer, *, who: str, wrapping: Wrapping | None = None, safe: bool = False, not_taken: Collection[int] = NOT_TAKEN
) -> dict[str, Any]:
    """Read the JSON object of an answer; otherwise as `read_json`."""
    found = read_json(answer, who=who, wrapping=wrapping, safe=safe, not_taken=not_taken)
    if isinstance(found, dict):
        return found
    text = f"{who} answered JSON that is no object"
    raise RetryLater(text, code="no_object") if safe else OutcomeUnknown(text, code="no_object")


def require_answer(answer: HttpAnswer, *, who: str, not_taken: Collection[int] = NOT_TAKEN) -> None:
    """Raise what a status means that is no answer of `who`: `RetryLater` where the call was not taken, `OutcomeUnknown` where it may have been."""
    status = answer.status
    text, code = f"{who} answered HTTP {status}", f"http_{status}"
    if status in not_taken:
        raise RetryLater(text, after=pause_of(answer), code=code)
    if status >= 500:
        raise OutcomeUnknown(text, code=code)


def pause_of(answer: HttpAnswer) -> timedelta | None:
    """The pause that an answer asks for, in seconds."""
    text = answer.headers.get("retry-after", "")
    return timedelta(seconds=int(text[:6])) if text.isascii() and text.isdigit() else None


def _decoded(body: bytes, who: str) -> Any:
    """Read JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise OutcomeUnknown(f"{who} answered something that is not JSON", code="not_json") from error
