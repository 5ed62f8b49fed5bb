"""What an answer means that is none: a fault, by its class and the rules of the connector, or something that is no SOAP."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, OutcomeUnknown, Problem, Refused, RetryLater
from gateway.soap import FaultCode
from gateway.soap.scrub import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from gateway.soap import SoapFault
    from gateway.soap.calling import FaultMeaning, FaultRules

__all__ = ["error_of_fault", "error_of_status", "no_answer"]

#: HTTP says with these that nothing was taken, and that it may be later.
LATER = frozenset({401, 403, 404, 405, 408, 425, 429, 502, 503})
CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
#: Faults of the way to speak, which no other message would mend.
OF_SPEECH = frozenset({FaultCode.DATA_ENCODING_UNKNOWN, FaultCode.MUST_UNDERSTAND, FaultCode.VERSION_MISMATCH})
#: Codes of WS-Security: who calls is not believed, so that nothing was taken, and a login is a matter of the whole destination.
OF_LOGIN = frozenset(
    {
        "FailedAuthentication",
        "FailedCheck",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "MessageExpired",
        "SecurityTokenUnavailable",
        "UnsupportedAlgorithm",
        "UnsupportedSecurityToken",
    }
)
MOST_PROBLEMS = 100


def error_of_fault(fault: SoapFault, rules: FaultRules, *, sent: bytes, safe: bool, is_business: bool = False) -> GatewayError:
    """The error that a fault is. Its text holds nothing of what was sent. `is_business`: it was found in a normal answer."""
    code = _code(fault, is_business=is_business)
    said = scrub(fault.text, sent) or "no reason was given"
    text = f"the service answered a fault: {said}" if not is_business else f"the service says no: {said}"
    match _meaning(fault, rules):
        case "later":
            return RetryLater(text, code=code)
        case "malformed":
            problems = [*_problems(fault, sent)] or [Problem(path="Body", rule=said, found=code)]
            return Malformed(problems[:MOST_PROBLEMS], code=code)
        case "needs_person":
            return NeedsPerson(text, code=code)
        case "refused":
            return Refused(said, code=code)
        case "unknown":
            return RetryLater(text, code=code) if safe else OutcomeUnknown(text, code=code)
        case meaning:
            assert_never(meaning)


def error_of_status(status: int, headers: Mapping[str, str], *, safe: bool) -> GatewayError:
    """The error that an HTTP status is which came without an envelope."""
    text, code = f"the service answered HTTP {status} without a SOAP envelope", f"http_{status}"
    if status in LATER or 300 <= status < 400:
        pause = headers.get("retry-after", "")
        after = timedelta(seconds=int(pause[:6])) if pause.isascii() and pause.isdigit() else None
        return RetryLater(text, after=after, code=code)
    if 400 <= status < 500:
        return NeedsPerson(text, code=code)
    return no_answer(text, code=code, safe=safe)


def no_answer(text: str, *, code: str, safe: bool) -> GatewayError:
    """The error of an answer that says nothing: asking twice is harmless, or nobody knows what was done."""
    return RetryLater(text, code=code) if safe else OutcomeUnknown(text, code=code)


def _meaning(fault: SoapFault, rules: FaultRules) -> FaultMeaning:
    """What to do about a fault: by the longest code that fits, else by its class."""
    dotted = fault.dotted
    fitting = [code for code in rules.codes if dotted == code or dotted.startswith(f"{code}.")]
    if fitting:
        return rules.codes[max(fitting, key=len)]
    if fault.code in OF_SPEECH:
        return "needs_person"
    if fault.subcodes and fault.subcodes[-1] in OF_LOGIN:
        return "later"
    return rules.sender if fault.code is FaultCode.SENDER else rules.receiver


def _code(fault: SoapFault, *, is_business: bool) -> str:
    """The code of a fault, when it is one; a business fault has the agency's own."""
    code = ".".join(fault.subcodes) if is_business and fault.subcodes else fault.dotted
    return code if CODE.fullmatch(code) else "soap_fault"


def _problems(fault: SoapFault, sent: bytes) -> Iterator[Problem]:
    """The problems that a detail lists the way this gateway does: elements with a path and a rule."""
    for detail in fault.detail:
        for element in detail.iter("{*}*"):
            said = {_local(child): child.text or "" for child in element}
            if {"path", "rule"} <= said.keys():
                yield Problem(path=scrub(said["path"], sent), rule=scrub(said["rule"], sent), hint=scrub(said.get("hint", ""), sent))


def _local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]
