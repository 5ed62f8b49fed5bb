"""Agency codes: both orders are read, written back exactly, and name the same agency."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.agency_code import (
    AgencyCode,
    is_within,
    normalise_agency_code,
    parse_agency_code,
    same_agency,
)
from gateway.domain.errors import Malformed
from tests.strategies import agency_codes


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("000.00.00.H21", "H21"),
        ("000.00.12.H40", "H40.12"),
        ("000.03.12.H40", "H40.12.03"),
        ("001.03.12.H40", "H40.12.03.001"),
        ("001.00.12.H40", "H40.12.00.001"),
        ("H21", "H21"),
        ("H21.129", "H21.129"),
        ("H21.12.03.001.A1", "H21.12.03.001.A1"),
        ("H21.00.00", "H21"),
        ("0100109106", "0100109106"),
        ("0100109106001", "0100109106001"),
    ],
)
def test_either_order_is_brought_into_the_order_in_force(written: str, normal: str) -> None:
    """Every known form has one normal form."""
    assert str(parse_agency_code(written)) == written
    assert normalise_agency_code(written) == normal
    assert same_agency(written, normal)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h21",
        "H2",
        "H211",
        "H21.",
        "H21..12",
        "H21.1a",
        ".H21",
        "H21 ",
        "H21\n",
        "H21.\u0663\u0664",
        "000.00.12",
        "00.00.12.H40",
        "000.00.12.40H",
        "12345",
        "H21" + ".123" * 8 + ".1",
        "H21." + "1" * 33,
    ],
)
def test_what_is_no_agency_code_is_malformed_at_its_path(text: str) -> None:
    """The fault names the path and never shows the text."""
    with pytest.raises(Malformed) as caught:
        parse_agency_code(text, path="dossier.agency.code")
    (problem,) = caught.value.problems
    assert problem.path == "dossier.agency.code"
    assert caught.value.code == "agency_code"


def test_thirty_five_characters_are_the_most() -> None:
    """The limit of QĐ 20/2020 is exact."""
    assert parse_agency_code("H21." + "1" * 31).levels[0] == "H21"
    with pytest.raises(Malformed):
        parse_agency_code("H21." + "1" * 32)


@given(agency_codes())
def test_a_code_is_written_back_exactly(code: AgencyCode) -> None:
    """Reading what was written gives the same value."""
    assert parse_agency_code(str(code)) == code


@given(agency_codes())
def test_normalising_twice_changes_nothing(code: AgencyCode) -> None:
    """The normal form is its own normal form, and stays the same agency."""
    normal = code.normalised()
    assert normal.normalised() == normal
    assert same_agency(str(code), str(normal))


@given(agency_codes(order="qcvn_2016"))
def test_the_order_of_2016_survives_the_way_there_and_back(code: AgencyCode) -> None:
    """Old to new to old is the same text."""
    assert str(code.normalised().in_order_of_2016()) == str(code)


@pytest.mark.parametrize("text", ["H21.129", "H21.1.2.3.4", "0100109106", "H21.AB"])
def test_what_the_order_of_2016_cannot_say_is_refused(text: str) -> None:
    """Three-digit communes and enterprises have no old form."""
    with pytest.raises(Malformed, match="cannot be written") as caught:
        parse_agency_code(text).in_order_of_2016(path="x")
    assert caught.value.problems[0].path == "x"


def test_a_department_lies_within_its_province_and_not_the_other_way() -> None:
    """Being within holds across both orders."""
    province = parse_agency_code("000.00.00.H40")
    department = parse_agency_code("H40.12")
    assert is_within(department, province)
    assert is_within(province, province)
    assert not is_within(province, department)
    assert not is_within(parse_agency_code("H41.12"), province)


def test_a_text_that_is_no_code_is_the_same_only_as_itself() -> None:
    """Comparing never raises."""
    assert same_agency("one-stop", "one-stop")
    assert not same_agency("one-stop", "H21")


@given(st.text())
def test_junk_never_raises_anything_but_malformed(text: str) -> None:
    """Any text is read or refused."""
    try:
        assert str(parse_agency_code(text)) == text
    except Malformed as fault:
        assert fault.problems  # noqa: PT017 - either end is right
