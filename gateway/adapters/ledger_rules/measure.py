"""Who is told of each commit."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Committed", "untold"]


class Committed(Protocol):
    """As `Telemetry.committed`: never raises, never waits, and may be called from any thread."""

    def __call__(self, *, commands: int, seconds: float) -> None:
        """One transaction with so many commands was committed."""


def untold(*, commands: int, seconds: float) -> None:
    """Tell nobody."""
    del commands, seconds
