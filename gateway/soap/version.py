"""The two versions of SOAP, and what differs between them."""

from __future__ import annotations

import msgspec

__all__ = ["SOAP_11", "SOAP_12", "VERSIONS", "SoapVersion", "version_of"]


class SoapVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version: its namespace, its media type, who it means by nobody in particular, and how it spells what both have."""

    number: str
    namespace: str
    media_type: str
    role: str
    next_role: str
    true: tuple[str, ...]

    def name(self, local: str) -> str:
        """A name of its namespace, as lxml takes it."""
        return f"{{{self.namespace}}}{local}"


SOAP_11 = SoapVersion(
    number="1.1",
    namespace="http://schemas.xmlsoap.org/soap/envelope/",
    media_type="text/xml",
    role="actor",
    next_role="http://schemas.xmlsoap.org/soap/actor/next",
    true=("1",),
)
SOAP_12 = SoapVersion(
    number="1.2",
    namespace="http://www.w3.org/2003/05/soap-envelope",
    media_type="application/soap+xml",
    role="role",
    next_role="http://www.w3.org/2003/05/soap-envelope/role/next",
    true=("1", "true"),
)
VERSIONS = (SOAP_11, SOAP_12)


def version_of(media_type: str) -> SoapVersion | None:
    """The version that a media type (without parameters, in lower case) belongs to."""
    return next((version for version in VERSIONS if version.media_type == media_type), None)
