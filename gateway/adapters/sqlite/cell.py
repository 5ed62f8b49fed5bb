"""How values lie in SQLite: instants are microseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.adapters.ledger_rules.cell import Cells
from gateway.domain.journal import microseconds

__all__ = ["CELLS"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CELLS = Cells(instant=lambda at: EPOCH + timedelta(microseconds=at), at=microseconds)
