"""The provincial one-stop system (hệ thống một cửa), of the VNPT iGate 2.x family."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.igate.config import Config
from connectors.igate.connector import OneStop
from gateway.sdk import Manifest, Plugin

__all__ = ["plugin"]

plugin = Plugin(
    manifest=msgspec.yaml.decode((Path(__file__).parent / "manifest.yaml").read_bytes(), type=Manifest),
    config=Config,
    open=OneStop,
)
