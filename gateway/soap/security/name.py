"""The names of WS-Security, and its faults."""

from __future__ import annotations

from gateway.domain.errors import Malformed, Problem, Refused

__all__ = ["DS", "WSSE", "WSU", "expired", "invalid", "unproved"]

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"


def invalid(hint: str) -> Malformed:
    """The header cannot be processed."""
    return Malformed([Problem(path="Header.Security", rule="WS-Security", hint=hint)], code="InvalidSecurity")


def unproved(text: str) -> Refused:
    """The header does not prove who sends. Says as little as it can."""
    return Refused(text, code="FailedAuthentication")


def expired(text: str) -> Refused:
    """The message is too old, from the future, or was seen before."""
    return Refused(text, code="MessageExpired")
