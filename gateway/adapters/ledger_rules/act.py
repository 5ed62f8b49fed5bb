"""Decide what a person may do to a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.adapters.ledger_rules.row import work_of
from gateway.adapters.ledger_rules.settle import release
from gateway.domain.delivery import State, can_become
from gateway.domain.errors import Malformed, Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.adapters.ledger_rules.change import Changes
    from gateway.adapters.ledger_rules.question import Lane
    from gateway.adapters.ledger_rules.row import Row
    from gateway.ports import Act, Work

__all__ = ["act"]

REACH = frozenset({State.CANCELLED, State.PARKED, State.QUEUED})


def act(wanted: Act, row: Row | None, followers: Mapping[Lane, Row], changes: Changes) -> Exception | tuple[Work, ...]:
    """Do it, or answer the error that says why not and change nothing."""
    if row is None:
        problem = Problem(path="delivery_id", rule="no such delivery")
        return Malformed([problem], code="not_found")
    if (refusal := _refusal(wanted, row)) is not None:
        return refusal
    replayed = wanted.to is State.QUEUED
    after = replace(
        row,
        state=wanted.to,
        changed_at=wanted.at,
        due_at=wanted.at,
        publish_at=wanted.at,
        failing_since=None if replayed else row.failing_since,
        replayed_after=row.attempts if replayed else row.replayed_after,
        ask_first=row.ask_first or row.state is State.UNKNOWN,
    )
    changes.move(row, after, who=wanted.who, why=wanted.why)
    if replayed:
        return (work_of(after),)
    if row.state is State.WAITING:
        return ()
    return release(after, followers, changes, at=wanted.at)


def _refusal(wanted: Act, row: Row) -> Refused | None:
    """Say why a person may not do this to a delivery in this state."""
    if wanted.to not in REACH or not can_become(row.state, wanted.to):
        text = f"a delivery that is {row.state} cannot become {wanted.to}"
        return Refused(text, code="transition")
    if row.state is State.SENDING:
        text = "the delivery is sending: wait until the attempt ends or its lease runs out"
        return Refused(text, code="transition")
    if row.state is State.WAITING and wanted.to is State.QUEUED:
        text = "the delivery is waiting: another one of its lane goes before"
        return Refused(text, code="transition")
    return None
