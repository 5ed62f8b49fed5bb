"""Events and statuses speak of one another."""

from __future__ import annotations

import pytest

from gateway.domain.event import CLOSING, EVENT_OF_STATUS, STATUS_AFTER, EventKind, Status


def test_every_status_has_its_event_and_every_event_its_status() -> None:
    assert set(EVENT_OF_STATUS) == set(Status)
    assert set(STATUS_AFTER) == set(EventKind)


@pytest.mark.parametrize("status", Status)
def test_the_event_of_a_status_leaves_the_dossier_in_that_status(status: Status) -> None:
    assert STATUS_AFTER[EVENT_OF_STATUS[status]] is status


def test_a_supplemented_dossier_is_processed_again() -> None:
    assert STATUS_AFTER[EventKind.SUPPLEMENTED] is Status.PROCESSING


def test_a_case_is_closed_by_its_end_and_not_on_the_way() -> None:
    assert {EventKind.COMPLETED, EventKind.REJECTED, EventKind.RESULT_RETURNED, EventKind.WITHDRAWN} == CLOSING
