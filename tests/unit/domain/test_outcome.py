"""Outcomes: a closed set that travels and comes back as itself."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

import msgspec
import pytest

from gateway.domain.outcome import Deferred, Delivered, Outcome, Rejected, Unknown

OUTCOMES: list[Outcome] = [
    Delivered(reference="KS-1", note="already there"),
    Deferred(reason="503", after=timedelta(seconds=30), about_destination=False),
    Rejected(code="-3", text="no such procedure"),
    Unknown(reason="no answer"),
]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_is_encoded_with_its_name_and_comes_back(outcome: Outcome) -> None:
    encoded = msgspec.json.encode(outcome)

    assert msgspec.json.decode(encoded, type=Outcome) == outcome
    assert msgspec.json.decode(encoded)["type"] == named(outcome)


def named(outcome: Outcome) -> str:
    match outcome:
        case Delivered():
            return "delivered"
        case Deferred():
            return "deferred"
        case Rejected():
            return "rejected"
        case Unknown():
            return "unknown"
        case _:
            assert_never(outcome)


def test_a_deferral_speaks_of_the_whole_destination_unless_it_says_otherwise() -> None:
    assert Deferred(reason="x").about_destination
    assert Deferred(reason="x").after is None


def test_an_outcome_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        OUTCOMES[0].note = "other"  # type: ignore[misc, union-attr]  # that is what is tested
