"""What a process accepted last is found again, and only so much is kept."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.domain.dossier import Dossier, Identifier
from gateway.domain.event import EventKind
from gateway.domain.transfer import AcceptedTransfer, Event, Transfer
from gateway.pipeline.recent import Recent


def accepted(number: int) -> AcceptedTransfer:
    dossier = Dossier(identifiers=(Identifier(value=f"H21.129-260302-{number:04}", scheme="dossier"),))
    transfer = Transfer(message_id=f"m{number}", event=Event(kind=EventKind.PROCESSING), dossier=dossier)
    return AcceptedTransfer(
        id=f"t{number}", sender="desk", dossier_id=f"d{number}", accepted_at=datetime(2026, 3, 2, tzinfo=UTC), transfer=transfer
    )


def test_the_oldest_gives_way() -> None:
    recent = Recent(most=2)

    for number in range(3):
        recent.keep(accepted(number))

    assert recent.find("t0") is None
    assert recent.find("t1") == accepted(1)
    assert recent.find("t2") == accepted(2)
