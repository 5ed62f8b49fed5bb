"""Codes of result papers and of components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Malformed
from gateway.domain.paper_code import parse_component_code, parse_result_paper_code
from tests.strategies import agency_codes

if TYPE_CHECKING:
    from gateway.domain.agency_code import AgencyCode


def test_the_code_of_a_result_paper_is_read() -> None:
    """Agency and number come out."""
    code = parse_result_paper_code("KQ.G07.000122")
    assert (str(code.agency), code.number, str(code)) == (
        "G07",
        "000122",
        "KQ.G07.000122",
    )


def test_the_code_of_a_component_is_read() -> None:
    """Agency, kind and number come out."""
    code = parse_component_code("000.00.00.G09-KQ002269")
    assert (str(code.agency.normalised()), code.kind, code.number) == (
        "G09",
        "KQ",
        "002269",
    )
    assert str(code) == "000.00.00.G09-KQ002269"


@pytest.mark.parametrize("text", ["", "KQ.G07.122", "KQ.x.000122", "KQ..000122", "TP.G07.000122"])
def test_what_is_no_result_paper_code_is_malformed(text: str) -> None:
    """The fault names the path."""
    with pytest.raises(Malformed) as caught:
        parse_result_paper_code(text, path="dossier.results[0].code")
    assert caught.value.problems[0].path == "dossier.results[0].code"


@pytest.mark.parametrize("text", ["", "G09-KQ2269", "x-KQ002269", ".-KQ002269", "G09KQ002269"])
def test_what_is_no_component_code_is_malformed(text: str) -> None:
    """The fault names the path."""
    with pytest.raises(Malformed) as caught:
        parse_component_code(text, path="dossier.components[0].code")
    assert caught.value.problems[0].path == "dossier.components[0].code"


@given(agency=agency_codes(), number=st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_paper_codes_are_written_back_exactly(agency: AgencyCode, number: str) -> None:
    """Reading what was written gives the same text."""
    result, component = f"KQ.{agency}.{number}", f"{agency}-KQ{number}"
    assert str(parse_result_paper_code(result)) == result
    assert str(parse_component_code(component)) == component


@given(st.text() | st.text("KQ.G09-", max_size=20))
def test_junk_never_raises_anything_but_malformed(text: str) -> None:
    """Any text is read or refused."""
    for parse in (parse_result_paper_code, parse_component_code):
        try:
            assert str(parse(text)) == text
        except Malformed as fault:
            assert fault.problems  # noqa: PT017 - either end is right
