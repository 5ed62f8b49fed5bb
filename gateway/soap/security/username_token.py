"""A user name with a password, or with a digest that proves the password without telling it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode

import msgspec
from lxml import etree  # noqa: TC002 - msgspec reads annotations when the program runs

from gateway.soap.security.name import WSSE, WSU, invalid

__all__ = ["UsernameToken", "proves", "read_username_token"]

PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#"
KINDS = {f"{PROFILE}PasswordDigest": True, f"{PROFILE}PasswordText": False, "": False}
CHILDREN = frozenset({f"{{{WSSE}}}Username", f"{{{WSSE}}}Password", f"{{{WSSE}}}Nonce", f"{{{WSU}}}Created"})
LONGEST = 300
SHORTEST_NONCE = 8


class UsernameToken(msgspec.Struct, frozen=True, kw_only=True):
    """What the token says. A digest comes with a nonce and an instant, as it was written."""

    username: str
    password: str
    is_digest: bool
    nonce: bytes = b""
    created: str = ""


def read_username_token(element: etree._Element) -> UsernameToken:
    """Read the token. Raises `Malformed`, code `InvalidSecurity`."""
    children = [str(child.tag) for child in element]
    texts = {str(child.tag): (child.text or "") for child in element}
    if len(texts) != len(children) or not CHILDREN.issuperset(texts) or any(len(text) > LONGEST for text in texts.values()):
        raise invalid("a UsernameToken holds Username, Password, Nonce and Created, each once")
    password = element.find(f"{{{WSSE}}}Password")
    kind = None if password is None else KINDS.get(password.get("Type", ""))
    if kind is None:
        raise invalid("a Password is of the type PasswordDigest or PasswordText")
    token = UsernameToken(
        username=texts.get(f"{{{WSSE}}}Username", "").strip(),
        password=texts[f"{{{WSSE}}}Password"],
        is_digest=kind,
        nonce=_nonce(texts.get(f"{{{WSSE}}}Nonce")),
        created=texts.get(f"{{{WSU}}}Created", "").strip(),
    )
    if token.is_digest and not (token.nonce and token.created):
        raise invalid("a PasswordDigest needs a Nonce and Created")
    return token


def proves(token: UsernameToken, password: str) -> bool:
    """Tell whether the token proves this password; takes as long for a wrong one. No password proves nothing."""
    if token.is_digest:
        mixed = token.nonce + token.created.encode() + password.encode()
        expected = b64encode(hashlib.sha1(mixed).digest())  # noqa: S324 - the profile of OASIS says so
        found = token.password.strip().encode()
    else:
        expected, found = password.encode(), token.password.encode()
    return hmac.compare_digest(hashlib.sha256(expected).digest(), hashlib.sha256(found).digest()) and bool(password)


def _nonce(text: str | None) -> bytes:
    """Decode a nonce; a short one could be met again by chance."""
    if text is None:
        return b""
    try:
        nonce = b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise invalid("a Nonce is base64") from None
    if len(nonce) < SHORTEST_NONCE:
        raise invalid(f"a Nonce has at least {SHORTEST_NONCE} bytes")
    return nonce
