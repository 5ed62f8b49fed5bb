"""A table reads and writes documents, and reports every fault of a document with its path."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.domain.dossier import Dossier
from gateway.domain.errors import Malformed
from gateway.mapping import CompiledMapping, canonical_paths, compile_table, load_table
from gateway.testing.mapping_strategies import lost_on_the_way

if TYPE_CHECKING:
    from gateway.mapping.tree import JsonValue, Tree

TABLE = load_table(Path(__file__).parent / "tables" / "ho-so.yaml")


def table(rows: str, head: str = "unmapped: drop\nformat: json\n") -> CompiledMapping:
    return compile_table(f"mapping: a/b\n{head}fields:\n{rows}", "b.yaml", str)


def faults_of(mapping: CompiledMapping, document: JsonValue | bytes) -> set[tuple[str, str]]:
    with pytest.raises(Malformed) as caught:
        mapping.read(document)
    return {(problem.path, problem.rule) for problem in caught.value.problems}


def test_every_fault_of_a_document_is_named_at_once() -> None:
    document: Tree = {
        "TrangThai": "77",
        "NgayTiepNhan": "20140230",
        "nguoiNop": {"Ho": 1},
        "TaiLieuNop": [{"Ma": "a"}, {"TenTep": 5, "Trang": [1, "x"]}, 3],
        "cha": {"me": {}},
        "translate": {"languageId": 228},
        "data": "{",
        "dataXml": "PCFET0NUWVBFIGE+PGhvdGljaC8+",
    }

    assert faults_of(TABLE, document) == {
        ("MaHoSo", "required"),
        ("TrangThai", "code"),
        ("NgayTiepNhan", "date"),
        ("nguoiNop.Ho", "type"),
        ("TaiLieuNop[1].Ma", "required"),
        ("TaiLieuNop[1].TenTep", "type"),
        ("TaiLieuNop[1].Trang[1]", "number"),
        ("TaiLieuNop[2]", "type"),
        ("cha.me.ten", "required"),
        ("translate", "type"),
        ("data", "json"),
        ("dataXml", "doctype"),
    }


def test_no_value_of_a_document_is_ever_in_the_text_of_a_fault() -> None:
    with pytest.raises(Malformed) as caught:
        TABLE.read({"MaHoSo": "H", "NgayTiepNhan": "Nguyễn Thị Bí Mật", "data": "Bí Mật", "SoBan": "Bí Mật"})

    assert "Bí Mật" not in str(caught.value)
    assert len(caught.value.problems) == 3


def test_the_faults_of_a_canonical_document_carry_its_own_paths() -> None:
    with pytest.raises(Malformed) as caught:
        TABLE.write({"status": {"canonical": "lost"}, "components": [{"code": "a", "pages": ["x"]}, {}], "dates": "x"})

    assert {(problem.path, problem.rule) for problem in caught.value.problems} == {
        ("identifiers[scheme=dossier].value", "required"),
        ("status.canonical", "code"),
        ("components[0].pages[0]", "number"),
        ("components[1].code", "required"),
        ("dates", "type"),
    }


@pytest.mark.parametrize(
    ("empty", "agency", "canonical"),
    [("absent", "", {}), ("empty", "", {"a": None}), ("text", "", {"a": ""})],
)
def test_an_empty_text_means_what_the_table_says(empty: str, agency: str, canonical: Tree) -> None:
    mapping = table(f"  - {{agency: A, canonical: a, empty: {empty}}}\n")

    assert mapping.read({"A": agency}) == canonical


def test_absent_and_known_to_be_empty_stay_apart() -> None:
    mapping = table("  - {agency: A, canonical: a}\n")

    assert mapping.read({"A": None}) == {"a": None}
    assert mapping.write({"a": None}) == {"A": None}
    assert mapping.read({}) == {}
    assert mapping.write({}) == {}


def test_null_that_cannot_be_written_is_reported_as_lost() -> None:
    mapping = table("  - {agency: A, canonical: a, nil: absent}\n")

    assert mapping.read({"A": None}) == {}
    assert mapping.write({"a": None}) == {}
    assert mapping.loss({"a": None, "b": 1}) == ["a", "b"]


def test_a_dummy_value_is_absent_and_is_written_where_the_table_says() -> None:
    mapping = table('  - {agency: A, canonical: a, absent: ["000000001"], default: {write: "000000001"}}\n')

    assert mapping.read({"A": "000000001"}) == {}
    assert mapping.write({}) == {"A": "000000001"}


def test_a_default_is_read_and_a_condition_obeyed() -> None:
    mapping = table(
        "  - {agency: Kenh, canonical: channel, default: {read: counter}}\n"
        "  - {agency: Ma, canonical: account, when: {agency: Kenh = online, canonical: channel = online}}\n"
    )

    assert mapping.read({"Ma": "x"}) == {"channel": "counter"}
    assert mapping.read({"Ma": "x", "Kenh": "online"}) == {"channel": "online", "account": "x"}
    assert mapping.write({"channel": "post", "account": "x"}) == {"Kenh": "post"}
    assert mapping.loss({"channel": "post", "account": "x"}) == ["account"]


def test_the_first_row_with_a_value_wins() -> None:
    mapping = table("  - {agency: New, canonical: a}\n  - {agency: Old, canonical: a, read_only: true}\n")

    assert mapping.read({"New": "1", "Old": "2"}) == {"a": "1"}
    assert mapping.read({"Old": "2"}) == {"a": "2"}
    assert mapping.write({"a": "1"}) == {"New": "1"}


@pytest.mark.parametrize(("on", "code"), [(date(2025, 6, 30), "64"), (date(2025, 7, 1), "52"), (None, "52")])
def test_a_code_holds_in_its_time(on: date | None, code: str) -> None:
    canonical: Tree = {"identifiers": [{"scheme": "dossier", "value": "H"}], "applicant": {"address": {"province": "gia-lai"}}}

    written = TABLE.write(canonical, on=on)

    assert isinstance(written, dict)
    assert written["nguoiNop"] == {"tinh": code, "soDinhDanh": "000000001"}


def test_a_code_out_of_its_time_is_refused() -> None:
    with pytest.raises(Malformed):
        TABLE.read({"MaHoSo": "H", "nguoiNop": {"tinh": "64"}}, on=date(2025, 8, 1))


def test_what_no_row_reads_is_kept_and_written_back_where_it_was() -> None:
    document: Tree = {
        "MaHoSo": "H",
        "NoiNop": "3",
        "La": {"x": [1]},
        "KenhThucHien": "9",
        "TaiLieuNop": [{"Ma": "x", "IsDeleted": "1"}, {"Ma": "b", "a.b": 1}],
        "translate": [{"languageId": 46}, {"languageId": 228, "name": "n", "k": None}],
        "data": '{"noiSinh":"q","z":{"y":1}}',
        "nguoiNop": {"soDinhDanh": "000000001", "la": False},
    }

    canonical = TABLE.read(document)
    written = TABLE.write(canonical)

    assert isinstance(written, dict)
    assert written == document | {"TongTep": 1}
    assert canonical["extensions"] == {
        "sample": {
            "NoiNop": "3",
            "La": {"x": [1]},
            "KenhThucHien": "9",
            "TaiLieuNop[0]": {"Ma": "x", "IsDeleted": "1"},
            "TaiLieuNop[1].'a.b'": 1,
            "translate[0]": {"languageId": 46},
            "translate[1].k": None,
            "data!z": {"y": 1},
            "nguoiNop.la": False,
        }
    }


@pytest.mark.parametrize("key", ["a..b", "a[", "MaHoSo.x", "a[k=v]", ""])
def test_an_extension_that_has_no_place_is_refused(key: str) -> None:
    canonical: Tree = {"identifiers": [{"scheme": "dossier", "value": "H"}], "extensions": {"sample": {key: 1}}}

    with pytest.raises(Malformed) as caught:
        TABLE.write(canonical)

    assert {problem.rule for problem in caught.value.problems} == {"extension"}


def test_unknown_fields_are_refused_where_the_table_says() -> None:
    mapping = table("  - {agency: A.B, canonical: a}\n", "format: json\nunmapped: refuse\n")

    assert faults_of(mapping, {"A": {"B": "1", "C": 1}, "D": []}) == {("A.C", "unmapped"), ("D", "unmapped")}


def test_a_computed_value_is_bounded() -> None:
    endless = table("  - {canonical: a, jsonata: '($f := function($x) {$f($x)}; $f(1))'}\n")
    deep = table("  - {canonical: a, jsonata: '($f := function($x) {1 + $f($x)}; $f(1))'}\n")

    assert faults_of(endless, {}) == {("", "jsonata")}
    assert faults_of(deep, {}) == {("", "jsonata")}


def test_a_computed_value_is_computed_again_long_after_loading() -> None:
    mapping = table("  - {canonical: a, jsonata: $sum(Gia)}\n")

    assert [mapping.read({"Gia": [1, 2]}) for _ in range(3)] == [{"a": 3}] * 3
    assert mapping.read({}) == {}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"NaN", b'{"a": NaN}', b"\xff", b"[" * 100_000, b'{"A": 1}'])
def test_hostile_json_is_malformed_and_nothing_else(data: bytes) -> None:
    assert faults_of(table("  - {agency: A, canonical: a}\n"), data)


def test_a_value_that_json_cannot_carry_is_malformed() -> None:
    mapping = table("  - {agency: A, canonical: a}\n")

    with pytest.raises(Malformed):
        mapping.write_bytes({"a": "\ud800"})


def test_coverage_names_what_a_table_loses() -> None:
    coverage = TABLE.coverage()

    assert "status.raw_code" in coverage.read_only
    assert "components[].code" in coverage.both
    assert coverage.lost(
        ["identifiers[].value", "identifiers[].scheme", "dates.due", "dates.refused", "extensions.sample.x", "components.name"]
    ) == ["dates.refused", "components.name"]
    assert TABLE.loss({"components": [{"code": "a", "name": "n", "attachments": [{"name": "t"}, {"name": "u"}]}]}) == [
        "components[0].name",
        "components[0].attachments[1].name",
    ]


def test_the_outline_of_the_dossier_can_be_held_against_a_table() -> None:
    paths = canonical_paths(Dossier)

    assert {
        "identifiers[].value",
        "applicant.identity_documents[].number",
        "components[].attachments[].sha256",
        "dates.due",
        "extensions",
    } <= set(paths)
    assert "dates.due" not in TABLE.coverage().lost(paths)
    assert "dates.refused" in TABLE.coverage().lost(paths)


def test_a_code_that_is_left_out_leaves_no_empty_object_behind() -> None:
    codes = "codes: {s: [{agency: '1', canonical: x, vi: x, en: x}]}\n"
    mapping = table(
        "  - {agency: A, canonical: b.a, codes: s, unknown: absent}\n  - {agency: B, canonical: b.b}\n",
        f"{codes}unmapped: drop\nformat: json\n",
    )

    assert mapping.read({"A": "9"}) == {}


def test_the_proof_notices_what_does_not_come_back() -> None:
    mapping = table("  - {agency: A, canonical: a, as: datetime dd/MM/yyyy}\n")

    assert lost_on_the_way(mapping, {"a": "2025-07-01T00:00:00+07:00"}) == []
    assert lost_on_the_way(mapping, {"a": "2025-07-01T08:00:00+07:00"})


def test_a_day_in_place_of_an_instant_is_called_narrowed() -> None:
    assert table("  - {agency: A, canonical: a, as: datetime dd/MM/yyyy}\n").coverage().narrowed == ("a",)
