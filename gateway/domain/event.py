"""What happened to a dossier."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLOSING", "EVENT_OF_STATUS", "STATUS_AFTER", "EventKind", "Status"]


class EventKind(StrEnum):
    """The closed set of events that a transfer can carry."""

    ACCEPTED = "accepted"
    COMPLETED = "completed"
    PAYMENT_REQUESTED = "payment_requested"
    PROCESSING = "processing"
    REJECTED = "rejected"
    RESULT_RETURNED = "result_returned"
    SUBMITTED = "submitted"
    SUPPLEMENTED = "supplemented"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


#: After one of these the agency in charge has nothing more to say of the dossier, but that its result was returned.
CLOSING = frozenset(
    {
        EventKind.COMPLETED,
        EventKind.REJECTED,
        EventKind.RESULT_RETURNED,
        EventKind.WITHDRAWN,
    }
)


class Status(StrEnum):
    """The canonical status of a dossier; the ten of the national portal, by name."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    PAYMENT_REQUESTED = "payment_requested"
    PROCESSED = "processed"
    PROCESSING = "processing"
    REGISTERED = "registered"
    RESULT_RETURNED = "result_returned"
    STOPPED = "stopped"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    WITHDRAWN = "withdrawn"


#: The event that brings a dossier into a status: what a dialect means that only tells where a dossier stands.
EVENT_OF_STATUS: Mapping[Status, EventKind] = MappingProxyType(
    {
        Status.ACCEPTED: EventKind.ACCEPTED,
        Status.NOT_ACCEPTED: EventKind.REJECTED,
        Status.PAYMENT_REQUESTED: EventKind.PAYMENT_REQUESTED,
        Status.PROCESSED: EventKind.COMPLETED,
        Status.PROCESSING: EventKind.PROCESSING,
        Status.REGISTERED: EventKind.SUBMITTED,
        Status.RESULT_RETURNED: EventKind.RESULT_RETURNED,
        Status.STOPPED: EventKind.SUSPENDED,
        Status.SUPPLEMENT_REQUESTED: EventKind.SUPPLEMENT_REQUESTED,
        Status.WITHDRAWN: EventKind.WITHDRAWN,
    }
)

#: The status that an event leaves a dossier in, when its sender does not say.
STATUS_AFTER: Mapping[EventKind, Status] = MappingProxyType(
    {kind: status for status, kind in EVENT_OF_STATUS.items()} | {EventKind.SUPPLEMENTED: Status.PROCESSING}
)
