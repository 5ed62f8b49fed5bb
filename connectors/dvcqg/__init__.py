"""The National Public Service Portal (Cổng Dịch vụ công quốc gia)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.dvcqg.config import Config
from connectors.dvcqg.connector import Portal
from gateway.sdk import Manifest, Plugin

__all__ = ["plugin"]

plugin = Plugin(
    manifest=msgspec.yaml.decode((Path(__file__).parent / "manifest.yaml").read_bytes(), type=Manifest),
    config=Config,
    open=Portal,
)
