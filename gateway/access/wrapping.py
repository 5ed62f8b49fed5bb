"""What service buses wrap the answer of an agency into."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from gateway.access.kinds import Piece
from gateway.domain.errors import OutcomeUnknown, RetryLater

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Bare", "BusWrapping", "TextWrapping", "Wrapping", "unwrap"]

#: What a bus says of itself in `code` when it did not hand a call on.
NOT_HANDED_ON = re.compile(r"(?:http_)?(?:401|403|404|405|408|429|503)", re.IGNORECASE)
HARMLESS = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Bare(Piece, frozen=True, kw_only=True, tag="bare"):
    """Nothing: the answer is the agency's."""


class BusWrapping(Piece, frozen=True, kw_only=True, tag="bus"):
    """`{code, status, correlationId, response}`: the answer of the agency is in `response`, as JSON or as a text of JSON."""

    SHOWN = ("response",)

    response: Annotated[str, Meta(min_length=1)] = "response"


class TextWrapping(Piece, frozen=True, kw_only=True, tag="text"):
    """`{message: "…"}`: the answer of the agency is JSON in a text."""

    SHOWN = ("field",)

    field: Annotated[str, Meta(min_length=1)] = "message"


Wrapping: TypeAlias = Bare | BusWrapping | TextWrapping


def unwrap(wrapping: Wrapping, found: Any, *, who: str) -> Any:
    """Take the answer of the agency out of an answer.

    Raises `RetryLater` when the bus says that it did not hand the call on, `OutcomeUnknown` when nobody can tell.
    """
    match wrapping:
        case Bare():
            return found
        case BusWrapping(response=name):
            bus = _object(found, who)
            inner = _plain(bus.get(name), who)
            if inner is None:
                raise _no_answer(bus, who)
            return inner
        case TextWrapping(field=name):
            text = _object(found, who).get(name)
            if not isinstance(text, str):
                raise OutcomeUnknown(f"{who} answered without a text of JSON in `{name}`", code="no_answer")
            return _plain(text, who)
        case _:
            assert_never(wrapping)


def _no_answer(bus: Mapping[str, Any], who: str) -> RetryLater:
    """What it means that the bus gives no answer of the agency; its correlation id helps those who run it."""
    code = str(bus.get("code", bus.get("status", "")))
    trace = str(bus.get("correlationId", ""))
    named = f" (correlation {trace})" if HARMLESS.fullmatch(trace) else ""
    text = f"the service bus gave no answer of {who}, code {code if HARMLESS.fullmatch(code) else '(none)'}{named}"
    return RetryLater(text, code="bus") if NOT_HANDED_ON.fullmatch(code) else OutcomeUnknown(text, code="bus")


def _plain(value: Any, who: str) -> Any:
    """A value that may be JSON in a text."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise OutcomeUnknown(f"{who} answered a text that is not JSON", code="not_json") from error


def _object(found: Any, who: str) -> Mapping[str, Any]:
    """The outer object."""
    if not isinstance(found, dict):
        raise OutcomeUnknown(f"{who} answered JSON that is no object", code="no_object")
    return found
