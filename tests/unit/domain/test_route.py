"""Routing: every row that holds, each target once, never back to the sender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Malformed, Refused
from gateway.domain.event import EventKind
from gateway.domain.route import ORIGIN, Route, matching, resolve

SYSTEMS = {
    "igate": ("igate",),
    "hotich": ("hotich",),
    "dvcqg": ("dvcqg",),
    "H21": ("igate", "dvcqg"),
    "H21.99": (),
}
ROUTES = [
    Route(procedures=("1.001193",), events=(EventKind.SUBMITTED,), senders=("igate",), to=("hotich", "dvcqg")),
    Route(events=(EventKind.COMPLETED,), to=(ORIGIN, "dvcqg")),
    Route(senders=("hotich",), to=(ORIGIN,)),
]


@pytest.mark.parametrize(
    ("procedure", "event", "sender", "targets"),
    [
        ("1.001193.000.00.00.H21", EventKind.SUBMITTED, "igate", ("hotich", "dvcqg")),
        ("1.001193.H21", EventKind.SUBMITTED, "igate", ("hotich", "dvcqg")),
        ("1.001194", EventKind.SUBMITTED, "igate", ()),
        ("1.001193", EventKind.ACCEPTED, "igate", ()),
        ("1.001193", EventKind.SUBMITTED, "dvcqg", ()),
        ("1.001193", EventKind.COMPLETED, "hotich", (ORIGIN, "dvcqg")),
        ("", EventKind.PROCESSING, "hotich", (ORIGIN,)),
    ],
)
def test_every_condition_of_a_row_must_hold(procedure: str, event: EventKind, sender: str, targets: tuple[str, ...]) -> None:
    assert matching(ROUTES, procedure=procedure, event=event, sender=sender) == targets


def test_a_row_without_conditions_always_holds() -> None:
    assert matching([Route(to=("a", "b")), Route(to=("b", "c"))], procedure="", event=EventKind.ACCEPTED, sender="x") == ("a", "b", "c")


def test_targets_become_systems_each_once_in_order() -> None:
    assert resolve(["H21", "hotich", "igate", ORIGIN], sender="x", origin="dvcqg", systems=SYSTEMS) == ("igate", "dvcqg", "hotich")


def test_nothing_goes_back_to_its_sender() -> None:
    assert resolve(["H21"], sender="igate", origin=None, systems=SYSTEMS) == ("dvcqg",)


@pytest.mark.parametrize(
    ("targets", "sender", "origin"),
    [([], "igate", None), (["igate"], "igate", None), ([ORIGIN], "x", None), ([ORIGIN], "igate", "igate"), (["H21.99"], "x", None)],
)
def test_a_transfer_that_reaches_nobody_is_refused(targets: list[str], sender: str, origin: str | None) -> None:
    with pytest.raises(Refused) as caught:
        resolve(targets, sender=sender, origin=origin, systems=SYSTEMS)

    assert caught.value.code == "no_route"


def test_every_unknown_recipient_is_named_with_its_place() -> None:
    with pytest.raises(Malformed) as caught:
        resolve(["nowhere", "igate", "H99"], sender="x", origin=None, systems=SYSTEMS)

    assert [(problem.path, problem.found) for problem in caught.value.problems] == [("recipients[0]", "nowhere"), ("recipients[2]", "H99")]
    assert caught.value.code == "unknown_recipient"


@given(st.lists(st.sampled_from([*SYSTEMS, ORIGIN])), st.sampled_from(["igate", "hotich", "x"]), st.sampled_from([None, "igate", "dvcqg"]))
def test_resolved_systems_are_known_distinct_and_never_the_sender(targets: list[str], sender: str, origin: str | None) -> None:
    try:
        found = resolve(targets, sender=sender, origin=origin, systems=SYSTEMS)
    except Refused:
        return

    assert found
    assert len(set(found)) == len(found)
    assert sender not in found
    assert set(found) <= {"igate", "hotich", "dvcqg"}
