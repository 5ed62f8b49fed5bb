"""Signs a message: its Body and its Timestamp, by exclusive canonicalisation and SHA-256.

Needs the extra `wsse`.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from gateway.domain.errors import NeedsPerson
from gateway.soap.security.credentials import BASE64
from gateway.soap.security.header import BINARY_TOKEN, SECURITY, TIMESTAMP
from gateway.soap.security.name import WSSE, WSU

if TYPE_CHECKING:
    from gateway.soap.security.credentials import SoapCredentials

__all__ = ["MessageSigner"]

ID = f"{{{WSU}}}Id"
X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"


class MessageSigner:
    """Holds a key with its certificate, read once. Raises `NeedsPerson` for those that cannot be used."""

    def __init__(self, credentials: SoapCredentials) -> None:
        """Read both."""
        try:
            found = load_pem_private_key(credentials.private_key.encode(), None)
            certificate = x509.load_pem_x509_certificate(credentials.certificate.encode())
            self._key = xmlsec.Key.from_memory(credentials.private_key, xmlsec.constants.KeyDataFormatPem)
        except (ValueError, TypeError, xmlsec.Error) as error:
            raise NeedsPerson(f"the private key or the certificate is no PEM: {type(error).__name__}", code="bad_key") from None
        if not isinstance(found, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or found.public_key() != certificate.public_key():
            raise NeedsPerson("the certificate must belong to the private key, which is RSA or of an elliptic curve", code="bad_key")
        self._method = (
            xmlsec.constants.TransformRsaSha256 if isinstance(found, rsa.RSAPrivateKey) else xmlsec.constants.TransformEcdsaSha256
        )
        self._token = b64encode(certificate.public_bytes(Encoding.DER)).decode()

    def sign(self, root: etree._Element, name: str) -> None:
        """Sign an envelope in place. It has a Security block with a Timestamp; `name` is a name that no other id in it begins with."""
        security = root.find(f"{{*}}Header/{SECURITY}")
        timestamp = root.find(f"{{*}}Header/{SECURITY}/{TIMESTAMP}")
        if security is None or timestamp is None:
            raise ValueError("a message without a Timestamp cannot be signed")
        token = etree.Element(BINARY_TOKEN, {"EncodingType": BASE64, "ValueType": X509, ID: f"{name}-token"})
        token.text = self._token
        security.insert(0, token)
        signature = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, self._method, ns="ds")
        security.append(signature)
        context = xmlsec.SignatureContext()
        for element, id_ in ((root[-1], f"{name}-body"), (timestamp, f"{name}-time")):
            element.set(ID, id_)
            context.register_id(element, "Id", WSU)
            reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri=f"#{id_}")
            xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        place = etree.SubElement(xmlsec.template.ensure_key_info(signature), f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(place, f"{{{WSSE}}}Reference", {"URI": f"#{name}-token", "ValueType": X509})
        context.key = self._key
        context.sign(signature)
