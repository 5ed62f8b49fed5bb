"""Decide what the acceptance of a transfer changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.change import DossierOpened, Entry
from gateway.adapters.ledger_rules.row import Row, work_of
from gateway.domain.delivery import State
from gateway.domain.receipt import Receipt
from gateway.ports import Accepted, Conflict, Repeated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.adapters.ledger_rules.change import Changes
    from gateway.adapters.ledger_rules.question import Lane, LaneView
    from gateway.ports import Acceptance

__all__ = ["accept", "repeat"]


def repeat(acceptance: Acceptance, receipt: Receipt) -> Conflict | Repeated:
    """Answer a message that came before."""
    if receipt.digest == acceptance.digest:
        return Repeated(receipt=receipt)
    return Conflict(receipt=receipt)


def accept(
    acceptance: Acceptance,
    dossier_id: str | None,
    *,
    owners: Mapping[tuple[str, str], str],
    lanes: Mapping[Lane, LaneView],
    changes: Changes,
) -> Accepted:
    """Accept a message that is new; `dossier_id` is None when none of its identifiers is known, and a dossier is opened then."""
    if dossier_id is None:
        dossier_id = acceptance.transfer_id
        changes.dossiers.append(
            DossierOpened(
                id=dossier_id,
                origin=acceptance.sender,
                procedure=acceptance.procedure,
                opened_at=acceptance.accepted_at,
            )
        )
    elif acceptance.procedure:
        changes.procedures.append((dossier_id, acceptance.procedure))
    known = dict.fromkeys(name for name in acceptance.identifiers if (name.value, name.scheme) not in owners)
    changes.identifiers.extend((dossier_id, name) for name in known)
    destinations = tuple(dict.fromkeys(acceptance.destinations))
    receipt = _receipt(acceptance, dossier_id, destinations)
    changes.transfers.append((acceptance, receipt))
    changes.grant(acceptance.attachments, (acceptance.sender, *destinations))
    if acceptance.closes_case:
        changes.closed.append((acceptance.sender, dossier_id))
    rows = [_row(acceptance, index, name, dossier_id, lanes.get((dossier_id, name))) for index, name in enumerate(destinations)]
    changes.deliveries.extend(rows)
    changes.journal.extend(_entries(acceptance, rows))
    works = tuple(work_of(row) for row in rows if row.state is State.QUEUED)
    return Accepted(receipt=receipt, works=works)


def _receipt(acceptance: Acceptance, dossier_id: str, destinations: tuple[str, ...]) -> Receipt:
    """Write the receipt that is stored with the transfer."""
    return Receipt(
        transfer_id=acceptance.transfer_id,
        message_id=acceptance.message_id,
        sender=acceptance.sender,
        dossier_id=dossier_id,
        digest=acceptance.digest,
        accepted_at=acceptance.accepted_at,
        destinations=destinations,
    )


def _row(
    acceptance: Acceptance,
    index: int,
    destination: str,
    dossier_id: str,
    lane: LaneView | None,
) -> Row:
    """Put a delivery at the end of its lane; it is the head when nothing holds the lane."""
    at = acceptance.accepted_at
    return Row(
        id=f"{acceptance.transfer_id}.{index}",
        transfer_id=acceptance.transfer_id,
        destination=destination,
        dossier_id=dossier_id,
        position=lane.position + 1 if lane else 1,
        state=State.WAITING if lane and lane.busy else State.QUEUED,
        attempts=0,
        accepted_at=at,
        changed_at=at,
        due_at=at,
        publish_at=at,
    )


def _entries(acceptance: Acceptance, rows: list[Row]) -> list[Entry]:
    """Journal each delivery; a transfer that goes nowhere is journalled as itself."""
    states = [(row.id, row.state.value) for row in rows] or [("", "accepted")]
    return [
        Entry(
            at=acceptance.accepted_at,
            transfer_id=acceptance.transfer_id,
            delivery_id=delivery_id,
            before="",
            after=state,
            who=acceptance.sender,
            why=acceptance.event,
        )
        for delivery_id, state in states
    ]
