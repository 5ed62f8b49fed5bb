"""The site of the demonstration: files as an operator would write them, completed with where the simulated agencies listen."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["AGENCIES", "CIVIL", "DEPARTMENT", "DESK", "DIALECTS", "INSURANCE", "POLICE", "PORTAL", "WARD", "key_of", "write_place"]

DESK, WARD, DEPARTMENT = "commune-desk", "ward-desk", "department-one-stop"
PORTAL, CIVIL, INSURANCE, POLICE = "national-portal", "civil-registration", "social-insurance", "police-register"
FILES = Path(__file__).parent / "site"
SYSTEMS: list[dict[str, Any]] = yaml.safe_load((FILES / "systems.yaml").read_text(encoding="utf-8"))
#: The agency of each system.
AGENCIES: dict[str, str] = {system["name"]: system["agency"] for system in SYSTEMS}
#: The connector of each simulated agency's system.
DIALECTS: dict[str, str] = {system["name"]: system["connector"] for system in SYSTEMS if system["connector"] != "inbox"}


def key_of(system: str) -> str:
    """The API key of a system of the demonstration; for a system that speaks SOAP, its password."""
    return f"demonstration-{system}"


def write_place(folder: Path, configs: Mapping[str, Mapping[str, Any]], backing: Mapping[str, str] | None) -> None:
    """Write the files of a site with the desk of the commune and the systems of `configs`, which are those of the simulated agencies."""
    site: dict[str, Any] = {
        "name": "Demonstration",
        "listen": {"port": 0},
        "timing": {"sweep_every_seconds": 1, "sweep_grace_seconds": 3, "lease_seconds": 10, "call_seconds": 5, "stop_seconds": 8},
    }
    if backing:
        site["backing"] = dict(backing)
    systems = [
        system
        | {
            "config": {**configs.get(system["name"], {}), **system.get("config", {})},
            "keys": [hashlib.sha256(key_of(system["name"]).encode()).hexdigest()],
            "retry": {"first_pause": "PT0.3S", "longest_pause": "PT2S"},
        }
        for system in SYSTEMS
        if system["name"] in {DESK, *configs}
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agencies.yaml").write_bytes((FILES / "agencies.yaml").read_bytes())
    routes = _routes({DESK, *configs})
    for name, value in {"site.yaml": site, "systems.yaml": systems, "routes.yaml": routes}.items():
        (folder / name).write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _routes(systems: Collection[str]) -> list[dict[str, Any]]:
    """The routes between these systems."""
    known = {"origin", *systems}
    rows = yaml.safe_load((FILES / "routes.yaml").read_text(encoding="utf-8"))
    kept = [row | {part: [name for name in row[part] if name in known] for part in ("senders", "to")} for row in rows]
    return [row for row in kept if row["senders"] and row["to"]]
