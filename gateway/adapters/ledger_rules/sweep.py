"""Decide what a sweep changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.adapters.ledger_rules.change import Changes
from gateway.adapters.ledger_rules.row import work_of
from gateway.domain.delivery import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.ledger_rules.command import Sweep
    from gateway.adapters.ledger_rules.row import Row
    from gateway.ports import Work

__all__ = ["sweep"]


def sweep(wanted: Sweep, expired: Sequence[Row], due: Sequence[Row]) -> tuple[Changes, tuple[Work, ...]]:
    """Make the expired leases unknown, due now; hand out what is due, not to be found again before another grace."""
    changes = Changes()
    for row in expired:
        unknown = replace(
            row,
            state=State.UNKNOWN,
            changed_at=wanted.now,
            due_at=wanted.now,
            publish_at=wanted.now,
            lease_until=None,
            failing_since=row.failing_since or wanted.now,
            ask_first=True,
            cause="lease_expired",
            text="the worker that had it never told what came of it",
        )
        changes.move(row, unknown, who="sweeper", why="lease_expired")
    changes.published.extend(replace(row, publish_at=wanted.now) for row in due)
    return changes, tuple(work_of(row) for row in due)
