"""Every converter reads and writes the forms that agencies really use."""

from __future__ import annotations

import pytest

from gateway.mapping.converter import VIETNAM, Pair, Parts, UnknownConverter, converter
from gateway.mapping.run import Mismatch
from gateway.mapping.tree import MISSING, JsonValue


def pair(text: str, *, xml: bool = False) -> Pair:
    found = converter(text, zone=VIETNAM, xml=xml)
    assert isinstance(found, Pair)
    return found


def parts(text: str) -> Parts:
    found = converter(text, zone=VIETNAM, xml=False)
    assert isinstance(found, Parts)
    return found


@pytest.mark.parametrize(
    ("text", "agency", "canonical"),
    [
        ("datetime yyyyMMddHHmmss", "20250701080000", "2025-07-01T08:00:00+07:00"),
        ("datetime yyyyMMdd", "20250701", "2025-07-01T00:00:00+07:00"),
        ("datetime yyyy/MM/dd", "2025/07/01", "2025-07-01T00:00:00+07:00"),
        ("datetime yyyy/MM/dd HH:mm:ss", "2025/07/01 08:00:00", "2025-07-01T08:00:00+07:00"),
        ("datetime yyyy-MM-dd HH:mm:ss", "2025-07-01 08:00:00", "2025-07-01T08:00:00+07:00"),
        ("datetime yyyy-MM-ddTHH:mm:ss.SSS", "2025-07-01T08:00:00.120", "2025-07-01T08:00:00.120000+07:00"),
        ("datetime yyyy-MM-ddTHH:mm:ss.SSS+0000", "2025-07-01T01:00:00.000+0000", "2025-07-01T08:00:00+07:00"),
        ("datetime yyyy-MM-ddTHH:mm:ssXXX", "2025-07-01T08:00:00+07:00", "2025-07-01T08:00:00+07:00"),
        ("datetime yyyy-MM-ddTHH:mm:ssZ", "2025-07-01T01:00:00Z", "2025-07-01T08:00:00+07:00"),
        ("datetime iso", "2025-07-01T08:00:00+07:00", "2025-07-01T08:00:00+07:00"),
        ("datetime epoch_ms", 1751331600000, "2025-07-01T08:00:00+07:00"),
        ("datetime epoch_s", 1751331600, "2025-07-01T08:00:00+07:00"),
        ("date yyyyMMdd", "20250701", "2025-07-01"),
        ("date yyyyMMdd | yyyy", "1985", "1985"),
        ("date dd/MM/yyyy ", "01/07/2025 ", "2025-07-01"),
        ("date yyyy-MM-ddTHH:mm:ss.SSS+0000", "2025-06-30T17:00:00.000+0000", "2025-07-01"),
        ("code", "0012", "0012"),
        ("code int", 12, "12"),
        ("integer", 7, 7),
        ("integer text", "7", 7),
        ("decimal text", "12.5", 12.5),
        ("flag", True, True),
        ('flag "1" "0"', "0", False),
        ("flag 1 0", 1, True),
        ("flag True False", "False", False),
        ("base64", "xJHhu5M=", "đồ"),
        ("any", [1, {"a": None}], [1, {"a": None}]),
    ],
)
def test_a_pair_reads_and_writes_the_same(text: str, agency: JsonValue, canonical: JsonValue) -> None:
    assert pair(text).read(agency) == canonical
    assert pair(text).write(canonical) == agency


@pytest.mark.parametrize(
    ("text", "agency", "canonical"),
    [
        ("datetime yyyy/MM/dd | dd/MM/yyyy", "30/10/2020", "2020-10-30T00:00:00+07:00"),
        ("datetime iso", "2025-07-01T01:00:00.000+0000", "2025-07-01T08:00:00+07:00"),
        ("datetime iso", "2025-07-01 08:00", "2025-07-01T08:00:00+07:00"),
        ("datetime epoch_ms", "1751331600000", "2025-07-01T08:00:00+07:00"),
        ("date dd/MM/yyyy", " 01/07/2025 ", "2025-07-01"),
        ("code", 4, "4"),
        ("integer", "4", 4),
        ('flag "1" "0"', 1, True),
        ("flag True False", "true", True),
    ],
)
def test_other_forms_are_read_too(text: str, agency: JsonValue, canonical: JsonValue) -> None:
    assert pair(text).read(agency) == canonical


@pytest.mark.parametrize(
    ("text", "agency", "rule"),
    [
        ("datetime yyyyMMdd", "20140230", "date"),
        ("datetime yyyyMMdd", "٢٠١٤٠٢٠١", "date"),
        ("datetime yyyyMMdd", 20140201, "date"),
        ("datetime iso", "2025-W01", "date"),
        ("datetime epoch_ms", True, "date"),
        ("date yyyy", "0000", "date"),
        ("code", True, "type"),
        ("code", {}, "type"),
        ("integer", "4.5", "number"),
        ("integer", "٤", "number"),
        ("decimal", "NaN", "number"),
        ("decimal", "1e9", "number"),
        ('flag "1" "0"', "2", "flag"),
        ("base64", "###", "base64"),
        ("base64", "/w==", "base64"),
        ("text", 1, "type"),
    ],
)
def test_what_is_not_of_the_form_is_refused(text: str, agency: JsonValue, rule: str) -> None:
    with pytest.raises(Mismatch) as caught:
        pair(text).read(agency)

    assert caught.value.rule == rule


def test_a_day_of_which_only_the_year_is_known_is_not_written_as_a_day() -> None:
    with pytest.raises(Mismatch):
        pair("date yyyyMMdd").write("1985")


def test_a_code_with_leading_zeros_is_not_written_as_a_number() -> None:
    with pytest.raises(Mismatch):
        pair("code int").write("012")


def test_in_xml_numbers_are_digits() -> None:
    assert pair("integer", xml=True).write(4) == "4"
    assert pair("code int", xml=True).write("4") == "4"
    assert pair("flag", xml=True).write(True) == "true"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("Nguyễn Thị Hồng Hạnh", ("Nguyễn", "Thị Hồng", "Hạnh")),
        ("Lê An", ("Lê", MISSING, "An")),
        ("Y", (MISSING, MISSING, "Y")),
    ],
)
def test_a_name_is_split_and_joined(name: str, split: tuple[JsonValue, ...]) -> None:
    assert tuple(parts("full_name").write(name)) == split
    assert parts("full_name").read(split) == name


@pytest.mark.parametrize(
    ("text", "day", "split"),
    [
        ("date_parts", "1990-02-01", ("1", "2", "1990")),
        ("date_parts padded", "1990-02-01", ("01", "02", "1990")),
        ("date_parts int", "1990-02-01", (1, 2, 1990)),
        ("date_parts int", "1990", (MISSING, MISSING, 1990)),
    ],
)
def test_a_day_is_split_and_joined(text: str, day: str, split: tuple[JsonValue, ...]) -> None:
    assert tuple(parts(text).write(day)) == split
    assert parts(text).read(split) == day


@pytest.mark.parametrize("split", [("31", "2", "1990"), ("1", "", "1990"), ("a", "2", "1990"), (1, 2, True)])
def test_a_day_that_does_not_exist_is_refused(split: tuple[JsonValue, ...]) -> None:
    with pytest.raises(Mismatch):
        parts("date_parts").read(split)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "upper",
        "date",
        "date qqqq",
        "datetime ddHH",
        "datetime yyyy-foo",
        "code float",
        "flag 1",
        "flag 1 1",
        "integer x",
        "date_parts x",
        "text x",
    ],
)
def test_an_unknown_converter_is_refused(text: str) -> None:
    with pytest.raises(UnknownConverter):
        converter(text, zone=VIETNAM, xml=False)
