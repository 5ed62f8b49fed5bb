"""Decide what the outcome of an attempt changes, and who is released by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.adapters.ledger_rules.change import CaseOpened
from gateway.adapters.ledger_rules.row import work_of
from gateway.domain.delivery import State, can_become, is_final
from gateway.domain.dossier import Identifier
from gateway.ports import LeaseLost

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.adapters.ledger_rules.change import Changes
    from gateway.adapters.ledger_rules.question import Lane
    from gateway.adapters.ledger_rules.row import Row
    from gateway.ports import Settlement, Work

__all__ = ["release", "settle"]

#: After these the destination has not had its last word: it is failing.
FAILING = frozenset({State.DEFERRED, State.UNKNOWN})


def settle(
    settlement: Settlement,
    row: Row | None,
    followers: Mapping[Lane, Row],
    changes: Changes,
) -> Exception | tuple[Work, ...]:
    """Settle the lease, or answer `LeaseLost` and change nothing."""
    if row is None or row.state is not State.SENDING or row.fence != settlement.fence or not can_become(row.state, settlement.state):
        return LeaseLost("this lease is not the newest of its delivery")
    settled = _settled(settlement, row)
    changes.move(row, settled, who=row.owner, why=settlement.cause)
    if settlement.state is State.DELIVERED:
        _remember(settlement, row, changes)
    return release(settled, followers, changes, at=settlement.at)


def release(row: Row, followers: Mapping[Lane, Row], changes: Changes, *, at: datetime) -> tuple[Work, ...]:
    """Make the next of the lane `queued` when `row`, which held the lane, is final."""
    follower = followers.get((row.dossier_id, row.destination))
    if follower is None or not is_final(row.state):
        return ()
    released = replace(follower, state=State.QUEUED, changed_at=at, due_at=at, publish_at=at)
    changes.move(follower, released, who="ledger", why=f"{row.id} is {row.state}")
    return (work_of(released),)


def _settled(settlement: Settlement, row: Row) -> Row:
    """Write the outcome into the row. What was unknown stays to be asked about until an attempt says how it stands."""
    failing = settlement.state in FAILING
    due_at = settlement.due_at or settlement.at
    unknown = settlement.state is State.UNKNOWN
    return replace(
        row,
        state=settlement.state,
        attempts=row.attempts + 1,
        changed_at=settlement.at,
        due_at=due_at,
        publish_at=due_at,
        lease_until=None,
        failing_since=(row.failing_since or settlement.at) if failing else None,
        ask_first=unknown or (row.ask_first if settlement.ask_first is None else settlement.ask_first),
        cause=settlement.cause,
        text=settlement.text,
        reference=settlement.reference or row.reference,
    )


def _remember(settlement: Settlement, row: Row, changes: Changes) -> None:
    """Keep the destination's own id, and its case."""
    if settlement.reference:
        name = Identifier(value=settlement.reference, scheme=row.destination)
        changes.references.append((row.dossier_id, name))
    if settlement.opens_case:
        changes.opened.append(
            CaseOpened(
                destination=row.destination,
                dossier_id=row.dossier_id,
                reference=settlement.reference,
                opened_at=settlement.at,
            )
        )
