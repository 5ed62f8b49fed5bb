"""What proves us to a service: the header block of WS-Security, and the signature over a message."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from lxml import etree

from gateway.domain.errors import NeedsPerson
from gateway.soap import envelope_around
from gateway.soap.security.credentials import security_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.soap.enclosing import Written
    from gateway.ports import Clock
    from gateway.soap import SoapVersion
    from gateway.soap.security.credentials import SoapCredentials
    from gateway.soap.security.signing import MessageSigner

__all__ = ["Prover"]


class Prover:
    """Makes envelopes that prove who sends them, where the service wants that."""

    def __init__(self, credentials: SoapCredentials | None, clock: Clock) -> None:
        """Read the key, if there is one. Raises `NeedsPerson` for one that cannot be used, or without the extra `wsse`."""
        self._credentials = credentials
        self._clock = clock
        self._signer = _signer(credentials) if credentials is not None and credentials.private_key else None

    def envelope(self, version: SoapVersion, written: Written, headers: Sequence[etree._Element]) -> bytes:
        """Write a message. Raises `NeedsPerson` for one that is to be signed while a part of it is a stream."""
        if self._credentials is None:
            return envelope_around(version, written.body, headers)
        block = security_block(version, self._credentials, now=self._clock.now(), nonce=secrets.token_bytes(16))
        message = envelope_around(version, written.body, [*headers, block])
        if self._signer is None:
            return message
        if written.marks:
            raise NeedsPerson("a signed message cannot have contents in it that are streams; send them beside it", code="bad_service")
        root = etree.fromstring(message)
        self._signer.sign(root, f"id-{secrets.token_hex(8)}")
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _signer(credentials: SoapCredentials) -> MessageSigner:
    """Read the key and its certificate."""
    try:
        from gateway.soap.security.signing import MessageSigner  # noqa: PLC0415 - the extra `wsse` is needed where messages are signed
    except ImportError:
        raise NeedsPerson("signatures need the extra `wsse`; install it", code="not_installed") from None
    return MessageSigner(credentials)
