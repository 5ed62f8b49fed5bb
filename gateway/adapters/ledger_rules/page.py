"""Pages of deliveries: the cursor, and the conditions that both dialects of SQL write alike."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.delivery import FINAL, Delivery
from gateway.domain.errors import Malformed, Problem
from gateway.domain.journal import microseconds
from gateway.ports import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.ports import Filter

__all__ = ["OPEN", "page_of", "where"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The very condition of the partial index `delivery_open`.
OPEN = "state IN ('queued', 'sending', 'deferred', 'unknown', 'parked', 'waiting')"


def where(
    which: Filter,
    cursor: str | None,
    *,
    time: Callable[[datetime], Any],
) -> tuple[str, list[Any]]:
    """Write the condition of a page and its arguments; `time` writes an instant.

    Raises `Malformed` when the cursor is none of ours.
    """
    terms: list[str] = []
    values: list[Any] = []

    def put(value: object) -> str:
        values.append(value)
        return f"${len(values)}"

    given = {"destination": which.destination, "dossier_id": which.dossier_id, "cause": which.cause}
    terms.extend(f"{column} = {put(value)}" for column, value in given.items() if value is not None)
    if which.delivery_id is not None:
        terms.append(f"id = {put(which.delivery_id)}")
    if which.transfer_id is not None:
        low, high = put(f"{which.transfer_id}."), put(f"{which.transfer_id}/")
        terms.append(f"id > {low} AND id < {high}")
    if which.sender is not None:
        terms.append(f"transfer_id IN (SELECT id FROM transfer WHERE sender = {put(which.sender)})")  # noqa: S608 - a mark
    if which.states:
        marks = ", ".join(put(state.value) for state in which.states)
        terms.append(f"state IN ({marks})")
        if FINAL.isdisjoint(which.states):
            terms.append(OPEN)
    if which.due_before is not None:
        at = put(time(which.due_before))
        terms.append(f"CASE WHEN state = 'sending' THEN lease_until ELSE due_at END <= {at}")
    if cursor is not None:
        since, delivery_id = _position(cursor)
        terms.append(f"(accepted_at, id) > ({put(time(since))}, {put(delivery_id)})")
    return " AND ".join(terms) or "true", values


def page_of(found: Sequence[Delivery], limit: int) -> Page:
    """Make a page of at most `limit` of what was found; one more than that tells that there is another page."""
    deliveries = tuple(found[:limit])
    if len(found) <= limit or not deliveries:
        return Page(deliveries=deliveries, cursor=None)
    last = deliveries[-1]
    place = f"{microseconds(last.accepted_at)} {last.id}"
    return Page(deliveries=deliveries, cursor=urlsafe_b64encode(place.encode()).decode())


def _position(cursor: str) -> tuple[datetime, str]:
    """Read a cursor."""
    try:
        at, delivery_id = urlsafe_b64decode(cursor.encode()).decode().split(" ", 1)
        return EPOCH + timedelta(microseconds=int(at)), delivery_id
    except (ValueError, OverflowError, binascii.Error) as error:
        problem = Problem(path="cursor", rule="give back the cursor of the page before")
        raise Malformed([problem], code="cursor") from error
