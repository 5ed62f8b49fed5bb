"""A delivery as the ledger keeps it: what the outside sees of it, and what only the ledger needs."""

from __future__ import annotations

from datetime import datetime

import msgspec

from gateway.domain.delivery import Delivery, State
from gateway.ports import Work

__all__ = ["Row", "delivery_of", "work_of"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of deliveries.

    `publish_at`: when the queue was last handed it, or is to be. `ask_first`: an earlier attempt may have arrived.
    `fence`, `owner` and `lease_until` tell of the newest lease. `replayed_after`: how many attempts had ended when a person last replayed it.
    """

    id: str
    transfer_id: str
    destination: str
    dossier_id: str
    position: int
    state: State
    attempts: int
    accepted_at: datetime
    changed_at: datetime
    due_at: datetime
    publish_at: datetime
    lease_until: datetime | None = None
    failing_since: datetime | None = None
    fence: int = 0
    owner: str = ""
    ask_first: bool = False
    cause: str = ""
    text: str = ""
    reference: str = ""
    replayed_after: int = 0


def delivery_of(row: Row) -> Delivery:
    """Show the row as the outside knows it."""
    return Delivery(
        id=row.id,
        transfer_id=row.transfer_id,
        destination=row.destination,
        dossier_id=row.dossier_id,
        position=row.position,
        state=row.state,
        attempts=row.attempts,
        accepted_at=row.accepted_at,
        changed_at=row.changed_at,
        due_at=row.due_at,
        cause=row.cause,
        text=row.text,
        reference=row.reference,
    )


def work_of(row: Row) -> Work:
    """Show the row as work for the queue."""
    return Work(
        delivery_id=row.id,
        destination=row.destination,
        dossier_id=row.dossier_id,
        transfer_id=row.transfer_id,
    )
