"""Decide whether a delivery is given out under a lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.adapters.ledger_rules.row import delivery_of
from gateway.domain.delivery import State
from gateway.ports import Lease

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.adapters.ledger_rules.change import Changes
    from gateway.adapters.ledger_rules.command import Take
    from gateway.adapters.ledger_rules.row import Row
    from gateway.domain.dossier import Identifier

__all__ = ["take"]


def take(
    wanted: Take,
    row: Row | None,
    identifiers: Mapping[str, tuple[Identifier, ...]],
    changes: Changes,
) -> Lease | None:
    """Give a lease, with a fence above every earlier one, or None when the delivery is not to be attempted now."""
    if row is None or not _is_free(wanted, row):
        return None
    ask_first = row.ask_first or row.state is State.SENDING
    leased = replace(
        row,
        state=State.SENDING,
        changed_at=wanted.now,
        publish_at=wanted.until,
        lease_until=wanted.until,
        fence=row.fence + 1,
        owner=wanted.owner,
        ask_first=ask_first,
    )
    why = "the lease before ran out" if row.state is State.SENDING else ""
    changes.move(row, leased, who=wanted.owner, why=why)
    return Lease(
        delivery=delivery_of(leased),
        fence=leased.fence,
        ask_first=ask_first,
        identifiers=identifiers.get(row.dossier_id, ()),
        failing_since=row.failing_since,
        tried=row.attempts - row.replayed_after,
    )


def _is_free(wanted: Take, row: Row) -> bool:
    """Tell whether nobody holds the delivery and its time has come."""
    match row.state:
        case State.QUEUED:
            return True
        case State.DEFERRED | State.UNKNOWN:
            return row.due_at <= wanted.now
        case State.SENDING:
            return row.lease_until is not None and row.lease_until <= wanted.now
        case _:
            return False
