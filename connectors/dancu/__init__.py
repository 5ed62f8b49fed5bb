"""National population database (CSDL quốc gia về dân cư) of the Ministry of Public Security."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.dancu.config import Config
from connectors.dancu.connector import PopulationDatabase
from gateway.sdk import Manifest, Plugin

__all__ = ["plugin"]

plugin = Plugin(
    manifest=msgspec.yaml.decode((Path(__file__).parent / "manifest.yaml").read_bytes(), type=Manifest),
    config=Config,
    open=PopulationDatabase,
)
