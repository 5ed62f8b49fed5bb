"""Procedure codes: three lengths of one procedure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Malformed
from gateway.domain.procedure_code import (
    ProcedureCode,
    parse_procedure_code,
    same_procedure,
)
from tests.strategies import agency_codes


@pytest.mark.parametrize(
    ("text", "national", "owner"),
    [
        ("1.012784", "1.012784", None),
        ("1.012784.H21", "1.012784", "H21"),
        ("2.000635.000.00.00.H21", "2.000635", "H21"),
        ("2.000635.000.00.12.H21", "2.000635", "H21.12"),
    ],
)
def test_every_length_is_read(text: str, national: str, owner: str | None) -> None:
    """The national code and the owner come out; the text goes back in."""
    code = parse_procedure_code(text)
    assert code.national == national
    assert (code.owner and str(code.owner.normalised())) == owner
    assert str(code) == text


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.12784", "1.0127841", "12.012784", "1.012784.", "1.012784.x", "1-012784", "1.01278\u0664", "1.012784\n"],
)
def test_what_is_no_procedure_code_is_malformed_at_its_path(text: str) -> None:
    """The fault names the path."""
    with pytest.raises(Malformed) as caught:
        parse_procedure_code(text, path="dossier.procedure.code")
    assert [problem.path for problem in caught.value.problems] == ["dossier.procedure.code"]


@given(
    group=st.integers(0, 9),
    number=st.integers(0, 999_999),
    owner=st.none() | agency_codes(),
)
def test_all_lengths_of_a_code_are_the_same_procedure(group: int, number: int, owner: object) -> None:
    """Reading what was written gives the same value, and the owner does not make another procedure."""
    national = f"{group}.{number:06d}"
    text = national if owner is None else f"{national}.{owner}"
    code = parse_procedure_code(text)
    assert parse_procedure_code(str(code)) == code
    assert isinstance(code, ProcedureCode)
    assert same_procedure(text, national)


def test_another_number_is_another_procedure() -> None:
    """Only the first two groups count, and both count."""
    assert not same_procedure("1.012784", "1.012785")
    assert not same_procedure("1.012784", "2.012784")
    assert not same_procedure("", "1.012784")


@given(st.text() | st.text("0123.H", max_size=30))
def test_junk_never_raises_anything_but_malformed(text: str) -> None:
    """Any text is read or refused."""
    assert same_procedure(text, text)
    try:
        assert str(parse_procedure_code(text)) == text
    except Malformed as fault:
        assert fault.problems  # noqa: PT017 - either end is right
