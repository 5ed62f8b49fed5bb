"""Examples beside a table are run, and say what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mapping import TableFaults
from gateway.mapping.examples import run_examples

TABLE = "mapping: a/b\nformat: json\nunmapped: drop\nfields:\n  - {agency: A, canonical: a, required: true}\n"


def folder(tmp_path: Path, examples: str) -> Path:
    (tmp_path / "b.yaml").write_text(TABLE, encoding="utf-8")
    (tmp_path / "b.examples.yaml").write_text(examples, encoding="utf-8")
    (tmp_path / "doc.json").write_text('{"A": "1"}', encoding="utf-8")
    return tmp_path / "b.yaml"


def test_an_example_runs_in_both_directions(tmp_path: Path) -> None:
    results = run_examples(folder(tmp_path, "- {example: x, agency: {file: doc.json}, canonical: {a: '1'}}\n"))

    assert [(result.direction, result.passed) for result in results] == [("read", True), ("write", True)]


def test_what_differs_is_said(tmp_path: Path) -> None:
    results = run_examples(folder(tmp_path, "- {example: x, direction: read, agency: {A: '1'}, canonical: {a: '2', b: 1}}\n"))

    assert results[0].differences == ("b: expected 1, found nothing", "a: expected '2', found '1' (text of 1 characters)")


def test_expected_faults_must_all_come_and_no_others(tmp_path: Path) -> None:
    results = run_examples(
        folder(
            tmp_path,
            "- {example: x, agency: {}, problems: [{path: A, rule: required}]}\n"
            "- {example: y, canonical: {}, problems: [{path: b, rule: code}]}\n"
            "- {example: z, agency: {A: x}, problems: [{path: A, rule: code}]}\n",
        )
    )

    assert [result.passed for result in results] == [True, False, False]


def test_faulty_examples_are_named_with_their_lines(tmp_path: Path) -> None:
    path = folder(tmp_path, "- {example: x, agency: {}}\n- {example: y, agency: {file: none.json}, canonical: {}}\n- {exmple: z}\n")

    with pytest.raises(TableFaults) as caught:
        run_examples(path)

    assert {fault.line for fault in caught.value.faults} == {1, 2, 3}


def test_a_table_without_examples_has_no_results(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(TABLE, encoding="utf-8")

    assert run_examples(tmp_path / "b.yaml") == []
