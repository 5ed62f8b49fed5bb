"""Official documents by the national standard edXML (QCVN 102:2016/BTTTT), over the national axis or a province's."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.edxml.config import Config
from connectors.edxml.connector import OfficialDocuments
from gateway.sdk import Manifest, Plugin

__all__ = ["plugin"]

plugin = Plugin(
    manifest=msgspec.yaml.decode((Path(__file__).parent / "manifest.yaml").read_bytes(), type=Manifest),
    config=Config,
    open=OfficialDocuments,
)
