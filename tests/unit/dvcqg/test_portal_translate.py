"""What the portal is told of a dossier, and what it says of one."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from connectors.dvcqg.config import Config
from connectors.dvcqg.translate import load_tables, read_item, write_documents
from gateway.sdk import EventKind, Identifier, Malformed, Outgoing
from tests.connector_desk import canonical, outgoing

CODE = "000.00.01.H21-260302-0001"
DOSSIER: dict[str, Any] = {
    "identifiers": [{"value": CODE, "scheme": "dossier"}],
    "procedure": {"code": "1.012784", "name": "Cấp đổi giấy chứng nhận"},
    "applicant": {"kind": "citizen", "name": "Trần Thị Thử"},
    "channel": "counter",
    "dates": {"received": "2026-03-02T01:00:00Z"},
    "agency": {"name": "Sở Thử nghiệm"},
}


def config(**more: Any) -> Config:
    return msgspec.convert({"adapter_url": "http://127.0.0.1", "username": "u", "password": "p", "agency_code": "H21", **more}, Config)


def written(delivery: Outgoing, *, variant: str = "td", **more: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    documents = write_documents(delivery, load_tables(variant), config(variant=variant, **more))
    return [(document.operation, json.loads(document.body)) for document in documents]


def read(item: dict[str, Any], *, service: str = "DongBoHoSoMC", updating: bool = False, variant: str = "td") -> Any:
    return read_item(service, item, updating=updating, place="data[0]", system="portal", tables=load_tables(variant)).transfer


def submission(**more: Any) -> Outgoing:
    return outgoing(canonical("submitted", DOSSIER | more))


def item(**more: Any) -> dict[str, Any]:
    return {
        "MaHoSo": CODE,
        "MaTTHC": "1.012784",
        "ChuHoSo": "Trần Thị Thử",
        "LoaiDoiTuong": "1",
        "TrangThaiHoSo": "1",
        "KenhThucHien": "2",
        "NgayTiepNhan": "20260302080000",
    } | more


def test_a_submission_is_one_dossier_in_local_time_with_codes_as_texts() -> None:
    ((operation, (dossier,)),) = written(submission())

    assert operation == "DongBoHoSoMC"
    assert dossier["NgayTiepNhan"] == "20260302080000"
    assert dossier["TrangThaiHoSo"] == "1"
    assert dossier["KenhThucHien"] == "1"
    assert dossier["NoiNopHoSo"] == "2"
    assert dossier["SoGiayToChuHoSo"] == "000000001"


def test_both_variants_write_the_kind_of_a_state_agency_in_their_own_way() -> None:
    delivery = submission(applicant={"kind": "state_agency", "name": "Ủy ban Thử"})

    assert written(delivery, variant="ocps")[0][1][0]["LoaiDoiTuong"] == "2"
    assert written(delivery, variant="td")[0][1][0]["LoaiDoiTuong"] == "3"


def test_the_account_of_the_portal_goes_out_with_online_submissions_only() -> None:
    applicant = {"kind": "citizen", "name": "Trần Thị Thử", "account": "TechID-1"}

    assert "MaDoiTuong" not in written(submission(applicant=applicant))[0][1][0]
    assert written(submission(applicant=applicant, channel="online"))[0][1][0]["MaDoiTuong"] == "TechID-1"


def test_a_subject_too_long_for_the_portal_is_a_fault_and_is_never_cut() -> None:
    assert written(submission(subject="x" * 1000))[0][1][0]["TrichYeuHoSo"] == "x" * 1000

    with pytest.raises(Malformed) as raised:
        written(submission(subject="x" * 1001))

    (problem,) = raised.value.problems
    assert (problem.path, problem.found) == ("TrichYeuHoSo", "1001 characters")


def test_each_file_of_a_paper_is_an_entry_of_its_own_with_an_address() -> None:
    files = [{"name": "a.pdf", "sha256": "a" * 64}, {"name": "b.pdf", "url": "http://kho.test/b.pdf"}]
    delivery = submission(components=[{"code": "TP1", "name": "Đơn", "attachments": files}, {"name": "Bản sao", "quantity": 2}])

    ((_, (dossier,)),) = written(delivery, attachment_url="http://cong.test/{sha256}")

    assert [(file["TenTepDinhKem"], file["DuongDanTaiTepTin"], file["MaThanhPhanHoSo"]) for file in dossier["TaiLieuNop"]] == [
        ("a.pdf", "http://cong.test/" + "a" * 64, "TP1"),
        ("b.pdf", "http://kho.test/b.pdf", "TP1"),
    ]
    assert dossier["DanhSachTepDinhKemKhac"] == [{"TenGiayTo": "Bản sao", "SoLuong": 2}]


def test_a_file_that_the_portal_could_not_fetch_is_a_fault() -> None:
    delivery = submission(components=[{"name": "Đơn", "attachments": [{"name": "a.pdf", "sha256": "a" * 64}]}])

    with pytest.raises(Malformed, match="attachment_url"):
        written(delivery)


def test_a_status_event_needs_no_address_for_the_result_it_cannot_carry() -> None:
    results = [{"name": "Giấy khai sinh", "attachments": [{"name": "kq.pdf", "sha256": "a" * 64}]}]

    ((operation, _),) = written(outgoing(canonical("completed", {"identifiers": DOSSIER["identifiers"], "results": results})))

    assert operation == "CapNhatTienDoHoSoMC"


def test_all_faults_of_a_dossier_are_listed_at_once() -> None:
    files = [{"attachments": [{"name": "a.pdf", "url": "http://kho.test/a"}, {"name": "b.pdf", "sha256": "b" * 64}]}]

    with pytest.raises(Malformed) as raised:
        written(outgoing(canonical("supplemented", {"identifiers": DOSSIER["identifiers"], "components": files})))

    assert [problem.path for problem in raised.value.problems] == [
        "dossier.components[0].attachments[1].url",
        "dossier.procedure.code",
        "dossier.applicant.kind",
    ]


def test_a_status_event_is_one_step_of_the_process() -> None:
    ((operation, (step,)),) = written(outgoing(canonical("rejected", {"identifiers": DOSSIER["identifiers"]}, note="Thiếu giấy tờ")))

    assert operation == "CapNhatTienDoHoSoMC"
    assert step == {
        "MaHoSo": CODE,
        "NguoiXuLy": "Hệ thống liên thông",
        "ThoiDiemXuLy": "20260302080000",
        "NoiDungXuLy": "Thiếu giấy tờ",
        "TrangThai": "3",
    }


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("accepted", "2"),
        ("processing", "4"),
        ("supplement_requested", "5"),
        ("payment_requested", "6"),
        ("withdrawn", "7"),
        ("suspended", "8"),
        ("completed", "9"),
        ("result_returned", "10"),
    ],
)
def test_every_status_event_has_its_code_and_its_words(kind: str, code: str) -> None:
    ((_, (step,)),) = written(outgoing(canonical(kind, {"identifiers": DOSSIER["identifiers"]})))

    assert step["TrangThai"] == code
    assert step["NoiDungXuLy"]


def test_a_long_log_goes_out_in_chunks_of_ten_and_ends_with_the_event() -> None:
    log = [{"at": f"2026-03-02T0{hour}:30:00+07:00", "actor": "Cán bộ Thử", "content": f"bước {hour}"} for hour in range(8)] * 3
    calls = written(outgoing(canonical("completed", {"identifiers": DOSSIER["identifiers"], "log": log})))

    assert [len(items) for _, items in calls] == [10, 10, 5]
    assert {operation for operation, _ in calls} == {"CapNhatTienDoHoSoMC"}
    assert calls[-1][1][-1]["TrangThai"] == "9"
    assert calls[0][1][0]["TrangThai"] == "4"


def test_a_log_that_tells_the_event_already_gets_no_second_step_for_it() -> None:
    log = [{"at": "2026-03-02T09:00:00+07:00", "status": {"canonical": "processed"}, "actor": "Cán bộ Thử"}]

    ((_, steps),) = written(outgoing(canonical("completed", {"identifiers": DOSSIER["identifiers"], "log": log})))

    assert [step["NguoiXuLy"] for step in steps] == ["Cán bộ Thử"]


def test_a_name_too_long_for_a_step_is_a_fault() -> None:
    log = [{"at": "2026-03-02T09:00:00+07:00", "actor": "x" * 51}]

    with pytest.raises(Malformed, match="at most 50"):
        written(outgoing(canonical("processing", {"identifiers": DOSSIER["identifiers"], "log": log})))


def test_a_result_travels_with_the_whole_dossier_before_its_step() -> None:
    results = [{"name": "Giấy chứng nhận", "attachments": [{"name": "kq.pdf", "url": "http://kho.test/kq.pdf"}]}]

    calls = written(outgoing(canonical("completed", DOSSIER | {"results": results})))

    assert [operation for operation, _ in calls] == ["DongBoHoSoMC", "CapNhatTienDoHoSoMC"]
    assert calls[0][1][0]["DanhSachGiayToKetQua"][0]["DuongDanTepTinKetQua"] == "http://kho.test/kq.pdf"
    assert calls[0][1][0]["TrangThaiHoSo"] == "9"


def test_the_portal_is_told_its_own_code_of_a_dossier_before_any_other() -> None:
    transfer = canonical("accepted", {"identifiers": [{"value": "BN-7", "scheme": "receipt"}]})
    known = (
        Identifier(value=CODE, scheme="dossier"),
        Identifier(value="G22.99-260302-0007", scheme="there"),
        Identifier(value="BN-7", scheme="receipt"),
    )

    assert written(outgoing(transfer, identifiers=known))[0][1][0]["MaHoSo"] == "G22.99-260302-0007"
    assert written(outgoing(transfer, identifiers=known[:1]))[0][1][0]["MaHoSo"] == CODE


def test_a_dossier_without_any_code_is_a_fault() -> None:
    with pytest.raises(Malformed, match="scheme=dossier"):
        written(outgoing(canonical("accepted", {"identifiers": [{"value": "BN-7", "scheme": "receipt"}]})))


def test_a_new_dossier_of_the_portal_was_submitted() -> None:
    transfer = read(item())

    assert transfer.event.kind is EventKind.SUBMITTED
    assert transfer.dossier.status.raw_code == "1"
    assert transfer.dossier.channel == "online"
    assert transfer.dossier.dates.received.isoformat() == "2026-03-02T08:00:00+07:00"
    assert {(one.scheme, one.value) for one in transfer.dossier.identifiers} == {("dossier", CODE), ("portal", CODE)}


def test_the_same_dossier_has_the_same_message_id_and_another_has_another() -> None:
    assert read(item()).message_id == read(dict(reversed(item().items()))).message_id
    assert read(item()).message_id != read(item(TrangThaiHoSo="2")).message_id
    assert read(item()).message_id != read(item(), updating=True).message_id


@pytest.mark.parametrize(("status", "kind"), [("1", "supplemented"), ("2", "accepted"), ("7", "withdrawn"), (4, "processing")])
def test_an_update_of_the_portal_says_by_its_status_what_happened(status: str | int, kind: str) -> None:
    assert read(item(TrangThaiHoSo=status), updating=True).event.kind == kind


def test_the_number_that_stands_for_nobody_is_nobody() -> None:
    transfer = read(item(SoGiayToChuHoSo="000000001", DinhDanhCHS=[{"LoaiDinhDanh": "2", "SoDinhDanh": "000000001"}]))

    assert transfer.dossier.applicant.identity_documents == ()


def test_a_real_identity_is_read() -> None:
    transfer = read(item(DinhDanhCHS=[{"LoaiDinhDanh": 1, "SoDinhDanh": "052099000001"}]))

    (document,) = transfer.dossier.applicant.identity_documents
    assert (document.kind, document.number) == ("citizen_id", "052099000001")


def test_the_kinds_three_and_four_are_unknown_to_the_older_variant() -> None:
    assert read(item(LoaiDoiTuong="4")).dossier.applicant.kind == "organisation"

    with pytest.raises(Malformed, match=r"data\[0\]\.LoaiDoiTuong"):
        read(item(LoaiDoiTuong="4"), variant="ocps")


def test_what_no_row_names_comes_back_to_the_portal_unchanged() -> None:
    transfer = read(item(DuocThanhToanTrucTuyen="3", TaiKhoanDuocXacThucVoiVNeID="1"))

    ((_, (dossier,)),) = written(outgoing(transfer))

    assert (dossier["DuocThanhToanTrucTuyen"], dossier["TaiKhoanDuocXacThucVoiVNeID"]) == ("3", "1")


def test_a_step_of_the_portal_is_a_status_event_with_its_log() -> None:
    step = {"MaHoSo": CODE, "NguoiXuLy": "Cán bộ Thử", "ThoiDiemXuLy": "20260302093000", "NoiDungXuLy": "Rút hồ sơ", "TrangThai": "7"}
    transfer = read(step, service="CapNhatTienDoHoSoMC")

    assert transfer.event.kind is EventKind.WITHDRAWN
    assert transfer.event.note == "Rút hồ sơ"
    assert transfer.event.occurred_at.isoformat() == "2026-03-02T09:30:00+07:00"
    assert transfer.dossier.log[0].actor == "Cán bộ Thử"


def test_every_fault_of_a_dossier_is_named_with_its_place_and_no_value() -> None:
    with pytest.raises(Malformed) as raised:
        read({"ChuHoSo": "Trần Thị Thử", "LoaiDoiTuong": "9", "TrangThaiHoSo": "1", "NgayTiepNhan": "ngày mai"})

    assert {problem.path for problem in raised.value.problems} == {
        "data[0].MaHoSo",
        "data[0].MaTTHC",
        "data[0].LoaiDoiTuong",
        "data[0].NgayTiepNhan",
    }
    assert "Trần" not in str(raised.value)
