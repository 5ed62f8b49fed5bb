"""Hypothesis strategies for values of the domain, shared by every tier of tests."""

from __future__ import annotations

import string
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec
from hypothesis import strategies as st

from gateway.domain.agency_code import AgencyCode, Order
from gateway.domain.dossier_code import DossierCode
from gateway.domain.transfer import Transfer
from gateway.schema.outline import Bag, Many, Record, Scalar, outline

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from gateway.schema.outline import Content

__all__ = ["agency_codes", "dossier_codes", "transfers"]

HEADS = st.from_regex(r"[A-Z][0-9]{2}", fullmatch=True)


@st.composite
def agency_codes(draw: DrawFn, order: Order | None = None) -> AgencyCode:
    """Any agency code, or any in one order."""
    chosen = order or draw(st.sampled_from(["province_first", "qcvn_2016"]))
    if chosen == "qcvn_2016":
        rest = [f"{draw(st.integers(0, 10**width - 1)):0{width}d}" for width in (2, 2, 3)]
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


SPEAKABLE = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the zone is drawn beside
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def transfers() -> SearchStrategy[Transfer]:
    """Any transfer that has an XML form: every field absent, null, or anything its rules allow."""
    return _values(outline(Transfer)).map(lambda values: msgspec.convert(values, Transfer))


def _values(content: Content) -> SearchStrategy[object]:
    """Anything that the rules of a content allow, as builtin values."""
    match content:
        case Bag():
            return st.dictionaries(st.text(SPEAKABLE, max_size=8), JSON, max_size=3)
        case Many():
            most = min(content.most or 2, 2)
            return st.lists(_values(content.item), min_size=content.least, max_size=max(most, content.least))
        case Record():
            fields = {
                field.name: _values(field.content) | st.none() if field.nillable else _values(field.content) for field in content.fields
            }
            required = {field.name: fields.pop(field.name) for field in content.fields if field.required}
            return st.fixed_dictionaries(required, optional=fields)
        case Scalar():
            return _scalars(content)


def _scalars(scalar: Scalar) -> SearchStrategy[object]:
    """Anything that the rules of a single value allow."""
    if scalar.values:
        return st.sampled_from(scalar.values)
    match scalar.base:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(scalar.minimum, 2**53)
        case "dateTime":
            return INSTANTS
        case _ if scalar.pattern:
            return st.from_regex(scalar.pattern, fullmatch=True)
        case _:
            return st.text(SPEAKABLE, min_size=scalar.min_length or 0, max_size=min(scalar.max_length or 12, 12))
