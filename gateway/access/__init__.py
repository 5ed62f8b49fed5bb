"""How to get past the door of a service, and at the answer of the agency behind it: pieces that any connector can name in its configuration."""

from __future__ import annotations

from gateway.access.answer import NOT_TAKEN, pause_of, read_json, read_object, require_answer
from gateway.access.checksum import Checksum, HmacChecksum, PlainChecksum, checksum_of, is_checksum
from gateway.access.kinds import (
    Access,
    AuthHash,
    ClientCredentials,
    Fixed,
    HashedBasic,
    PartnerKeys,
    PasswordGrant,
    Url,
    XRoadAdapter,
)
from gateway.access.line import Line, LineBody
from gateway.access.wrapping import Bare, BusWrapping, TextWrapping, Wrapping, unwrap

__all__ = [
    "NOT_TAKEN",
    "Access",
    "AuthHash",
    "Bare",
    "BusWrapping",
    "Checksum",
    "ClientCredentials",
    "Fixed",
    "HashedBasic",
    "HmacChecksum",
    "Line",
    "LineBody",
    "PartnerKeys",
    "PasswordGrant",
    "PlainChecksum",
    "TextWrapping",
    "Url",
    "Wrapping",
    "XRoadAdapter",
    "checksum_of",
    "is_checksum",
    "pause_of",
    "read_json",
    "read_object",
    "require_answer",
    "unwrap",
]
