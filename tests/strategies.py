"""Hypothesis strategies for values of the domain, shared by every tier of tests."""

from __future__ import annotations

import string
from datetime import date
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from gateway.domain.agency_code import AgencyCode, Order
from gateway.domain.dossier_code import DossierCode

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

__all__ = ["agency_codes", "dossier_codes"]

HEADS = st.from_regex(r"[A-Z][0-9]{2}", fullmatch=True)


@st.composite
def agency_codes(draw: DrawFn, order: Order | None = None) -> AgencyCode:
    """Any agency code, or any in one order."""
    chosen = order or draw(st.sampled_from(["province_first", "qcvn_2016"]))
    if chosen == "qcvn_2016":
        rest = [
            f"{draw(st.integers(0, 10**width - 1)):0{width}d}" for width in (2, 2, 3)
        ]
        return AgencyCode(levels=(draw(HEADS), *rest), order="qcvn_2016")
    head = draw(HEADS | st.from_regex(r"[0-9]{10}([0-9]{3})?", fullmatch=True))
    group = st.text(string.digits + string.ascii_uppercase, min_size=1, max_size=4)
    return AgencyCode(levels=(head, *draw(st.lists(group, max_size=4))))


@st.composite
def dossier_codes(draw: DrawFn) -> DossierCode:
    """Any dossier code."""
    digits = draw(st.integers(4, 7))
    return DossierCode(
        agency=draw(agency_codes()),
        received_on=draw(st.dates(date(2000, 1, 1), date(2099, 12, 31))),
        number=draw(st.integers(0, 10**digits - 1)),
        digits=digits,
        long_year=draw(st.booleans()),
    )
