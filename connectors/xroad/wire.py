"""What an answer means: the errors of X-Road itself, those of the provider, and what is no answer at all."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeAlias

import msgspec

from connectors.xroad.message import RemoteReceipt
from gateway.sdk import NeedsPerson, OutcomeUnknown, RetryLater, load_table, scrub
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import Collection

    from connectors.xroad.message import Known
    from gateway.sdk import CompiledMapping, Document, HttpAnswer, Outgoing

__all__ = ["Line", "Refusal", "Taken", "Verdict", "judge_business", "raise_for_status", "raise_of_xroad", "unbound"]

#: Statuses of the provider, or of something before it, with which nothing was taken; they speak of the way, not of the dossier.
LATER = frozenset({401, 403, 404, 405, 408, 425, 429, 503})
LONGEST_CODE = 100
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The provider accepted it, now or before."""

    receipt: RemoteReceipt = RemoteReceipt()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The provider refuses it for good, with a code and words without numbers of people."""

    code: str
    text: str


Verdict: TypeAlias = Taken | Refusal


class Line(Protocol):
    """The open line to the provider, in one of the two protocols."""

    def write(self, outgoing: Outgoing) -> Document:
        """Write the message, without the contents of files; the same for every attempt. Raises `Malformed`."""

    async def send(self, outgoing: Outgoing, document: Document) -> Verdict:
        """Send the message and its files. Raises `RetryLater`, `OutcomeUnknown` or `NeedsPerson`."""

    async def ask(self, outgoing: Outgoing) -> Known:
        """Ask whether the message arrived. Raises `RetryLater` when it cannot be asked, `NeedsPerson` when the question itself is refused."""


def raise_of_xroad(code: str, text: str, sent: bytes = b"") -> NoReturn:
    """Raise what an error of X-Road means: `NeedsPerson` where our own request is wrong, `RetryLater` where it surely did not come as far as
    the provider, `OutcomeUnknown` where it may have. No text names what the XML that was `sent` says.
    """
    known = re.sub(r"[^a-z0-9.]", "", code.lower())
    name = UNSAFE.sub("_", code)[:LONGEST_CODE] or "unnamed"
    said = f"X-Road answered {name}: {scrub(text, sent)}"
    if known == "client" or known.startswith("client."):
        raise NeedsPerson(said, code=name)
    place = ".".join(known.removeprefix("server.").split(".")[:2])
    if _table().read({"place": place}).get("verdict") == "not_passed":
        raise RetryLater(said, code=name)
    raise OutcomeUnknown(said, code=name)


def raise_for_status(answer: HttpAnswer) -> None:
    """Raise what a status means that is no answer of the service: `RetryLater` where nothing was taken, `OutcomeUnknown` where it may be."""
    status = answer.status
    text, code = f"the other side answered HTTP {status}", f"http_{status}"
    if status in LATER or 300 <= status < 400:
        pause = answer.headers.get("retry-after", "")
        raise RetryLater(text, after=timedelta(seconds=int(pause[:6])) if pause.isascii() and pause.isdigit() else None, code=code)
    if status >= 500:
        raise OutcomeUnknown(text, code=code)


def judge_business(code: str, text: str, retry_codes: Collection[str], sent: bytes = b"") -> Refusal:
    """Read a business error of the provider; its words do not name what the XML that was `sent` says. Raises `RetryLater` for a code that says "not now"."""
    if code in retry_codes:
        raise RetryLater(f"the provider says not now: {scrub(text, sent)}", code=UNSAFE.sub("_", code)[:LONGEST_CODE])
    return Refusal(code=UNSAFE.sub("_", code)[:LONGEST_CODE] or "refused", text=scrub(text, sent) or "no reason was given")


def unbound(text: str, code: str) -> OutcomeUnknown:
    """The error for an answer that cannot be believed to be the answer to our request."""
    return OutcomeUnknown(text, code=code)


@cache
def _table() -> CompiledMapping:
    """The table of errors, compiled once."""
    return load_table(table_path("xroad", "loi"))
