"""Payments: the national payment platform and PayGov."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.thanhtoan.config import Config
from connectors.thanhtoan.connector import PaymentPlatform
from gateway.sdk import Manifest, Plugin

__all__ = ["plugin"]

plugin = Plugin(
    manifest=msgspec.yaml.decode((Path(__file__).parent / "manifest.yaml").read_bytes(), type=Manifest),
    config=Config,
    open=PaymentPlatform,
)
