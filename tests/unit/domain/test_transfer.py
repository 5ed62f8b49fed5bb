"""A transfer: what it lacks, what it names, what its types refuse."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.applicant import Applicant
from gateway.domain.dossier import Attachment, Component, Dossier, Identifier, Procedure, Result
from gateway.domain.errors import Malformed
from gateway.domain.event import EventKind
from gateway.domain.transfer import (
    AcceptedTransfer,
    Event,
    Transfer,
    attachments,
    digest,
    encode_accepted,
    encode_transfer,
    find_gaps,
    primary_identifier,
    require_complete,
)

CODE = Identifier(value="H21.129-260302-0007", scheme="dossier")
NATIONAL = Identifier(value="G22.99-260302-0001", scheme="national")
LOCAL = Identifier(value="KS-1", scheme="hotich")
WHOLE = Dossier(identifiers=(CODE,), procedure=Procedure(code="1.001193"), applicant=Applicant(kind="citizen"))


def transfer(dossier: Dossier, kind: EventKind = EventKind.SUBMITTED) -> Transfer:
    return Transfer(message_id="m1", event=Event(kind=kind), dossier=dossier)


def test_a_whole_submission_lacks_nothing() -> None:
    assert find_gaps(transfer(WHOLE)) == []
    require_complete(transfer(WHOLE))


def test_a_submission_needs_procedure_and_applicant_and_both_gaps_are_told() -> None:
    with pytest.raises(Malformed) as caught:
        require_complete(transfer(Dossier(identifiers=(CODE,))))

    assert [problem.path for problem in caught.value.problems] == ["dossier.procedure", "dossier.applicant"]
    assert caught.value.code == "incomplete"


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind is not EventKind.SUBMITTED])
def test_any_other_event_needs_an_identifier_only(kind: EventKind) -> None:
    assert find_gaps(transfer(Dossier(identifiers=(CODE,)), kind)) == []


def test_an_identifier_named_twice_is_a_gap_that_does_not_show_it() -> None:
    again = msgspec.structs.replace(WHOLE, identifiers=(CODE, LOCAL, CODE))

    (gap,) = find_gaps(transfer(again))

    assert gap.path == "dossier.identifiers[2]"
    assert CODE.value not in str(gap)


def test_the_same_value_in_two_schemes_is_two_identifiers() -> None:
    both = msgspec.structs.replace(WHOLE, identifiers=(CODE, Identifier(value=CODE.value, scheme="national")))

    assert find_gaps(transfer(both)) == []


def test_an_attachment_that_names_no_content_is_a_gap_wherever_it_hangs() -> None:
    bare = Attachment(name="a.pdf")
    named = (Attachment(name="b", sha256="0" * 64), Attachment(name="c", url="https://x.example/c"), Attachment(name="d", id="1"))
    dossier = msgspec.structs.replace(
        WHOLE, components=(Component(), Component(attachments=(*named, bare))), results=(Result(attachments=(bare, *named)),)
    )

    assert [gap.path for gap in find_gaps(transfer(dossier))] == [
        "dossier.components[1].attachments[3]",
        "dossier.results[0].attachments[0]",
    ]
    assert len(list(attachments(dossier))) == 8


@pytest.mark.parametrize(
    ("identifiers", "primary"),
    [((LOCAL, NATIONAL, CODE), CODE), ((LOCAL, NATIONAL), NATIONAL), ((LOCAL, Identifier(value="x", scheme="y")), LOCAL)],
)
def test_people_know_a_dossier_by_its_code_then_its_national_code_then_its_first(
    identifiers: tuple[Identifier, ...], primary: Identifier
) -> None:
    assert primary_identifier(Dossier(identifiers=identifiers)) == primary


@given(st.binary())
def test_a_content_is_named_by_its_sha256(content: bytes) -> None:
    assert digest(content) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "fault",
    [
        {"message_id": ""},
        {"message_id": "two words"},
        {"message_id": "line\n"},
        {"message_id": "x" * 201},
        {"schema": "dossier/2"},
        {"sender": "me"},
        {"recipients": ["x"] * 51},
        {"recipients": ["hồ"]},
        {"event": {"kind": "archived"}},
        {"event": {"kind": "accepted", "occurred_at": "2026-03-02T08:15:00"}},
        {"event": {"kind": "accepted", "note": "x" * 4001}},
        {"dossier": {}},
        {"dossier": {"identifiers": []}},
    ],
)
def test_a_type_refuses_what_its_fields_do_not_allow(fault: dict[str, object]) -> None:
    good = {"message_id": "m", "event": {"kind": "accepted"}, "dossier": {"identifiers": [{"value": "1", "scheme": "x"}]}}

    assert msgspec.convert(good, Transfer).recipients == ()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good | fault, Transfer)


@pytest.mark.parametrize("size", [0, 1, 2047, 2048, 4094, 5000, 16 * 2047, 16 * 2047 + 1, 100_000])
def test_a_digest_is_the_sha256_of_the_whole_content_whatever_its_length(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)

    found = digest(content[:size])

    assert found == hashlib.sha256(content[:size]).hexdigest()


def test_an_accepted_transfer_is_written_around_what_is_written_already() -> None:
    sent = transfer(WHOLE)
    accepted = AcceptedTransfer(id="t", sender="desk", dossier_id="d", accepted_at=datetime(2026, 3, 2, tzinfo=UTC), transfer=sent)

    written = encode_accepted(accepted, msgspec.json.encode(sent))

    assert msgspec.json.decode(written, type=AcceptedTransfer) == accepted


def test_the_version_said_or_left_out_is_the_same_content() -> None:
    silent = msgspec.json.encode(transfer(WHOLE))
    said = b'{"schema":"dossier/1",' + silent[1:]

    written = [encode_transfer(msgspec.json.decode(body, type=Transfer)) for body in (silent, said)]

    assert written == [silent, silent]
