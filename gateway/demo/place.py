"""The site of the demonstration, written as files as an operator would write them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import yaml

from gateway.demo.story import BIRTHS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CIVIL", "DEPARTMENT", "DESK", "DIALECTS", "PORTAL", "key_of", "write_place"]

DESK, DEPARTMENT, PORTAL, CIVIL = "commune-desk", "department-one-stop", "national-portal", "civil-registration"
DIALECTS = {PORTAL: "dvcqg", CIVIL: "hotich", DEPARTMENT: "igate"}
AGENCIES = [
    {"code": "G22", "name": "Văn phòng Chính phủ", "level": "ministry"},
    {"code": "G15", "name": "Bộ Tư pháp", "level": "ministry"},
    {"code": "H21", "name": "UBND tỉnh Mẫu", "level": "province"},
    {"code": "H21.10", "name": "Sở Mẫu", "level": "department", "parent": "H21"},
    {"code": "H21.129", "name": "UBND xã Mẫu", "level": "commune", "parent": "H21"},
]
OWNERS = {DESK: "H21.129", DEPARTMENT: "H21.10", PORTAL: "G22", CIVIL: "G15"}
ROUTES = [
    {"senders": [DESK, DEPARTMENT], "procedures": [BIRTHS], "events": ["submitted"], "to": [CIVIL, PORTAL]},
    {"senders": [CIVIL], "to": ["origin", PORTAL]},
    {"senders": [PORTAL], "to": [DESK]},
]


def key_of(system: str) -> str:
    """The API key of a system of the demonstration."""
    return f"demonstration-{system}"


def write_place(folder: Path, configs: Mapping[str, Mapping[str, Any]], backing: Mapping[str, str] | None) -> None:
    """Write the files of the site; `configs` are those of the simulated agencies."""
    site: dict[str, Any] = {
        "name": "Demonstration",
        "listen": {"port": 0},
        "timing": {"sweep_every_seconds": 1, "sweep_grace_seconds": 3, "lease_seconds": 10, "call_seconds": 5, "stop_seconds": 8},
    }
    if backing:
        site["backing"] = dict(backing)
    systems = [
        {
            "name": name,
            "agency": OWNERS[name],
            "connector": DIALECTS.get(name, "inbox"),
            "config": dict(configs.get(name, {})),
            "keys": [hashlib.sha256(key_of(name).encode()).hexdigest()],
            "retry": {"first_pause": "PT0.3S", "longest_pause": "PT2S"},
        }
        for name in (DESK, *DIALECTS)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for file, value in {"site": site, "agencies": AGENCIES, "systems": systems, "routes": ROUTES}.items():
        (folder / f"{file}.yaml").write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
