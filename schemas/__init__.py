"""The published form of the canonical dossier, read by name."""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_schema", "schema_path"]

FOLDER = Path(__file__).parent


def schema_path(name: str) -> Path:
    """Where a file of the folder lies, such as `dossier/1/transfer.xsd`; it need not exist."""
    return FOLDER / name


def read_schema(name: str) -> str:
    """The text of a file of the folder; raises FileNotFoundError when there is none."""
    return schema_path(name).read_text(encoding="utf-8")
