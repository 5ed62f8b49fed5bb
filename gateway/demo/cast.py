"""Everyone who takes part in the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.demo.desk import Desk
from gateway.demo.insurance import Insurance
from gateway.demo.place import INSURANCE, POLICE
from gateway.demo.police import Police
from gateway.demo.ward import Ward

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

__all__ = ["Cast", "gather_cast"]


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """The simulated systems by their names; the two desks, and who stands behind the axis and the security servers."""

    agencies: Mapping[str, Any]
    desk: Desk
    ward: Ward
    insurance: Insurance
    police: Police


def gather_cast(agencies: Mapping[str, Any], session: aiohttp.ClientSession, doors: Sequence[str]) -> Cast:
    """Bring everyone together."""
    return Cast(
        agencies=agencies,
        desk=Desk(session, doors),
        ward=Ward(session, doors),
        insurance=Insurance(agencies[INSURANCE]),
        police=Police(agencies[POLICE], doors[0]),
    )
