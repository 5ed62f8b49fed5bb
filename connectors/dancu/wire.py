"""The answers of the population database, in either style: a citizen, nobody, or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from xml.sax.saxutils import escape

import msgspec

from gateway.sdk import (
    FaultCode,
    Malformed,
    NeedsPerson,
    RetryLater,
    SoapFault,
    read_envelope,
    read_fault,
    read_object,
    require_answer,
    scrub,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.sdk import CompiledMapping, HttpAnswer, Wrapping

__all__ = ["Found", "NoOne", "Refusal", "Reply", "read_json_reply", "read_soap_reply"]

WHO = "the population database"
COLLECTION = "{http://www.mic.gov.vn/dancu/1.0}CongdanCollection"
CITIZEN = "{http://www.mic.gov.vn/dancu/1.0}CongDan"
#: What the security servers say that only the site, or the database's keeper, can mend.
OF_THE_SITE = ("Client.", "Server.ServerProxy.AccessDenied", "Server.ServerProxy.UnknownService", "Server.ClientProxy.UnknownMember")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen was found; `citizen` is what the table reads of them, by the names of an applicant."""

    citizen: dict[str, Any]


class NoOne(msgspec.Struct, frozen=True):
    """Nobody was found."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The database would not look; its code, and its words without anything of who was asked about."""

    code: str
    text: str


Reply: TypeAlias = Found | NoOne | Refusal


def read_soap_reply(answer: HttpAnswer, table: CompiledMapping, *, asked: Iterable[str]) -> Reply:
    """Read an answer in SOAP. `asked` are the values that no text may show.

    Raises `RetryLater` when it is no answer, or one that cannot be read: asking again is harmless; `NeedsPerson` when the security server
    refuses for a reason that only the site can mend.
    """
    _require_passed(answer)
    try:
        body = read_envelope(answer.body).body
    except Malformed as error:
        _require_status(answer)
        raise RetryLater(f"{WHO} answered something that is not SOAP", code="not_soap") from error
    if (fault := read_fault(body)) is not None:
        return _refusal(fault, asked)
    _require_status(answer)
    if body is None or body.tag != COLLECTION:
        raise RetryLater(f"{WHO} answered another element than a collection of citizens", code="no_collection")
    return _one([child for child in body if child.tag == CITIZEN], table)


def read_json_reply(answer: HttpAnswer, table: CompiledMapping, wrapping: Wrapping, *, asked: Iterable[str]) -> Reply:
    """Read an answer in JSON: the tree of the SOAP answer, with its envelope or without; errors as `read_soap_reply`."""
    tree: Any = read_object(answer, who=WHO, wrapping=wrapping, safe=True)
    code = str(tree.get("error_code", tree.get("errorCode", "")))
    for name in ("Envelope", "Body"):
        tree = tree.get(name, tree) if isinstance(tree, dict) else {}
    if not isinstance(tree, dict) or "CongdanCollection" not in tree:
        if code.strip("0") and isinstance(tree, dict):
            return Refusal(code=scrub(code)[:60], text=_told(str(tree.get("message", "")), asked))
        raise RetryLater(f"{WHO} answered JSON without a collection of citizens", code="no_collection")
    found = tree["CongdanCollection"]
    citizens = found.get("CongDan") if isinstance(found, dict) else None
    return _one([one for one in (citizens if isinstance(citizens, list) else [citizens]) if one], table)


def _one(citizens: list[Any], table: CompiledMapping) -> Reply:
    """The one citizen of an answer; several are an answer that says nothing."""
    if not citizens:
        return NoOne()
    if len(citizens) > 1:
        return Refusal(code="several", text="more than one citizen was found")
    try:
        return Found(citizen=table.read(citizens[0]))
    except Malformed as error:
        raise RetryLater(f"{WHO} answered a citizen that cannot be read: {error}", code="unreadable") from error


def _refusal(fault: SoapFault, asked: Iterable[str]) -> Refusal:
    """What a fault means: a fault of the receiver passes."""
    text = _told(fault.text, asked)
    if fault.code is FaultCode.RECEIVER:
        raise RetryLater(f"{WHO} answered a fault: {text}", code=scrub(fault.dotted)[:60])
    return Refusal(code=scrub(fault.dotted)[:60], text=text)


def _require_passed(answer: HttpAnswer) -> None:
    """Raise what a fault of the security servers means; it comes as JSON, and is named in a header."""
    named = answer.headers.get("x-road-error", "")
    if not named:
        return
    code = scrub(named)[:80]
    if code.startswith(OF_THE_SITE):
        raise NeedsPerson(f"the security server refuses the call: {code}", code="xroad")
    raise RetryLater(f"the security server could not pass the call on: {code}", code="xroad")


def _require_status(answer: HttpAnswer) -> None:
    """Raise `RetryLater` for a status that is none of an answer."""
    try:
        require_answer(answer, who=WHO)
    except RetryLater as error:
        raise RetryLater(error.text, after=error.after, code=error.code) from error
    if answer.status >= 300:
        raise RetryLater(f"{WHO} answered HTTP {answer.status}", code=f"http_{answer.status}")


def _told(text: str, asked: Iterable[str]) -> str:
    """The words of the database, without anything of who was asked about."""
    return scrub(text, "".join(f"<v>{escape(value)}</v>" for value in asked).encode()) or "no reason was given"
