"""Who sends a SOAP message: by API key as at every door, or by what WS-Security proves."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web
from lxml import etree
from msgspec.structs import replace

from gateway.domain.agency import System
from gateway.domain.errors import NeedsPerson, Refused
from gateway.soap import Envelope
from gateway.soap.security import proves, read_security
from gateway.soap.security.header import USERNAME_TOKEN, read_instant
from gateway.soap.security.name import invalid, unproved
from gateway.web.call import authenticate
from gateway.web.soap.nonces import Nonces

if TYPE_CHECKING:
    from gateway.soap.security import SecurityHeader, UsernameToken
    from gateway.web.doors import Doors

__all__ = ["Doorkeeper", "Proof", "is_private", "without_secrets"]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends; the envelope with the body that the sender stands for; and whether that body is signed."""

    system: System
    envelope: Envelope
    is_signed: bool = False


class Doorkeeper:
    """Tells who sends; remembers what it has seen."""

    def __init__(self, doors: Doors) -> None:
        """Begin to remember."""
        self._doors = doors
        self._nonces = Nonces(doors.clock)

    def by_key(self, request: web.Request) -> System | None:
        """The system whose key came with the request; None when none came. Answers 401 for a wrong one."""
        if "Authorization" in request.headers or "X-Api-Key" in request.headers:
            return authenticate(request, self._doors.directory())
        return None

    def prove(self, request: web.Request, envelope: Envelope, by_key: System | None) -> Proof:
        """Tell who sends a message, and what of it may be processed. Where the body has not come yet, a signature cannot be verified.

        Raises `Malformed` or `Refused` for what proves nothing, or somebody else than the key; answers 401 when nothing came at all.
        """
        header = read_security(envelope)
        found = [] if by_key is None else [by_key]
        is_signed = header is not None and header.signature is not None
        if header is not None and header.timestamp is not None:
            self._nonces.require_fresh(header.timestamp.created, header.timestamp.expires)
        if header is not None and header.username_token is not None:
            found.append(self._by_token(request, header.username_token))
        if header is not None and is_signed:
            if envelope.body is None:
                raise invalid("a signed message is not longer than a body may be; send its contents beside it")
            system, envelope = self._by_signature(envelope, header)
            found.append(system)
        if not found:
            raise web.HTTPUnauthorized(reason="send the API key of your system, or a UsernameToken, or a signature")
        if len({system.name for system in found}) > 1:
            raise Refused("the key and the WS-Security header belong to different systems", code="not_authenticated")
        return Proof(system=found[0], envelope=envelope, is_signed=is_signed)

    def _by_token(self, request: web.Request, token: UsernameToken) -> System:
        """The system whose password is proved."""
        if not token.is_digest and not is_private(request):
            raise unproved("a password in words is taken over TLS only; send a PasswordDigest")
        system = self._doors.directory().by_username(token.username)
        password = system.wsse.password if system is not None else ""
        if token.created:
            self._nonces.require_fresh(read_instant(token.created))
        if not proves(token, password) or system is None:
            raise unproved("unknown user name, or wrong password")
        if token.nonce:
            self._nonces.take(f"{system.name} {token.nonce.hex()}")
        return system

    def _by_signature(self, envelope: Envelope, header: SecurityHeader) -> tuple[System, Envelope]:
        """The system whose certificate signed, and the envelope with what it signed."""
        try:
            from gateway.soap.security.signature import verify_signature  # noqa: PLC0415 - the extra `wsse` is needed where messages are signed
        except ImportError:
            raise NeedsPerson("signatures need the extra `wsse`; install it", code="not_installed") from None
        directory = self._doors.directory()
        signed = verify_signature(envelope, header, lambda fingerprint: directory.by_certificate(fingerprint) is not None)
        system = directory.by_certificate(signed.fingerprint)
        if system is None:
            raise unproved("this certificate belongs to no system")
        self._nonces.take(f"{system.name} {signed.value}")
        return system, replace(envelope, body=signed.body)


def without_secrets(raw: bytes, envelope: Envelope, *, anew: bool = False) -> bytes:
    """The bytes of an envelope as they may be kept: without a password, or a digest of one; written anew where the bytes themselves are not
    to be kept.
    """
    tokens = [] if envelope.root is None else list(envelope.root.iter(USERNAME_TOKEN))
    if envelope.root is None or not (tokens or anew):
        return raw
    for token in tokens:
        parent = token.getparent()
        if parent is not None:
            parent.remove(token)
    return etree.tostring(envelope.root, xml_declaration=True, encoding="UTF-8")


def is_private(request: web.Request) -> bool:
    """Tell whether nobody can listen: TLS, or this machine itself."""
    try:
        return request.secure or ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
