"""One call of the SOAP door: which system asks, and what came beside the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.web.caller import Caller

if TYPE_CHECKING:
    from gateway.web.soap.enclosed import Enclosed

__all__ = ["Asked"]


class Asked(Caller, frozen=True, kw_only=True):
    """A call of a known system. `raw` is the envelope as it came, to be kept as evidence; contents wait to be stored."""

    enclosed: Enclosed
    is_signed: bool
    raw: bytes
    raw_media_type: str
