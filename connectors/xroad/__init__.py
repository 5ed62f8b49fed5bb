"""X-Road (VDXP) as a transport: dossiers go to a member behind a security server, and come from members behind it, by SOAP 4.0 and REST r1."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.xroad.config import Config
from connectors.xroad.connector import XRoad
from gateway.sdk import Manifest, Plugin

__all__ = ["plugin"]

plugin = Plugin(
    manifest=msgspec.yaml.decode((Path(__file__).parent / "manifest.yaml").read_bytes(), type=Manifest),
    config=Config,
    open=XRoad,
)
