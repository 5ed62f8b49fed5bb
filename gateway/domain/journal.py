"""How the entries of the journal are chained, so that none can be altered, left out or put in unseen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

__all__ = ["GENESIS", "link", "microseconds"]

#: What stands before the first entry.
GENESIS = bytes(32)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_encode = msgspec.json.Encoder().encode


def link(previous: bytes, entry: tuple[int, int, str, str, str, str, str, str]) -> bytes:
    """Chain an entry to the one before: SHA-256 over that one's chain and the JSON of the entry.

    `entry` is number, microseconds since 1970 in UTC, transfer, delivery, before, after, who, why.
    """
    return sha256(previous + _encode(entry)).digest()


def microseconds(at: datetime) -> int:
    """Tell an instant as microseconds since 1970 in UTC."""
    return (at - EPOCH) // MICROSECOND
