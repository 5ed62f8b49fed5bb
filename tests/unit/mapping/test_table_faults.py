"""Every fault of a table is reported when it is loaded, all at once, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mapping import TableFaults, compile_table, load_table

HEAD = "mapping: a/b\nformat: json\nunmapped: drop\nfields:\n"


def faults_of(text: str, files: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(TableFaults) as caught:
        compile_table(text, "b.yaml", (files or {}).__getitem__)
    return [str(fault) for fault in caught.value.faults]


def test_every_fault_is_named_with_its_line() -> None:
    found = faults_of(
        "mapping: a/b\n"
        "format: csv\n"
        "unmapped: drop\n"
        "colour: red\n"
        "fields:\n"
        "  - {agency: A, canonical: a, as: upper}\n"
        "  - {agency: 'A[', canonical: b}\n"
        "  - {agency: C}\n"
        "  - {agency: D, canonical: d, when: {agency: D is 1}}\n"
        "  - {agency: E, canonical: e, codes: none}\n"
    )

    assert [fault.split(": ")[0] for fault in found] == [f"b.yaml:{line}" for line in (2, 4, 6, 7, 8, 9, 10)]
    assert "unknown key 'colour'" in found[1]
    assert "no converter 'upper'" in found[2]


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ("  - {agency: A, canonical: a}\n  - {agency: A, canonical: b}\n", "already given by the row of line 5"),
        ("  - {agency: A, canonical: a}\n  - {agency: B, canonical: a}\n", "already given"),
        ("  - {agency: A, canonical: a}\n  - {agency: B, canonical: a.b}\n", "is a value in line 5, and an object here"),
        ("  - {agency: A, canonical: a, agency: B}\n", "is repeated"),
        ("  - {agency: A, constant: 1, canonical: a}\n", "stand with one side"),
        ("  - {agency: A, constant: 1, as: code}\n", "not beside"),
        ("  - {agency: A, canonical: a, read_only: true, write_only: true}\n", "not both"),
        ("  - {agency: A, canonical: a, as: full_name}\n", "needs 3 agency paths"),
        ("  - {agency: [A, B], canonical: a}\n", "needs 1 agency paths"),
        ("  - {agency: A, canonical: 'a[x=1]'}\n", "comes the name of a field"),
        ("  - {each: A, canonical: a}\n", "either `fields` or `item`"),
        ("  - {each: '.', canonical: a, item: {}}\n", "whole list"),
        ("  - {embedded: A, text: json, fields: [], table: x}\n", "either `fields` or `table`"),
        ("  - {embedded: A, text: json, table: ../x.yaml}\n", "is not a file beside the table"),
        ("  - {embedded: A, text: json, table: x.yaml}\n", "cannot be read"),
        ("  - {embedded: A, text: xml, fields: []}\n", "`root` is missing"),
        ("  - {agency: A, jsonata: '$now()'}\n", "$now is not allowed"),
        ("  - {agency: A, jsonata: '$eval(a)'}\n", "$eval is not allowed"),
        ("  - {agency: A, jsonata: '[1..100000]'}\n", "ranges"),
        ("  - {agency: A, jsonata: 'a ~> /(x+)+y/'}\n", "regular expressions are not allowed"),
        ("  - {agency: A, jsonata: '(('}\n", "jsonata"),
        ("  - &x {agency: A, canonical: a}\n  - *x\n", "anchors"),
        ("  - {agency: A, canonical: a, required: maybe}\n", "expected true or false or read or write"),
        ("  - A\n", "expected keys and values"),
    ],
)
def test_rows_that_mean_nothing_are_refused(rows: str, cause: str) -> None:
    assert any(cause in fault for fault in faults_of(HEAD + rows)), faults_of(HEAD + rows)


def test_the_faults_of_a_code_table_carry_its_own_name() -> None:
    codes = (
        "- {agency: 1, canonical: a, vi: A, en: A}\n"
        "- {agency: '1', canonical: b, vi: B, en: B}\n"
        "- {agency: 2, canonical: a, vi: A}\n"
        "- {agency: 3, canonical: c, vi: C, en: C, from: hôm nay}\n"
    )

    found = faults_of(f"codes: {{s: codes/s.yaml}}\n{HEAD}  - {{agency: A, canonical: a, codes: s}}\n", {"codes/s.yaml": codes})

    assert [fault.split(": ")[0] for fault in found] == ["codes/s.yaml:2", "codes/s.yaml:3", "codes/s.yaml:4"]


def test_codes_that_follow_each_other_in_time_are_no_ambiguity() -> None:
    codes = "[{agency: '64', canonical: g, vi: a, en: a, until: 2025-06-30}, {agency: '52', canonical: g, vi: a, en: a, from: 2025-07-01}]"

    compile_table(f"codes: {{p: {codes}}}\n{HEAD}  - {{agency: A, canonical: a, codes: p}}\n", "b.yaml", str)


def test_a_table_that_nests_itself_is_refused() -> None:
    text = HEAD + "  - {embedded: A, text: json, table: b.yaml}\n"

    assert any("nested deeper" in fault for fault in faults_of(text, {"b.yaml": text}))


@pytest.mark.parametrize("text", ["", "a: [", "- 1\n", "\t", "a: \x07"])
def test_what_is_not_a_table_is_refused(text: str) -> None:
    assert faults_of(text)


def test_a_missing_file_is_a_fault_of_the_table(tmp_path: Path) -> None:
    with pytest.raises(TableFaults):
        load_table(tmp_path / "none.yaml")
