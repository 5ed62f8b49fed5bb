"""A signature over a message: believed only for what it truly covers, which must be the Body and the Timestamp themselves.

Needs the extra `wsse`.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.soap.security.header import BINARY_TOKEN, SECURITY, TIMESTAMP, SecurityHeader
from gateway.soap.security.name import DS, WSSE, WSU, invalid, unproved

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.soap.envelope import Envelope

__all__ = ["Signed", "verify_signature"]

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ID = f"{{{WSU}}}Id"
MOST_REFERENCES = 5
LEAST_KEY_BITS = 2048
HASHES = ("SHA256", "SHA384", "SHA512")
#: Every element with such an id, however the attribute is called.
BY_ID = etree.XPath("//*[@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id'] = $id]")
METHODS = etree.XPath(".//ds:Transform/@Algorithm | .//ds:CanonicalizationMethod/@Algorithm", namespaces={"ds": DS})


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature proves: who signed, and the child of the Body that was signed. `value` tells one signature from another."""

    fingerprint: str
    body: etree._Element
    value: str


def verify_signature(envelope: Envelope, header: SecurityHeader, known: Callable[[str], bool]) -> Signed:
    """Verify the signature of a message; `known` tells whether the SHA-256 of a certificate (hexadecimal) belongs to somebody.

    Raises `Malformed` (`InvalidSecurity`) for a signature of another form than is taken here, `Refused` (`FailedAuthentication`) for one
    that proves nothing: unknown certificate, wrong value, SHA-1, or anything but the Body and the Timestamp of this very message.
    """
    root, signature, timestamp = envelope.root, header.signature, header.element.find(TIMESTAMP)
    if root is None or signature is None or timestamp is None or header.binary_token is None:
        raise invalid("a signed message has a Timestamp, a BinarySecurityToken and a Signature")
    certificate, fingerprint = _certificate(header.binary_token)
    if not known(fingerprint):
        raise unproved("this certificate belongs to no system")
    references = _references(signature)
    _require_covered(root, references, [root[-1], timestamp])
    _require_key(root, signature, header.binary_token)
    body = _signed_body(root, certificate, len(references), root[-1].tag)
    value = "".join((signature.findtext(f"{{{DS}}}SignatureValue") or "").split())
    return Signed(fingerprint=fingerprint, body=body, value=value)


def _certificate(token: etree._Element) -> tuple[x509.Certificate, str]:
    """Read the certificate and its fingerprint."""
    try:
        der = b64decode("".join((token.text or "").split()), validate=True)
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (ValueError, TypeError):
        raise invalid("the BinarySecurityToken is an X.509 certificate in base64") from None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_KEY_BITS:
        raise unproved(f"an RSA key has at least {LEAST_KEY_BITS} bits")
    return certificate, hashlib.sha256(der).hexdigest()


def _references(signature: etree._Element) -> list[str]:
    """The ids that are signed. Only exclusive canonicalisation is taken: no other transformation can hide what is signed."""
    found = signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    uris = [one.get("URI", "") for one in found]
    methods = METHODS(signature)
    if not isinstance(methods, list) or any(method != EXCLUSIVE for method in methods):
        raise invalid("the only transformation of a signature is exclusive canonicalisation")
    if not 2 <= len(uris) <= MOST_REFERENCES or len(set(uris)) != len(uris) or any(not uri.startswith("#") for uri in uris):
        raise invalid(f"a signature refers to the ids of the Body and the Timestamp, and to at most {MOST_REFERENCES} in all")
    return [uri.removeprefix("#") for uri in uris]


def _require_covered(root: etree._Element, references: list[str], wanted: list[etree._Element]) -> None:
    """Require that these very elements are signed, and that no id is borne by two elements."""
    for reference in references:
        bearers = BY_ID(root, id=reference)
        if not isinstance(bearers, list) or len(bearers) != 1:
            raise unproved("a signed id is borne by one element of the message")
    if any(element.get(ID, "") not in references for element in wanted):
        raise unproved("the Body and the Timestamp must be signed")


def _require_key(root: etree._Element, signature: etree._Element, token: etree._Element) -> None:
    """Require that the signature names the token as its key."""
    path = f"{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}Reference"
    named = signature.find(path)
    name = "" if named is None else named.get("URI", "").removeprefix("#")
    bearers = BY_ID(root, id=name)
    if not name or not isinstance(bearers, list) or len(bearers) != 1 or bearers[0] is not token or token.tag != BINARY_TOKEN:
        raise invalid("the KeyInfo of the Signature refers to the BinarySecurityToken")


def _signed_body(root: etree._Element, certificate: x509.Certificate, count: int, name: str) -> etree._Element:
    """Verify, and answer the child of the Body as it was signed."""
    methods = frozenset(one for one in SignatureMethod if one.name.endswith(HASHES) and one.name.startswith(("RSA", "ECDSA")))
    rsa_pss = frozenset(one for one in SignatureMethod if one.name.startswith(HASHES) and one.name.endswith("MGF1"))
    expected = SignatureConfiguration(
        location=f"./{root[0].tag}/{SECURITY}/",
        expect_references=count,
        signature_methods=methods | rsa_pss,
        digest_algorithms=frozenset(one for one in DigestAlgorithm if one.name in HASHES),
    )
    try:
        results = XMLVerifier().verify(root, x509_cert=certificate, expect_config=expected)
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError, AttributeError):
        raise unproved("the signature proves nothing") from None
    covered = results if isinstance(results, list) else [results]
    bodies = [result.signed_xml for result in covered if result.signed_xml is not None and result.signed_xml.tag == name]
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise unproved("the Body must be signed, with one element in it")
    return bodies[0][0]
