"""Faults are told by path and rule, each once, and never by value."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta
from multidict import MultiDict

from gateway.domain.errors import Malformed
from gateway.domain.tree import DEEPEST, MOST
from gateway.web.body import FEW_VALUES, SMALL, beside
from gateway.web.document import MOST_VALUES, decode, read_query
from gateway.web.fault import first_fault


class Inner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part."""

    size: Annotated[int, Meta(ge=1, le=9)]
    colour: Literal["blue", "red"] = "red"


class Outer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole."""

    name: Annotated[str, Meta(pattern=r"^[a-z]+\Z", max_length=5)]
    inner: Inner | None = None
    more: tuple[Inner, ...] = ()
    extensions: dict[str, Any] = {}


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a URL asks."""

    limit: Annotated[int, Meta(ge=1, le=50)] = 10
    state: tuple[Literal["new", "old"], ...] = ()
    text: str = ""


def faults(body: bytes) -> set[tuple[str, str]]:
    """Path and rule of every fault of a body."""
    with pytest.raises(Malformed) as caught:
        decode(body, Outer)
    return {(problem.path, problem.rule) for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"name":"A"}', {("name", "must match ^[a-z]+$")}),
        (b'{"name":"abcdef"}', {("name", "at most 5 characters")}),
        (b"{}", {("name", "must be there")}),
        (b"7", {("", "must be of type object")}),
        (b'{"name":"a","inner":{"size":0,"colour":"green"}}', {("inner.size", "at least 1"), ("inner.colour", "one of blue, red")}),
        (b'{"name":"a","inner":[]}', {("inner", "must be of type object")}),
        (b'{"name":"a","more":[{"size":1},{"size":"1"}]}', {("more[1].size", "must be of type integer")}),
        (b'{"name":"a","nam":1,"extra":[]}', {("nam", "no such field"), ("extra", "no such field")}),
        (b'{"name":"a","B\xc3\xad m\xe1\xba\xadt":1}', {("[?]", "no such field")}),
        (b'{"name":"a","name":1}', {("name", "must be of type string"), ("name", "named twice in one object")}),
        (b'{"name":"a","more":[{"size":1,"size":2}]}', {("more[0].size", "named twice in one object")}),
        (b'{"name":"a","extensions":{"x":["\\u0007"]}}', {("extensions.x[0]", "holds a control character")}),
        (b'{"name":"a","extensions":{"\\u0000":1}}', {("extensions", "a name in it holds a control character")}),
    ],
)
def test_every_fault_is_told(body: bytes, told: set[tuple[str, str]]) -> None:
    assert faults(body) == told


def test_what_is_nested_as_deep_as_allowed_is_taken_and_deeper_is_not() -> None:
    def nested(levels: int) -> bytes:
        return b'{"name":"a","extensions":{"x":' + b"[" * levels + b"]" * levels + b"}}"

    assert decode(nested(DEEPEST - 3), Outer).name == "a"
    assert {rule for _, rule in faults(nested(DEEPEST + 3))} == {f"nested deeper than {DEEPEST}"}


def test_tabs_line_ends_and_every_script_are_taken() -> None:
    text = 'dòng 1\r\n\tdòng 2 "Nguyễn" \U0001f600 \\u0000'
    body = msgspec.json.encode({"name": "a", "extensions": {"x": text}})

    assert decode(body, Outer).extensions == {"x": text}


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 5000, "-" + "9" * 5000])
def test_a_number_of_any_length_is_taken_or_told(digits: str) -> None:
    body = b'{"name":"a","extensions":{"x":' + digits.encode() + b"}}"
    try:
        decode(body, Outer)
    except Malformed as error:
        assert error.problems  # noqa: PT017 - either is right, a crash is not


def test_a_query_is_read_with_numbers_and_lists() -> None:
    query = MultiDict([("limit", "5"), ("state", "new"), ("state", "old")])

    assert read_query(query, Query) == Query(limit=5, state=("new", "old"))


@pytest.mark.parametrize(
    "pair", [("limit", "0"), ("limit", "x"), ("limit", "٣"), ("limit", "9" * 40), ("state", "x"), ("no", "1"), ("text", "\x00")]
)
def test_a_faulty_query_is_told(pair: tuple[str, str]) -> None:
    with pytest.raises(Malformed) as caught:
        read_query(MultiDict([pair]), Query)

    assert [problem.path.partition("[")[0] for problem in caught.value.problems] == [pair[0]]


def test_the_decoders_own_fault_is_told_without_the_value() -> None:
    problem = first_fault(msgspec.ValidationError("Invalid enum value 'Nguyễn' - at `$.dossier.applicant.kind`"))

    assert (problem.path, problem.rule) == ("dossier.applicant.kind", "Invalid enum value")


def test_a_document_of_too_many_values_is_refused_whatever_they_are() -> None:
    body = b'{"name":"a","extensions":{"x":[%s]}}'

    assert decode(body % b",".join([b"1"] * (MOST_VALUES - 10)), Outer).name == "a"
    assert faults(body % b",".join([b"1"] * MOST_VALUES)) == {("", f"at most {MOST_VALUES} values")}
    assert faults(body % b",".join([b"{}"] * MOST_VALUES)) == {("", f"at most {MOST_VALUES} values")}


def test_a_number_that_takes_long_to_read_is_refused_and_a_long_text_of_digits_is_not() -> None:
    body = b'{"name":"a","extensions":{"x":[%s]}}'

    assert faults(body % b",".join([b"9" * 1000] * 100)) == {("", "a number has at most 400 digits")}
    assert decode(body % b",".join([b'"%s"' % (b"9" * 1000)] * 100), Outer).name == "a"


def test_at_most_a_hundred_faults_are_told() -> None:
    more = b",".join([b'{"size":0,"size":0}'] * 150)

    with pytest.raises(Malformed) as raised:
        decode(b'{"name":"a","more":[%s]}' % more, Outer)

    assert len(raised.value.problems) == MOST


async def test_a_large_document_holds_up_nothing_else_and_a_small_one_is_read_at_once() -> None:
    moved = threading.Event()

    async def move() -> None:
        moved.set()

    for large in (b"[" + b"1," * FEW_VALUES + b"1]", b'"%s"' % (b"x" * SMALL)):
        moved.clear()
        seen, _ = await asyncio.gather(beside(large, asyncio.Lock(), lambda: moved.wait(5)), move())
        assert seen
    assert await beside(b"[1]", asyncio.Lock(), threading.current_thread) is threading.current_thread()
