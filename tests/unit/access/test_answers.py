"""Answers before their dialect: no answer at all, wrapped by a bus, checksums."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from hashlib import sha256

import pytest

from gateway.access import (
    Bare,
    BusWrapping,
    HmacChecksum,
    PlainChecksum,
    TextWrapping,
    Wrapping,
    checksum_of,
    is_checksum,
    read_json,
    read_object,
    require_answer,
)
from gateway.sdk import HttpAnswer, OutcomeUnknown, RetryLater

WHO = "the agency"


def answer(body: object, *, status: int = 200, **headers: str) -> HttpAnswer:
    return HttpAnswer(status=status, headers=headers, body=body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("wrapping", "body"),
    [
        (Bare(), {"error_code": "0"}),
        (BusWrapping(), {"code": 200, "status": "OK", "correlationId": "c-1", "response": {"error_code": "0"}}),
        (BusWrapping(), {"code": "500", "response": '{"error_code": "0"}'}),
        (BusWrapping(response="data"), {"data": {"error_code": "0"}}),
        (TextWrapping(), {"message": '{"error_code": "0"}'}),
        (TextWrapping(field="d"), {"d": ' {"error_code": "0"} '}),
    ],
)
def test_the_answer_of_the_agency_is_taken_out_of_its_wrapping(wrapping: Wrapping, body: object) -> None:
    assert read_object(answer(body), who=WHO, wrapping=wrapping) == {"error_code": "0"}


def test_an_answer_may_be_a_list() -> None:
    assert read_json(answer({"response": [1, 2]}), who=WHO, wrapping=BusWrapping()) == [1, 2]


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"\xff", b"[" * 5000, b"[]", b'"x"', {"message": 7}, {"message": "<html>"}, {"message": ""}, {"message": "[]"}]
)
def test_what_is_no_answer_leaves_the_outcome_unknown_and_is_only_asked_again_where_that_is_safe(body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        read_object(answer(body), who=WHO, wrapping=TextWrapping())
    with pytest.raises(RetryLater) as raised:
        read_object(answer(body), who=WHO, wrapping=TextWrapping(), safe=True)

    assert not isinstance(raised.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        ({"code": 503, "correlationId": "c-1"}, False),
        ({"code": "HTTP_404", "response": None}, False),
        ({"status": 401, "response": ""}, False),
        ({"code": 500, "correlationId": "c-1"}, True),
        ({"code": {"Nguyễn": "Thị"}, "correlationId": "Nguyễn Thị Thử"}, True),
        ({}, True),
    ],
)
def test_a_bus_without_an_answer_of_the_agency_says_whether_it_handed_the_call_on(body: dict[str, object], unknown: bool) -> None:
    with pytest.raises(RetryLater) as raised:
        read_json(answer(body), who=WHO, wrapping=BusWrapping())

    assert isinstance(raised.value, OutcomeUnknown) is unknown
    assert ("c-1" in str(raised.value)) is (body.get("correlationId") == "c-1")
    assert "Nguyễn" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "unknown"), [(401, False), (404, False), (429, False), (503, False), (500, True), (502, True), (504, True)]
)
def test_a_status_that_is_no_answer_says_whether_the_call_was_taken(status: int, unknown: bool) -> None:
    with pytest.raises(RetryLater) as raised:
        require_answer(answer(b"", status=status, **{"retry-after": "7"}), who=WHO)

    assert isinstance(raised.value, OutcomeUnknown) is unknown
    assert raised.value.code == f"http_{status}"
    assert raised.value.after == (None if unknown else timedelta(seconds=7))


def test_a_status_may_mean_something_else_to_a_dialect() -> None:
    require_answer(answer(b"", status=404), who=WHO, not_taken={503})
    require_answer(answer(b"", status=422), who=WHO)


def test_a_checksum_is_over_secret_and_fields_in_their_order() -> None:
    values = {"partnerCode": "GL", "amount": 50000, "payer": "NGUYEN THI THU"}
    fields = ("amount", "khong_co", "partnerCode")

    assert checksum_of(PlainChecksum(secret="s", fields=fields), values) == sha256(b"s50000GL").hexdigest()
    assert (
        checksum_of(PlainChecksum(secret="s", fields=fields, secret_first=False, separator="|"), values)
        == sha256(b"50000||GL|s").hexdigest()
    )
    assert checksum_of(HmacChecksum(secret="s", fields=fields), values) == hmac.new(b"s", b"50000GL", sha256).hexdigest()
    assert checksum_of(PlainChecksum(secret="s", capitals=True), values) == sha256(b"s").hexdigest().upper()


def test_a_checksum_that_came_is_right_in_either_case_and_never_when_it_is_none() -> None:
    checksum = PlainChecksum(secret="s", fields=("a",))
    right = checksum_of(checksum, {"a": "1"})

    assert is_checksum(checksum, {"a": "1"}, right)
    assert is_checksum(checksum, {"a": "1"}, right.upper())
    assert not any(is_checksum(checksum, {"a": "1"}, wrong) for wrong in (right[:-1], "", None, 7, ["a"], right[:-1] + "é"))
    assert not is_checksum(checksum, {"a": "2"}, right)
