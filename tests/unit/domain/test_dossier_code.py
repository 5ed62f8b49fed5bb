"""Dossier codes: every form in use is read, dated, and written back exactly."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.agency_code import AgencyCode, parse_agency_code
from gateway.domain.dossier_code import (
    DossierCode,
    next_dossier_code,
    parse_dossier_code,
    same_dossier,
)
from gateway.domain.errors import Malformed
from tests.strategies import agency_codes, dossier_codes


@pytest.mark.parametrize(
    ("text", "agency", "day", "number"),
    [
        ("000.00.53.H48-220921-0099", "H48.53", date(2022, 9, 21), 99),
        ("H21.12.03-230105-0007", "H21.12.03", date(2023, 1, 5), 7),
        ("G22.01.05-240229-1234", "G22.01.05", date(2024, 2, 29), 1234),
        ("H21.129-250812-0345", "H21.129", date(2025, 8, 12), 345),
        ("H21.129-250812-10345", "H21.129", date(2025, 8, 12), 10345),
        ("G09.20-20260609-0092637", "G09.20", date(2026, 6, 9), 92637),
    ],
)
def test_every_form_in_use_is_read(text: str, agency: str, day: date, number: int) -> None:
    """Agency, day and running number come out; the text goes back in."""
    code = parse_dossier_code(text)
    assert str(code.agency.normalised()) == agency
    assert code.received_on == day
    assert code.number == number
    assert str(code) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("H21.12-230231-0001", "no such day in the calendar"),
        ("H21.12-231301-0001", "no such day in the calendar"),
        ("H21.12-230229-0001", "no such day in the calendar"),
        ("H21.12-20260000-0001", "no such day in the calendar"),
        ("H21.12-19991231-0001", "the day is YYMMDD or YYYYMMDD"),
        ("H21.12-2301-0001", "the day is YYMMDD or YYYYMMDD"),
        ("H21.12-23010\u0665-0001", "the day is YYMMDD or YYYYMMDD"),
        ("H21.12-230105-001", "the running number has four to seven digits"),
        ("H21.12-230105-00000001", "the running number has four to seven digits"),
        ("H21.12-230105-0001\n", "the running number has four to seven digits"),
        ("H21.12-230105-\u0660\u0660\u0660\u0661", "the running number has four to seven digits"),
        ("H21.12-230105", "a dossier code has three parts"),
        ("H21-12-230105-0001", "a dossier code has three parts"),
        ("", "a dossier code has three parts"),
    ],
)
def test_a_faulty_code_is_malformed_with_its_rule_and_path(text: str, rule: str) -> None:
    """The fault says which rule and where."""
    with pytest.raises(Malformed) as caught:
        parse_dossier_code(text, path="dossier.identifiers[0].value")
    (problem,) = caught.value.problems
    assert problem.path == "dossier.identifiers[0].value"
    assert problem.rule.startswith(rule)


def test_every_faulty_part_of_a_code_is_listed() -> None:
    """Agency, day and number are faulted together."""
    with pytest.raises(Malformed) as caught:
        parse_dossier_code("x-230231-1")
    assert len(caught.value.problems) == 3


def test_a_fault_shows_the_shape_of_a_code_and_not_the_code() -> None:
    """What was typed into the wrong field stays out of the text."""
    with pytest.raises(Malformed) as caught:
        parse_dossier_code("Nguyen Van Xuan 079123456789")
    assert "Nguyen" not in caught.value.text
    assert "079123456789" not in caught.value.text
    assert "Aaaaaa Aaa Aaaa 999999999999" in caught.value.text


@given(dossier_codes())
def test_a_code_is_written_back_exactly(code: DossierCode) -> None:
    """Reading what was written gives the same value."""
    assert parse_dossier_code(str(code)) == code


@given(dossier_codes())
def test_a_dossier_is_the_same_in_either_order_of_its_agency(code: DossierCode) -> None:
    """The order of the agency does not make another dossier."""
    normal = DossierCode(
        agency=code.agency.normalised(),
        received_on=code.received_on,
        number=code.number,
        digits=7,
        long_year=not code.long_year,
    )
    assert same_dossier(str(code), str(normal))


def test_other_texts_are_the_same_dossier_only_as_themselves() -> None:
    """Comparing never raises."""
    assert same_dossier("SBN-1", "SBN-1")
    assert not same_dossier("SBN-1", "H21.12-230105-0001")
    assert not same_dossier("H21.12-230105-0002", "H21.12-230105-0001")


@given(
    agency=agency_codes(),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    last=st.integers(0, 9_999_998),
    long_year=st.booleans(),
)
def test_the_next_code_can_be_read_back(*, agency: AgencyCode, day: date, last: int, long_year: bool) -> None:
    """A generated code follows the last number and is a code."""
    code = next_dossier_code(agency, received_on=day, last=last, long_year=long_year)
    assert parse_dossier_code(str(code)) == code
    assert code.number == last + 1
    assert code.received_on == day


def test_the_first_number_of_a_day_has_four_digits_and_the_ten_thousandth_five() -> None:
    """The number grows by itself."""
    agency, day = parse_agency_code("H21.129"), date(2025, 8, 12)
    first = next_dossier_code(agency, received_on=day, last=0)
    later = next_dossier_code(agency, received_on=day, last=9_999)
    ministry = next_dossier_code(
        parse_agency_code("G09.20"),
        received_on=date(2026, 6, 9),
        last=92_636,
        digits=7,
        long_year=True,
    )
    assert str(first) == "H21.129-250812-0001"
    assert str(later) == "H21.129-250812-10000"
    assert str(ministry) == "G09.20-20260609-0092637"


@pytest.mark.parametrize("last", [-1, 9_999_999])
def test_a_day_has_only_so_many_numbers(last: int) -> None:
    """Beyond them there is no next code."""
    with pytest.raises(Malformed, match="numbers of a day"):
        next_dossier_code(parse_agency_code("H21"), received_on=date(2025, 1, 1), last=last)


@pytest.mark.parametrize("year", [1999, 2100])
def test_a_day_outside_the_century_has_no_code(year: int) -> None:
    """Two digits of a year mean 20YY, so no other century can be written."""
    with pytest.raises(Malformed, match="between 2000 and 2099"):
        next_dossier_code(parse_agency_code("H21"), received_on=date(year, 1, 1), last=0)


@given(st.text() | st.text("H021.-9", max_size=30))
def test_junk_never_raises_anything_but_malformed(text: str) -> None:
    """Any text is read or refused."""
    try:
        assert str(parse_dossier_code(text)) == text
    except Malformed as fault:
        assert fault.problems  # noqa: PT017 - either end is right
