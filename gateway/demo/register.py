"""What the registers of the demonstration hold: civil registration and the national portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.demo.arrival import Arrival, hashes
from gateway.demo.place import CIVIL

if TYPE_CHECKING:
    from gateway.demo.arrival import Heard

__all__ = ["at_civil_registration", "at_national_portal", "steps_at_national_portal"]

#: Who a step is by that no official did.
GATEWAY = "Hệ thống liên thông"
#: The statuses of a step at the portal.
EVENTS = {"2": "accepted", "4": "processing", "9": "completed"}


def at_civil_registration(agency: Any) -> list[Arrival]:
    """Each registration with its files."""
    return [Arrival(code=code, papers=hashes(agency.files[code])) for code in agency.effects.elements() if "/" not in code]


def at_national_portal(agency: Any) -> list[Arrival]:
    """Each dossier; the portal is given no files, but addresses that name them by their hash."""
    return [Arrival(code=code, papers=_named(agency.dossiers[code])) for code in agency.effects.elements() if "/" not in code]


def steps_at_national_portal(agency: Any) -> Heard:
    """What the portal was told of each dossier, all by civil registration; the steps of its officials came along, and are left out."""
    return {
        code: {CIVIL: [EVENTS[step["TrangThai"]] for step in steps if step["NguoiXuLy"] == GATEWAY]} for code, steps in agency.steps.items()
    }


def _named(item: dict[str, Any]) -> frozenset[str]:
    """The hashes at the end of the addresses of the papers."""
    return frozenset(str(paper["DuongDanTaiTepTin"]).rpartition("/")[2] for paper in item["TaiLieuNop"])
