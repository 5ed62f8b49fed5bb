"""How values lie in PostgreSQL: instants are instants; arrays of rows are given with their types."""

from __future__ import annotations

from gateway.adapters.ledger_rules.cell import Cells

__all__ = ["CELLS", "NEWS_TYPES", "REFUSED_TYPES", "ROW_TYPES"]

CELLS = Cells(instant=lambda at: at, at=lambda at: at)

#: The types of `ROW`.
ROW_TYPES = (
    *("text", "text", "text", "text", "bigint", "text", "integer"),
    *(["timestamptz"] * 6),
    *("bigint", "text", "boolean", "text", "text", "text", "integer"),
)
#: The types of `NEWS`.
NEWS_TYPES = ("text", "text", "timestamptz", "text", "text", "bytea", "boolean")
#: The types of `REFUSED`, memo and body.
REFUSED_TYPES = ("text", "text", "timestamptz", "timestamptz", "text", "text", "text", "text", "bigint", "text", "bytea")
