"""The site of the demonstration: files as an operator would write them, completed with where the simulated agencies listen."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CIVIL", "DEPARTMENT", "DESK", "DIALECTS", "PORTAL", "key_of", "write_place"]

DESK, DEPARTMENT, PORTAL, CIVIL = "commune-desk", "department-one-stop", "national-portal", "civil-registration"
FILES = Path(__file__).parent / "site"
SYSTEMS: list[dict[str, Any]] = yaml.safe_load((FILES / "systems.yaml").read_text(encoding="utf-8"))
#: The connector of each simulated agency's system.
DIALECTS: dict[str, str] = {system["name"]: system["connector"] for system in SYSTEMS if system["connector"] != "inbox"}


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
        system
        | {
            "config": dict(configs.get(system["name"], {})),
            "keys": [hashlib.sha256(key_of(system["name"]).encode()).hexdigest()],
            "retry": {"first_pause": "PT0.3S", "longest_pause": "PT2S"},
        }
        for system in SYSTEMS
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("agencies.yaml", "routes.yaml"):
        (folder / name).write_bytes((FILES / name).read_bytes())
    for name, value in {"site.yaml": site, "systems.yaml": systems}.items():
        (folder / name).write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
