"""What proves us to a service that we call, and the header block that says it. Touches no clock and draws no lots."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
from lxml import etree
from msgspec import Meta

from gateway.soap.security.header import SECURITY, TIMESTAMP, USERNAME_TOKEN
from gateway.soap.security.name import WSSE, WSU
from gateway.soap.security.username_token import PROFILE

if TYPE_CHECKING:
    from gateway.soap.version import SoapVersion

__all__ = ["SoapCredentials", "security_block"]

BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


class SoapCredentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a service wants to know us by; may stand as it is in the configuration of a connector.

    A name with a password makes a UsernameToken, with a digest of the password or with its text. A private key and its certificate (PEM)
    sign the Body and the Timestamp. `lasts_seconds` is how long a message is meant to be taken; 0 leaves the Timestamp out, where
    nothing is signed.
    """

    username: str = ""
    password: str = ""
    digest: bool = True
    private_key: str = ""
    certificate: str = ""
    lasts_seconds: Annotated[int, Meta(ge=0, le=3600)] = 300

    def __repr__(self) -> str:
        """Name the account; never a secret."""
        return f"SoapCredentials(username={self.username!r}, signs={bool(self.private_key)})"


def security_block(version: SoapVersion, credentials: SoapCredentials, *, now: datetime, nonce: bytes) -> etree._Element:
    """The header block of a message made at `now`; `nonce` must be another for each."""
    root = etree.Element(SECURITY, {version.name("mustUnderstand"): "1"}, nsmap={"wsse": WSSE, "wsu": WSU, "soap": version.namespace})
    if credentials.lasts_seconds or credentials.private_key:
        timestamp = etree.SubElement(root, TIMESTAMP)
        etree.SubElement(timestamp, f"{{{WSU}}}Created").text = _written(now)
        lasts = timedelta(seconds=credentials.lasts_seconds or 300)
        etree.SubElement(timestamp, f"{{{WSU}}}Expires").text = _written(now + lasts)
    if credentials.username:
        _add_token(root, credentials, _written(now), nonce)
    return root


def _add_token(root: etree._Element, credentials: SoapCredentials, created: str, nonce: bytes) -> None:
    """Add the name with what proves the password."""
    token = etree.SubElement(root, USERNAME_TOKEN)
    etree.SubElement(token, f"{{{WSSE}}}Username").text = credentials.username
    kind = "PasswordDigest" if credentials.digest else "PasswordText"
    password = etree.SubElement(token, f"{{{WSSE}}}Password", {"Type": f"{PROFILE}{kind}"})
    if not credentials.digest:
        password.text = credentials.password
        return
    mixed = hashlib.sha1(nonce + created.encode() + credentials.password.encode()).digest()  # noqa: S324 - the profile of OASIS says so
    password.text = b64encode(mixed).decode()
    etree.SubElement(token, f"{{{WSSE}}}Nonce", {"EncodingType": BASE64}).text = b64encode(nonce).decode()
    etree.SubElement(token, f"{{{WSU}}}Created").text = created


def _written(instant: datetime) -> str:
    """An instant in UTC, to the millisecond."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
