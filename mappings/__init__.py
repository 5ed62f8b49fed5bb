"""The mapping tables of every agency, read by name."""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_table", "table_path"]

FOLDER = Path(__file__).parent


def table_path(agency: str, name: str) -> Path:
    """Where the table `name` of an agency lies; it need not exist."""
    return FOLDER / agency / f"{name}.yaml"


def read_table(agency: str, name: str) -> str:
    """The text of the table `name` of an agency; raises FileNotFoundError when there is none."""
    return table_path(agency, name).read_text(encoding="utf-8")
