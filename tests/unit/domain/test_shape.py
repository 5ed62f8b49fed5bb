"""The shape of a text keeps its form and loses its content."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.shape import shape


def test_a_shape_shows_form_only() -> None:
    assert shape("H21.12-230105-0001") == "A99.99-999999-9999"
    assert shape("Trần Văn") == "Aa?a A?a"
    assert shape("") == "empty text"


def test_a_long_text_is_cut_and_counted() -> None:
    assert shape("7" * 100) == "9" * 60 + "... (100 characters)"


@given(st.text(min_size=1, max_size=60))
def test_no_letter_and_no_digit_of_the_text_is_shown(text: str) -> None:
    allowed = set("9Aa?") | set(string.punctuation) | {" "}

    assert set(shape(text)) <= allowed
    assert len(shape(text)) == len(text)
