"""Civil registration (hộ tịch) of the Ministry of Justice."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.hotich.config import Config
from connectors.hotich.connector import CivilRegistration
from gateway.sdk import Manifest, Plugin

__all__ = ["plugin"]

plugin = Plugin(
    manifest=msgspec.yaml.decode((Path(__file__).parent / "manifest.yaml").read_bytes(), type=Manifest),
    config=Config,
    open=CivilRegistration,
)
