"""WS-Security as foreign clients write it: user names by hand, signatures by zeep and xmlsec."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from zeep.wsse.signature import BinarySignature

from gateway.soap import SOAP_11, SoapVersion
from gateway.soap.security.name import WSSE, WSU
from tests.soap import envelope

__all__ = ["Signer", "security", "signed", "signer", "timestamp", "token"]

PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#"
NAMES = f'xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"'


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its certificate, in files, and the fingerprint that the site knows."""

    key: str
    certificate: str
    fingerprint: str


def signer(
    folder: Path,
    name: str = "ky",
    *,
    bits: int = 2048,
    valid: timedelta = timedelta(days=1),
    key: ec.EllipticCurvePrivateKey | None = None,
) -> Signer:
    """Make a key and a certificate."""
    made_key = key or rsa.generate_private_key(public_exponent=65537, key_size=bits)
    who = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    begun = datetime.now(UTC) - timedelta(days=2)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(made_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(datetime.now(UTC) + valid)
        .sign(made_key, hashes.SHA256())
    )
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    key_file.write_bytes(made_key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    certificate_file.write_bytes(made.public_bytes(pem))
    der = made.public_bytes(serialization.Encoding.DER)
    return Signer(key=str(key_file), certificate=str(certificate_file), fingerprint=hashlib.sha256(der).hexdigest())


def security(*inside: str, version: SoapVersion = SOAP_11) -> str:
    """A header block."""
    return f'<wsse:Security {NAMES} xmlns:e="{version.namespace}" e:mustUnderstand="1">{"".join(inside)}</wsse:Security>'


def timestamp(age: timedelta = timedelta(), lasts: timedelta = timedelta(minutes=5)) -> str:
    """A timestamp that was made so long ago."""
    created = datetime.now(UTC) - age
    return f"<wsu:Timestamp><wsu:Created>{created:%FT%TZ}</wsu:Created><wsu:Expires>{created + lasts:%FT%TZ}</wsu:Expires></wsu:Timestamp>"


def token(
    username: str, password: str, *, digest: bool = True, age: timedelta = timedelta(), nonce: bytes | None = None, created: str = ""
) -> str:
    """A UsernameToken; only a digest carries nonce and instant."""
    if not digest:
        said = f'<wsse:Password Type="{PROFILE}PasswordText">{password}</wsse:Password>'
        return f"<wsse:UsernameToken><wsse:Username>{username}</wsse:Username>{said}</wsse:UsernameToken>"
    nonce = os.urandom(16) if nonce is None else nonce
    created = created or f"{datetime.now(UTC) - age:%FT%TZ}"
    mixed = b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()  # noqa: S324 - the profile says so
    return (
        f"<wsse:UsernameToken><wsse:Username>{username}</wsse:Username>"
        f'<wsse:Password Type="{PROFILE}PasswordDigest">{mixed}</wsse:Password>'
        f"<wsse:Nonce>{b64encode(nonce).decode()}</wsse:Nonce><wsu:Created>{created}</wsu:Created></wsse:UsernameToken>"
    )


def signed(
    who: Signer, body: str, *, version: SoapVersion = SOAP_11, stamp: str | None = None, sha1: bool = False, more: str = ""
) -> etree._Element:
    """A message whose Body and Timestamp are signed."""
    root = etree.fromstring(envelope(body, version, security(timestamp() if stamp is None else stamp, version=version) + more))
    method, digest = (
        (xmlsec.constants.TransformRsaSha1, xmlsec.constants.TransformSha1)
        if sha1
        else (xmlsec.constants.TransformRsaSha256, xmlsec.constants.TransformSha256)
    )
    signature = BinarySignature(who.key, who.certificate, signature_method=method, digest_method=digest)
    signature.apply(root, {})
    return root
