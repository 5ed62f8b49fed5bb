"""What an axis answers, in either style, and what it means."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from gateway.sdk import Malformed, NeedsPerson, OutcomeUnknown, RetryLater, load_table
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from connectors.edxml.letter import Letter
    from gateway.sdk import BlobInfo, CompiledMapping, Document, HttpAnswer

__all__ = [
    "Axis",
    "Exists",
    "Item",
    "Refusal",
    "Taken",
    "Verdict",
    "judge",
    "read_object",
    "read_rows",
    "require_answer",
    "scrub",
    "stamp_of",
    "verdict_of",
]

ALREADY_THERE = "đã tồn tại"
LATER = frozenset({401, 403, 404, 405, 408, 425, 429, 502, 503})
LONGEST_TEXT = 500
DAY_FIRST = re.compile(r"([0-9]{2})[/-]([0-9]{2})[/-]([0-9]{4})(.*)", re.DOTALL)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The axis took it; `id` is its own id of the message."""

    id: str = ""


class Exists(msgspec.Struct, frozen=True):
    """The axis has it already."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The axis refuses, with its code and its words without numbers of people."""

    code: str
    text: str


Verdict: TypeAlias = Taken | Exists | Refusal


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits at the axis: its id there, `edoc` or `status`, when it came, and whether it was answered for already."""

    id: str
    kind: str
    created: str
    is_answered: bool


class Axis(Protocol):
    """The open line to an axis, in its style."""

    async def send(self, document: Document, letter: Letter, body: Callable[[], AsyncIterator[bytes]]) -> Verdict:
        """Send a document; `body` makes its stream afresh. Raises `NeedsPerson` for a code that the site must mend, and as `judge`."""

    async def is_sent(self, letter: Letter) -> bool:
        """Tell whether the axis has a document of ours. Raises `RetryLater` when it cannot be asked."""

    async def received(self, kind: str) -> list[Item]:
        """List what waits, `edoc` or `status`. Raises `RetryLater` when it cannot be asked."""

    async def fetch(self, id_: str) -> BlobInfo:
        """Bring a document that waits into the blob store, as it is. Raises `RetryLater` when it cannot be had now."""

    async def acknowledge(self, id_: str, *, is_done: bool) -> None:
        """Tell the axis that a message arrived whole, or cannot be read: the answer of the transport, not of the agency."""


def judge(answer: HttpAnswer) -> Verdict:
    """Decide what the answer to a document means. A code is never a reason to send again by oneself: it is a refusal, or `NeedsPerson`.
    Raises `RetryLater` or `OutcomeUnknown` when it is no answer of the axis.
    """
    require_answer(answer)
    return verdict_of(_object(answer))


def verdict_of(found: Mapping[str, Any]) -> Verdict:
    """Decide what is said about a document, in the words of either axis; raises as `judge`."""
    try:
        said = _table().read({name: value for name, value in found.items() if name != "data" or isinstance(value, dict)})
    except Malformed as error:
        raise OutcomeUnknown("the axis answered what is no answer", code="no_answer") from error
    code, text = str(said.get("code", "")), scrub(str(said.get("text", "")))
    if ALREADY_THERE in text.lower():
        return Exists()
    if code in {"", "0"} and (said.get("success") is True or said.get("status") == "OK"):
        return Taken(id=str(said.get("doc_id", "")))
    if not code and "success" not in said and "status" not in said:
        raise OutcomeUnknown("the axis answered what is no answer", code="no_answer")
    if said.get("verdict") == "needs_person":
        raise NeedsPerson(f"the axis says {code}: {text}", code=f"axis_{code}")
    return Refusal(code=scrub(code)[:60] or "refused", text=text or "no reason was given")


def read_object(answer: HttpAnswer) -> dict[str, Any]:
    """Read the answer to a question. Raises `RetryLater` when it is none."""
    try:
        require_answer(answer)
        return _object(answer)
    except OutcomeUnknown as error:
        raise RetryLater(error.text, code=error.code) from error


def read_rows(answer: HttpAnswer, *, lenient: bool) -> list[dict[str, Any]]:
    """Read a list. Raises `RetryLater` when it is none; `lenient`: an answer that is empty or no JSON is an empty list, as the library of
    the national axis has it.
    """
    if lenient and answer.status == 200:
        try:
            found = msgspec.json.decode(answer.body or b"[]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return []
    else:
        found = read_object(answer)
    rows = found.get("data") if isinstance(found, dict) else found
    if isinstance(found, dict) and not isinstance(rows, list):
        if str(found.get("ErrorCode", "0")) == "0" and found.get("success") is not False and found.get("status") != "FAIL":
            return []
        raise RetryLater("the axis would not list its messages", code="not_listed")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def require_answer(answer: HttpAnswer) -> None:
    """Raise what a status means that is no answer of the axis: `RetryLater` where it was not taken, `OutcomeUnknown` where it may be."""
    status = answer.status
    text, code = f"the axis answered HTTP {status}", f"http_{status}"
    if status in LATER or 300 <= status < 400:
        pause = answer.headers.get("retry-after", "")
        raise RetryLater(text, after=timedelta(seconds=int(pause[:6])) if pause.isascii() and pause.isdigit() else None, code=code)
    if status >= 500:
        raise OutcomeUnknown(text, code=code)


def stamp_of(created: object) -> str:
    """A time of creation in a form that sorts, whatever the axis writes."""
    text = str(created or "").strip()
    found = DAY_FIRST.fullmatch(text)
    return f"{found[3]}/{found[2]}/{found[1]}{found[4]}" if found else text.replace("-", "/")


def scrub(text: str) -> str:
    """Take from a foreign text what may name a person: what it quotes, e-mail addresses, runs of nine digits and more; 500 characters stay."""
    bare = re.sub(r"\S+@\S+|[\"“][^\"”]*[\"”]", "…", " ".join(text.split()))
    return re.sub(r"(?<![0-9.\-])[0-9]{9,}", "…", bare)[:LONGEST_TEXT]


@cache
def _table() -> CompiledMapping:
    """The table of answers, compiled once."""
    return load_table(table_path("edxml", "tra-loi"))


def _object(answer: HttpAnswer) -> dict[str, Any]:
    """Read a JSON object; raises `OutcomeUnknown` when it is something else."""
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OutcomeUnknown("the axis answered something that is not JSON", code="not_json") from error
    if not isinstance(found, dict):
        raise OutcomeUnknown("the axis answered JSON that is no object", code="no_object")
    return found
