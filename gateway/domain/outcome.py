"""The closed set of what can come of one attempt to deliver."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

import msgspec

__all__ = ["Deferred", "Delivered", "Outcome", "Rejected", "Unknown"]


class Delivered(msgspec.Struct, frozen=True, kw_only=True, tag="delivered", omit_defaults=True):
    """The destination holds it; `reference` is the destination's own id for the dossier, when it gave one. `is_final`: nothing more comes of
    it, so that the destination is not asked how the dossier stands.
    """

    reference: str = ""
    note: str = ""
    is_final: bool = False


class Deferred(msgspec.Struct, frozen=True, kw_only=True, tag="deferred", omit_defaults=True):
    """Not now: try again, no sooner than `after` when that is given. `about_destination`: the whole destination is unwell."""

    reason: str
    after: timedelta | None = None
    about_destination: bool = True


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag="rejected", omit_defaults=True):
    """The destination refuses this transfer for good, with its own code and text."""

    code: str
    text: str = ""


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="unknown", omit_defaults=True):
    """The request left, no answer came: it may have been taken. Ask (reconcile) before sending again."""

    reason: str


Outcome: TypeAlias = Delivered | Deferred | Rejected | Unknown
