"""How a dossier becomes a registration in both generations, and a status a transfer."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from lxml import etree

from connectors.hotich.config import Config
from connectors.hotich.translate import StatusNews, load_tables, read_status, reference_of, write_registration
from gateway.sdk import EventKind, Identifier, Malformed, Outgoing, attachments, digest
from tests.connector_desk import canonical, outgoing

CODE = "H21.129-260302-0001"
DOSSIER: dict[str, Any] = {
    "identifiers": [{"value": CODE, "scheme": "dossier"}, {"value": "G22.99-260302-0007", "scheme": "national"}],
    "procedure": {"code": "2.000986.000.00.00.H21"},
    "applicant": {"kind": "citizen", "name": "Nguyễn Thị Minh Thử", "born_on": "1990-07-09"},
    "agency": {"code": "H21.129"},
    "dates": {"received": "2026-03-01T18:30:00Z"},
    "extensions": {"civil": {"name": "Lê Thử", "born_on": "2026", "gender": "female"}},
}


def written(delivery: Outgoing, generation: str = "json") -> dict[str, Any]:
    config = msgspec.convert({"url": "http://127.0.0.1", "province": "52", "units": {"H21.129": "23710"}}, Config)
    found: dict[str, Any] = json.loads(write_registration(delivery, load_tables(generation), config).body)
    return found


def submission(**more: Any) -> Outgoing:
    return outgoing(canonical("submitted", DOSSIER | more))


def read(row: dict[str, Any], *known: Identifier) -> StatusNews:
    return read_status(row, known=known, tables=load_tables("json"))


def status(code: str | int, **more: Any) -> dict[str, Any]:
    return {"maHoSoMCDT": CODE, "maHoSoLT": "", "trangThai": code, "thoiGianThucHien": "02/03/2026 08:00:00", "ketQuaXuLy": None} | more


def test_the_new_generation_carries_the_form_as_json_in_a_text() -> None:
    request = written(submission())
    form = json.loads(request["data"])

    assert (request["maDonVi"], request["module"]) == ("23710", "LTKS")
    assert (request["maHoSoMCDT"], request["maHoSoLT"]) == (CODE, "G22.99-260302-0007")
    assert request["ngayTiepNhan"] == "2026-03-02"
    assert form["nycHoTen"] == {"Ho": "Nguyễn", "ChuDem": "Thị Minh", "Ten": "Thử"}
    assert form["nycNgaySinh"] == {"ngaySinh": "9", "thangSinh": "7", "namSinh": "1990"}
    assert form["cbsHoTen"] == {"Ho": "Lê", "Ten": "Thử"}
    assert form["cbsNgaySinh"] == {"namSinh": "2026"}
    assert form["cbsGioiTinh"] == "2"


def test_the_old_generation_carries_the_form_as_xml_in_a_text() -> None:
    request = written(submission(), "xml")
    form = etree.fromstring(request["data"].encode())

    assert request["maHoSo"] == CODE
    assert request["ngayTiepNhan"] == "02/03/2026"
    assert form.tag == "hotich"
    assert form.findtext("hoso/nycHoTen/ChuDem") == "Thị Minh"
    assert form.findtext("hoso/cbsNgaySinh/namSinh") == "2026"


@pytest.mark.parametrize("generation", ["json", "xml"])
def test_what_was_written_reads_back_the_same(generation: str) -> None:
    table = load_tables(generation).registration
    again = table.read(written(submission(), generation))

    assert again["applicant"] == {"name": "Nguyễn Thị Minh Thử", "born_on": "1990-07-09"}
    assert again["extensions"] == {"civil": DOSSIER["extensions"]["civil"]}
    assert again["identifiers"] == DOSSIER["identifiers"]
    assert again["dates"] == {"received": "2026-03-02T00:00:00+07:00"}


@pytest.mark.parametrize("day", ["2026-03-02", "02/03/2026 ", "02/03/2026"])
@pytest.mark.parametrize("generation", ["json", "xml"])
def test_both_forms_of_the_day_are_read_even_with_a_space_behind(generation: str, day: str) -> None:
    request = written(submission(), generation) | {"ngayTiepNhan": day}

    assert load_tables(generation).registration.read(request)["dates"] == {"received": "2026-03-02T00:00:00+07:00"}


def test_every_file_is_numbered_and_named_by_its_hash_until_it_is_sent() -> None:
    files = [{"name": "a.pdf", "sha256": "a" * 64, "id": "5f0c"}, {"name": "b.pdf", "sha256": "b" * 64}]
    request = written(submission(components=[{"name": "Chứng sinh", "attachments": files}, {"name": "Không có tệp"}]))

    assert request["fileDinhKem"] == [
        {"id": 1, "loaiGiayTo": 0, "tenGiayTo": "Chứng sinh", "tenTepDinhKem": "a.pdf", "huyGiayTo": 0, "duLieuTepDinhKem": "a" * 64},
        {"id": 2, "loaiGiayTo": 0, "tenGiayTo": "Chứng sinh", "tenTepDinhKem": "b.pdf", "huyGiayTo": 0, "duLieuTepDinhKem": "b" * 64},
    ]


def test_every_fault_of_a_dossier_that_cannot_be_registered_is_listed() -> None:
    files = [{"name": "a.pdf", "url": "http://kho.test/a.pdf"}]
    delivery = submission(agency={"code": "H21.130"}, procedure={"code": "1.012784"}, components=[{"attachments": files}])

    with pytest.raises(Malformed) as raised:
        written(delivery)

    assert [problem.path for problem in raised.value.problems] == [
        "dossier.components[0].attachments[0]",
        "dossier.agency.code",
        "dossier.procedure.code",
    ]


def test_an_agency_code_of_five_digits_is_a_place_of_registration() -> None:
    assert written(submission(agency={"code": "24000"}))["maDonVi"] == "24000"


@pytest.mark.parametrize("kind", ["accepted", "withdrawn", "completed"])
def test_the_dialect_cannot_say_anything_but_submissions_and_supplements(kind: str) -> None:
    with pytest.raises(Malformed, match=r"event\.kind"):
        written(outgoing(canonical(kind, DOSSIER)))


@pytest.mark.parametrize(("generation", "kind"), [("json", "submitted"), ("xml", "supplemented")])
def test_the_reference_names_module_and_dossier(generation: str, kind: str) -> None:
    config = Config(url="http://127.0.0.1", province="52", units={"H21.129": "23710"})
    document = write_registration(outgoing(canonical(kind, DOSSIER)), load_tables(generation), config)

    assert reference_of(document) == f"LTKS:{CODE}"


@pytest.mark.parametrize(
    ("code", "kind"),
    [("1", "accepted"), (1, "accepted"), ("2", "supplement_requested"), (3, "processing"), ("4", "completed"), (6, "rejected")],
)
def test_a_status_as_text_or_number_is_an_event_with_its_raw_code(code: str | int, kind: str) -> None:
    transfer = read(status(code)).read.transfer

    assert transfer.event.kind == kind
    assert transfer.dossier.status.raw_code == str(code)  # type: ignore[union-attr]  # it was read
    assert str(transfer.event.occurred_at) == "2026-03-02 08:00:00+07:00"


@pytest.mark.parametrize(
    "when", ["02/03/2026 08:00:00", "2026-03-02 08:00:00", "20260302080000", "2026-03-02T08:00:00.000", "2026-03-02T01:00:00.000+0000"]
)
def test_the_time_of_a_status_is_read_in_every_form(when: str) -> None:
    assert str(read(status(3, thoiGianThucHien=when)).read.transfer.event.occurred_at) == "2026-03-02 08:00:00+07:00"


def test_the_same_news_has_the_same_message_id_and_other_news_another() -> None:
    ids = [read(row).read.transfer.message_id for row in (status("3"), status(3), status(4), status(3, thoiGianThucHien=""))]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_request_for_papers_tells_what_is_missing() -> None:
    transfer = read(status(2, noiDungXuLy="Thiếu giấy chứng sinh", nguoiXuLy="Cán bộ Thử")).read.transfer

    assert transfer.event.kind is EventKind.SUPPLEMENT_REQUESTED
    assert transfer.event.note == "Thiếu giấy chứng sinh"
    assert transfer.dossier.supplements[0].reason == "Thiếu giấy chứng sinh"


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_certificate_is_taken_out_of_the_status_and_named_by_its_hash(wrapped: bool) -> None:
    pdf = b"%PDF-1.4 thu"
    result = {"giayKhaiSinh": base64.encodebytes(pdf).decode(), "soDangKy": "12"}
    news = read(status("4", ketQuaXuLy=json.dumps(result) if wrapped else result))

    ((_, file),) = attachments(news.read.transfer.dossier)
    assert (file.sha256, file.size, file.media_type) == (digest(pdf), len(pdf), "application/pdf")
    assert news.files == {digest(pdf): pdf}
    assert news.read.transfer.dossier.results[0].name == "Giấy khai sinh"
    assert base64.b64encode(pdf) not in news.read.raw
    assert news.read.transfer.dossier.extensions["hotich"] == {"ketQuaXuLy.soDangKy": "12"}


def test_an_id_keeps_the_scheme_that_the_gateway_has_for_it() -> None:
    known = Identifier(value=CODE, scheme="national"), Identifier(value=CODE, scheme="one-stop"), Identifier(value="abc", scheme="one-stop")
    transfer = read(status(3, maHoSoLT="G22.99-260302-0007"), *known).read.transfer

    assert [(one.scheme, one.value) for one in transfer.dossier.identifiers] == [("national", CODE), ("national", "G22.99-260302-0007")]


def test_the_same_news_is_the_same_whatever_else_the_gateway_has_learned_since() -> None:
    first = Identifier(value=CODE, scheme="dossier")
    later = (Identifier(value="G22.99-260302-0007", scheme="national"), first, Identifier(value="abc", scheme="one-stop"))
    row = status(3, maHoSoLT="G22.99-260302-0007")

    assert read(row, first).read == read(row, *later).read


def test_news_with_other_words_or_another_file_is_other_news() -> None:
    rows = [status("4"), status("4", ghiChu="đính chính"), status("4", ketQuaXuLy={"giayKhaiSinh": "JVBERg=="})]

    assert len({read(row).read.transfer.message_id for row in rows}) == 3


@pytest.mark.parametrize(
    ("row", "path"),
    [
        (status("5"), "value.trangThai"),
        (status("4", ketQuaXuLy={"giayKhaiSinh": "khong phai base64!"}), "value.ketQuaXuLy.giayKhaiSinh"),
        (status("4", ketQuaXuLy="{"), "value.ketQuaXuLy"),
        (status("3", thoiGianThucHien="hôm qua"), "value.thoiGianThucHien"),
        ({"trangThai": "3"}, "value.maHoSoMCDT"),
        ({"maHoSo": CODE}, "value.trangThai"),
    ],
)
def test_a_status_that_cannot_be_read_is_named(row: dict[str, Any], path: str) -> None:
    with pytest.raises(Malformed) as raised:
        read(row)

    assert path in [problem.path for problem in raised.value.problems]
