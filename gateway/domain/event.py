"""What happened to a dossier."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["CLOSING", "EventKind", "Status"]


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
