"""The header block `Security`: read, but not believed yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from gateway.soap.security.name import DS, WSSE, WSU, invalid
from gateway.soap.security.username_token import UsernameToken, read_username_token

if TYPE_CHECKING:
    from gateway.soap.envelope import Envelope

__all__ = ["SECURITY", "SecurityHeader", "Timestamp", "read_security"]

SECURITY = f"{{{WSSE}}}Security"
TIMESTAMP = f"{{{WSU}}}Timestamp"
USERNAME_TOKEN = f"{{{WSSE}}}UsernameToken"
BINARY_TOKEN = f"{{{WSSE}}}BinarySecurityToken"
SIGNATURE = f"{{{DS}}}Signature"


class Timestamp(msgspec.Struct, frozen=True, kw_only=True):
    """From when until when a message is meant."""

    created: datetime
    expires: datetime | None = None


class SecurityHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the block holds, each at most once. The elements are parts of the envelope."""

    element: etree._Element
    timestamp: Timestamp | None = None
    username_token: UsernameToken | None = None
    signature: etree._Element | None = None
    binary_token: etree._Element | None = None


def read_security(envelope: Envelope) -> SecurityHeader | None:
    """Read the block, if there is one. Raises `Malformed`, code `InvalidSecurity`, for two of them, or for anything in it that is not
    known here, such as what is encrypted.
    """
    blocks = [block.element for block in envelope.headers if block.element.tag == SECURITY]
    if len(blocks) > 1:
        raise invalid("one Security block")
    if not blocks:
        return None
    found: dict[str, etree._Element] = {}
    for child in blocks[0]:
        name = str(child.tag)
        if name not in {TIMESTAMP, USERNAME_TOKEN, BINARY_TOKEN, SIGNATURE}:
            raise invalid("Security holds a Timestamp, a UsernameToken, a BinarySecurityToken and a Signature; nothing else is known here")
        if name in found:
            raise invalid("each part of Security once")
        found[name] = child
    timestamp, token = found.get(TIMESTAMP), found.get(USERNAME_TOKEN)
    return SecurityHeader(
        element=blocks[0],
        timestamp=None if timestamp is None else _timestamp(timestamp),
        username_token=None if token is None else read_username_token(token),
        signature=found.get(SIGNATURE),
        binary_token=found.get(BINARY_TOKEN),
    )


def read_instant(text: str | None) -> datetime:
    """Read an instant; without a zone it is UTC, as the OASIS standard says. Raises `Malformed`, code `InvalidSecurity`."""
    try:
        found = msgspec.convert((text or "").strip(), datetime)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (msgspec.ValidationError, ValueError, OverflowError):
        raise invalid("Created and Expires are instants such as 2026-03-02T01:15:00Z") from None


def _timestamp(element: etree._Element) -> Timestamp:
    """Read a timestamp."""
    expires = element.findtext(f"{{{WSU}}}Expires")
    created = read_instant(element.findtext(f"{{{WSU}}}Created"))
    return Timestamp(created=created, expires=None if expires is None else read_instant(expires))
