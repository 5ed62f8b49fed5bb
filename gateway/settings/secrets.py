"""Secrets by reference: `{env: NAME}` or `{file: path}` wherever a text may stand in a site's files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["fill_in"]


def fill_in(
    value: object, *, folder: Path, report: Callable[[tuple[str | int, ...], str], None], path: tuple[str | int, ...] = ()
) -> object:
    """Put the secret in the place of each reference; `report` is told of each that cannot be read. Never says what it read."""
    if isinstance(value, dict):
        if set(value) in ({"env"}, {"file"}):
            return _read(value, folder, lambda cause: report(path, cause))
        return {key: fill_in(item, folder=folder, report=report, path=(*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_in(item, folder=folder, report=report, path=(*path, index)) for index, item in enumerate(value)]
    return value


def _read(reference: Mapping[str, object], folder: Path, report: Callable[[str], None]) -> str:
    """Read one secret; an empty one is none."""
    (kind, name), *_ = reference.items()
    if kind == "env":
        found = os.environ.get(str(name), "")
        if not found:
            report(f"the environment variable {name} is not set")
        return found
    try:
        return (folder / str(name)).read_text(encoding="utf-8").strip()
    except OSError as error:
        report(f"the file {name} cannot be read: {error.strerror}")
        return ""
