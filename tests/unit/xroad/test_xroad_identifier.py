"""Identifiers of X-Road: agency codes with dots are legal, everything that could lead elsewhere is not."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.xroad.identifier import Subsystem, read_subsystem
from gateway.sdk import Malformed

LETTERS = "ABCXYZabcxyz0123456789'()+,-=?"
PARTS = st.text(LETTERS, min_size=1, max_size=100) | st.from_regex(r"[0-9A-Z]{1,3}(\.[0-9]{2,3}){0,3}", fullmatch=True)


@given(st.lists(PARTS, min_size=3, max_size=4))
def test_an_identifier_survives_as_a_text_and_percent_encoded(parts: list[str]) -> None:
    read = read_subsystem("/".join(parts), place="x")

    assert list(read.parts) == parts
    assert read_subsystem(str(read), place="x") == read
    assert read_subsystem(read.path, place="x", encoded=True) == read
    assert [unquote(part) for part in read.path.split("/")] == parts


@pytest.mark.parametrize("code", ["H21.129", "000.00.00.G22", "H21", "0100109106"])
def test_codes_of_agencies_and_enterprises_are_legal_as_they_are(code: str) -> None:
    read = read_subsystem(f"VN/GOV/{code}/lien-thong", place="x")

    assert read == Subsystem(instance="VN", member_class="GOV", member=code, subsystem="lien-thong")
    assert read.path == f"VN/GOV/{code}/lien-thong"


def test_a_question_mark_is_encoded_lest_a_query_begins() -> None:
    assert read_subsystem("VN/GOV/A?B/c", place="x").path == "VN/GOV/A%3FB/c"


SHAPES = ["", "VN", "VN/GOV", "VN/GOV/", "VN/GOV/A/b/c", "VN//A/b", f"VN/GOV/{'A' * 101}"]
LETTERS_OUTSIDE = [
    "VN/GOV/ A/b",
    "VN/GOV/A;b/c",
    "VN/GOV/A:b/c",
    "VN/GOV/A_B",
    "VN/GOV/Sở/x",
    "VN/GOV/A\\b",
    "VN/GOV/A\x00",
    "VN/GOV/A/b\nc",
    "VN/GOV/A/%",
]
WAYS_OUT = ["VN/GOV/../x", "VN/GOV/./x", "VN/GOV/A%2Fb/c"]


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("text", [*SHAPES, *LETTERS_OUTSIDE, *WAYS_OUT])
def test_everything_else_is_refused_with_its_place(text: str, *, encoded: bool) -> None:
    with pytest.raises(Malformed) as caught:
        read_subsystem(text, place="X-Road-Client", encoded=encoded)

    assert [problem.path for problem in caught.value.problems] == ["X-Road-Client"]


@pytest.mark.parametrize(
    "text", ["VN/GOV/A%252Fb/c", "VN/GOV/A%2Fb/c", "VN/GOV/%2E%2E/c", "VN/GOV/A%00/c", "VN/GOV/A%0D%0A/c", "VN/GOV/%FF/c"]
)
def test_what_is_hidden_by_encoding_is_found(text: str) -> None:
    with pytest.raises(Malformed):
        read_subsystem(text, place="x", encoded=True)
