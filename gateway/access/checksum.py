"""Checksums over the fields of a message, as payment services want them."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, TypeAlias, assert_never

from msgspec import Meta

from gateway.access.kinds import Piece

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Checksum", "HmacChecksum", "PlainChecksum", "checksum_of", "is_checksum"]


class PlainChecksum(Piece, frozen=True, kw_only=True, tag="sha256"):
    """SHA-256 over the secret and the fields in their order, one behind the other; a field that is not there counts as empty."""

    SHOWN = ("fields", "secret_first")

    secret: Annotated[str, Meta(min_length=1)]
    fields: tuple[str, ...] = ()
    secret_first: bool = True
    separator: str = ""
    capitals: bool = False


class HmacChecksum(Piece, frozen=True, kw_only=True, tag="hmac_sha256"):
    """HMAC-SHA-256 over the fields in their order, under the secret."""

    SHOWN = ("fields",)

    secret: Annotated[str, Meta(min_length=1)]
    fields: tuple[str, ...] = ()
    separator: str = ""
    capitals: bool = False


Checksum: TypeAlias = HmacChecksum | PlainChecksum


def checksum_of(checksum: Checksum, values: Mapping[str, object]) -> str:
    """Compute the checksum of a message, in hexadecimal digits."""
    parts = [str(values.get(name, "")) for name in checksum.fields]
    match checksum:
        case PlainChecksum():
            whole = [checksum.secret, *parts] if checksum.secret_first else [*parts, checksum.secret]
            found = sha256(checksum.separator.join(whole).encode()).hexdigest()
        case HmacChecksum():
            found = hmac.new(checksum.secret.encode(), checksum.separator.join(parts).encode(), sha256).hexdigest()
        case _:
            assert_never(checksum)
    return found.upper() if checksum.capitals else found


def is_checksum(checksum: Checksum, values: Mapping[str, object], given: object) -> bool:
    """Tell whether the checksum that came with a message is right, in the same time whatever it is; capitals do not matter."""
    return isinstance(given, str) and hmac.compare_digest(given.lower().encode(), checksum_of(checksum, values).lower().encode())
