"""How an applicant becomes a question for a citizen, and what was found a verdict."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import msgspec
import pytest
from lxml import etree

from connectors.dancu.config import Config
from connectors.dancu.translate import load_tables, question_of, read_result, result_of, write_question
from gateway.sdk import Malformed, Outgoing, read_envelope
from gateway.simulation.schema import messages_of
from schemas import schema_path
from tests.connector_desk import canonical, outgoing

CODE = "H21.129-260302-0001"
DAN = "{http://dancuquocgia.bca}"
APPLICANT: dict[str, Any] = {
    "kind": "citizen",
    "name": "Đinh Thị Ví Dụ",
    "born_on": "1996-05-04",
    "identity_documents": [{"kind": "citizen_id", "number": "052196000033"}],
}
CITIZEN: dict[str, Any] = {
    "name": "ĐINH THỊ VÍ DỤ",
    "born_on": "1996-05-04",
    "gender": "female",
    "identity_documents": [{"kind": "citizen_id", "number": "052196000033"}, {"kind": "old_citizen_id", "number": "230000111"}],
    "address": {"commune_code": "23710"},
}


def delivery(**applicant: Any) -> Outgoing:
    dossier = {
        "identifiers": [{"value": CODE, "scheme": "dossier"}],
        "procedure": {"code": "2.000986.000.00.00.H21"},
        "applicant": APPLICANT | applicant,
    }
    return outgoing(canonical("submitted", dossier))


def config(**more: Any) -> Config:
    return msgspec.convert({"url": "http://127.0.0.1", "service": "VPCP", "official": "canbo.thu"} | more, Config)


def asked(given: Outgoing, **more: Any) -> list[tuple[str, str]]:
    body = read_envelope(write_question(given, load_tables("soap"), config(**more)).body).body
    assert body is not None
    assert messages_of(schema_path("dancu/dan-cu.wsdl")).validate(body)
    return [(etree.QName(child).localname, str(child.xpath("string()"))) for child in body]


def asked_json(given: Outgoing, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_question(given, load_tables("json"), config(style="json", **more)).body)
    return found


def verdict(citizen: dict[str, Any] | None, *, applicant: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    question = question_of(delivery(**(applicant or {})))
    found: dict[str, Any] = json.loads(result_of(question, citizen, load_tables("soap"), config(**more)))
    return found


def test_a_question_has_its_elements_in_the_order_that_counts() -> None:
    found = asked(delivery(), unit="H21.129", account="mot-cua", phone="0")

    assert [name for name, _ in found] == [
        "MaYeuCau",
        "MaDVC",
        "MaTichHop",
        "MaCanBo",
        "MaDonVi",
        "TaiKhoan",
        "SoDienThoai",
        "SoDinhDanh",
        "HoVaTen",
        "NgayThangNamSinh",
    ]
    assert dict(found)["MaTichHop"] == "037"
    assert dict(found)["MaYeuCau"].startswith(f"{CODE}-")


def test_another_order_is_no_question() -> None:
    body = read_envelope(write_question(delivery(), load_tables("soap"), config()).body).body
    assert body is not None
    body.append(body[0])

    assert not messages_of(schema_path("dancu/dan-cu.wsdl")).validate(body)


@pytest.mark.parametrize(
    ("papers", "name", "number"),
    [
        ([("citizen_id", "052196000033")], "SoDinhDanh", "052196000033"),
        ([("old_citizen_id", "230000111")], "SoCMND", "230000111"),
        ([("old_citizen_id", "230000111"), ("citizen_id", "052196000033")], "SoDinhDanh", "052196000033"),
        ([("citizen_id", "230000111")], "SoCMND", "230000111"),
        ([("other", "052196000033")], "SoDinhDanh", "052196000033"),
        ([("old_citizen_id", "000000001"), ("old_citizen_id", "230 000 111")], "SoCMND", "230000111"),
        ([("passport", "C1234567"), ("citizen_id", "052196000033")], "SoDinhDanh", "052196000033"),
    ],
)
def test_twelve_digits_are_a_citizen_id_and_nine_an_old_one_whatever_they_are_called(
    papers: list[tuple[str, str]], name: str, number: str
) -> None:
    given = delivery(identity_documents=[{"kind": kind, "number": value} for kind, value in papers])
    found = dict(asked(given))

    assert (found[name], len({"SoDinhDanh", "SoCMND"} & set(found))) == (number, 1)
    json_names = {"SoDinhDanh": "soDinhDanh", "SoCMND": "soCMND"}
    assert {key: value for key, value in asked_json(given).items() if key in json_names.values() and value} == {json_names[name]: number}


@pytest.mark.parametrize(("born", "element", "value"), [("1996-05-04", "NgayThangNam", "19960504"), ("1996", "Nam", "1996")])
def test_a_birth_is_a_whole_day_or_a_year(born: str, element: str, value: str) -> None:
    given = delivery(born_on=born)
    body = read_envelope(write_question(given, load_tables("soap"), config()).body).body
    assert body is not None

    assert [(child.tag, child.text) for child in body.iterfind(f"{DAN}NgayThangNamSinh/*")] == [(f"{DAN}{element}", value)]
    assert asked_json(given)["ngayThangNam"] == value


@pytest.mark.parametrize("name", ["  Đinh  thị Ví dụ ", unicodedata.normalize("NFD", "Đinh Thị Ví Dụ"), "ĐINH THỊ VÍ DỤ"])
def test_a_name_is_asked_in_capitals_and_composed(name: str) -> None:
    assert dict(asked(delivery(name=name)))["HoVaTen"] == "ĐINH THỊ VÍ DỤ"
    assert asked_json(delivery(name=name))["hoVaTen"] == "ĐINH THỊ VÍ DỤ"


def test_a_procedure_may_have_a_code_of_its_own_at_the_database() -> None:
    assert dict(asked(delivery(), services={"2.000986": "G15-TP110"}))["MaDVC"] == "G15-TP110"
    assert dict(asked(delivery(), services={"1.000001": "G15-TP110"}))["MaDVC"] == "VPCP"


def test_the_same_delivery_is_the_same_question_and_another_one_another() -> None:
    first = delivery()

    assert question_of(first).request == question_of(first).request
    assert question_of(msgspec.structs.replace(first, key="k-2")).request != question_of(first).request


def test_who_cannot_be_asked_about_is_told_with_every_fault_and_no_value() -> None:
    given = delivery(kind="business", name=None, born_on=None, identity_documents=[{"kind": "citizen_id", "number": "0521960000"}])

    with pytest.raises(Malformed) as raised:
        write_question(given, load_tables("soap"), config())

    assert [problem.path for problem in raised.value.problems] == [
        "dossier.applicant.kind",
        "dossier.applicant.name",
        "dossier.applicant.born_on",
        "dossier.applicant.identity_documents",
    ]
    assert "0521960000" not in str(raised.value)


def test_a_number_that_stands_for_an_unknown_one_is_none() -> None:
    with pytest.raises(Malformed, match="identity_documents"):
        question_of(delivery(identity_documents=[{"kind": "old_citizen_id", "number": "000000001"}]))


def test_a_dossier_without_an_applicant_says_nothing_to_the_database() -> None:
    bare = outgoing(canonical("withdrawn", {"identifiers": [{"value": CODE, "scheme": "dossier"}]}))

    with pytest.raises(Malformed) as raised:
        write_question(bare, load_tables("soap"), config())

    assert raised.value.code == "not_sayable"


@pytest.mark.parametrize(
    ("citizen", "applicant", "result", "differs"),
    [
        (CITIZEN, {}, "1", []),
        (CITIZEN, {"born_on": "1996"}, "1", []),
        (CITIZEN | {"born_on": "1996"}, {}, "1", []),
        (CITIZEN | {"name": unicodedata.normalize("NFD", "Đinh  Thị Ví Dụ")}, {}, "1", []),
        (CITIZEN, {"identity_documents": [{"kind": "old_citizen_id", "number": "230000111"}]}, "1", []),
        (CITIZEN | {"name": "ĐINH THỊ KHÁC"}, {}, "2", ["HoVaTen"]),
        (CITIZEN | {"born_on": "1996-05-05"}, {}, "2", ["NgayThangNamSinh"]),
        (CITIZEN | {"born_on": "1995"}, {}, "2", ["NgayThangNamSinh"]),
        ({"name": "ĐINH THỊ VÍ DỤ"}, {}, "2", ["NgayThangNamSinh", "SoDinhDanh"]),
        (CITIZEN | {"identity_documents": [{"kind": "citizen_id", "number": "052196000099"}]}, {}, "2", ["SoDinhDanh"]),
        (None, {}, "3", []),
    ],
)
def test_what_was_found_is_compared_with_what_was_asked(
    citizen: dict[str, Any] | None, applicant: dict[str, Any], result: str, differs: list[str]
) -> None:
    found = verdict(citizen, applicant=applicant)

    assert (found["KetQua"], found["KhacNhau"]) == (result, differs)


def test_nothing_of_an_answer_is_kept_unless_the_site_says_so() -> None:
    found = json.dumps(verdict(CITIZEN), ensure_ascii=False)

    assert not [value for value in ("VÍ DỤ", "052196000033", "230000111", "1996", "23710", "female") if value in found]


def test_what_may_be_kept_is_kept_of_a_match_only() -> None:
    keep = ["address", "gender"]

    assert verdict(CITIZEN, keep=keep)["CongDan"] == {"kind": "citizen", "address": {"commune_code": "23710"}, "gender": "female"}
    assert "CongDan" not in verdict(CITIZEN | {"name": "ĐINH THỊ KHÁC"}, keep=keep)
    assert "CongDan" not in verdict(None, keep=keep)


def test_a_result_is_an_answer_to_the_transfer_that_asked() -> None:
    body = result_of(question_of(delivery()), CITIZEN | {"name": "ĐINH THỊ KHÁC"}, load_tables("soap"), config())
    read = read_result(body, {"sender": "mot-cua", "message_id": "m-1"}, load_tables("soap"))

    assert read.ends_case
    assert (read.transfer.recipients, read.transfer.in_reply_to) == (("mot-cua",), "m-1")
    assert read.transfer.event.kind == "processing"
    assert read.transfer.event.note == "Không khớp với CSDL quốc gia về dân cư"
    assert read.transfer.dossier.extensions["dancu"]["differs"] == ["name"]
    assert [one.value for one in read.transfer.dossier.identifiers] == [CODE]


def test_the_same_result_is_the_same_message_and_another_one_another() -> None:
    tables = load_tables("soap")
    bodies = [result_of(question_of(delivery()), citizen, tables, config()) for citizen in (CITIZEN, CITIZEN, None)]
    first, second, third = [read_result(body, {}, tables).transfer.message_id for body in bodies]

    assert first == second
    assert third != first


def test_nobody_is_named_by_a_question_that_is_shown() -> None:
    assert not [value for value in ("VÍ DỤ", "052196000033", "1996") if value in repr(question_of(delivery()))]
