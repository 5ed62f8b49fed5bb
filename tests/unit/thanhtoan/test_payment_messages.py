"""How unpaid fees become a payment request in both styles, and what became of it a transfer."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from connectors.thanhtoan.config import Config
from connectors.thanhtoan.translate import load_tables, read_result, request_of, write_request
from connectors.thanhtoan.wire import Exists, Refusal, Taken, encode_question, judge, read_row, read_told
from gateway.sdk import HttpAnswer, Malformed, OutcomeUnknown, Outgoing, RetryLater, Transfer
from tests.connector_desk import canonical, outgoing

CODE = "H21.129-260302-0001"
REQUEST = f"{CODE}20260302080000"
DOSSIER: dict[str, Any] = {
    "identifiers": [{"value": "G22.99-260302-0007", "scheme": "national"}, {"value": CODE, "scheme": "dossier"}],
    "procedure": {"code": "1.012784.000.00.00.H21", "name": "Cấp giấy phép mẫu"},
    "agency": {"code": "H21.129", "name": "Ủy ban nhân dân xã Mẫu"},
    "applicant": {
        "kind": "citizen",
        "name": "Đinh Thị Ví Dụ",
        "identity_documents": [{"kind": "citizen_id", "number": "052196000033"}],
        "contact": {"email": "vidu@thu.test"},
        "address": {"street": "Số 0, đường Thử", "province": "Gia Lai"},
    },
    "fees": [
        {"code": "LP01", "name": "Lệ phí", "amount": 50000},
        {"code": "P02", "name": "Phí đã nộp", "amount": 7, "paid": True},
        {"code": "P03", "name": "Phí", "kind": "1", "amount": 2000, "paid": False},
    ],
}
TABLES = {style: load_tables(style) for style in ("national", "paygov")}


def config(style: str = "national", **more: Any) -> Config:
    whole = {
        "style": style,
        "url": "http://127.0.0.1",
        "create_path": "/tao",
        "ask_path": "/hoi",
        "client": "mot-cua",
        "access_key": "ak",
        "account": {"number": "1", "bank": "2", "name": "Kho bạc"},
        "checksum": {"kind": "sha256", "secret": "s", "secret_first": style == "paygov"},
        "result_checksum": {"kind": "sha256", "secret": "r"},
    }
    return msgspec.convert(whole | more, Config)


def asking(kind: str = "payment_requested", **more: Any) -> Outgoing:
    return outgoing(canonical(kind, DOSSIER | more))


def written(given: Outgoing, style: str = "national", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_request(given, TABLES[style], config(style, **more)).body)
    return found


def answer(body: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={}, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def result(**row: Any) -> Transfer:
    return read_result({"MaTraCuuTT": REQUEST, **row}, TABLES["national"]).transfer


def test_the_id_of_a_payment_is_the_dossier_code_and_when_it_was_asked_for_in_hanoi() -> None:
    assert request_of(asking()) == REQUEST
    assert request_of(msgspec.structs.replace(asking(), attempt=7, key="k-9")) == REQUEST


def test_a_bill_has_the_unpaid_fees_with_amounts_as_number_and_as_text() -> None:
    message = written(asking())
    bill = message["bill_info"]

    assert [(fee["MaPhiLePhi"], fee["LoaiPhiLePhi"], fee["SoTien"]) for fee in bill["PhiLePhi"]] == [
        ("LP01", "2", 50000),
        ("P03", "1", 2000),
    ]
    assert [item["SoTien"] for item in bill["DSKhoanNop"]] == ["50000", "2000"]
    assert (message["trans_amount"], bill["MaTraCuuTT"], message["transaction_id"]) == ("52000", REQUEST, REQUEST)
    assert (bill["MaTTHC"], bill["MaDVC"], bill["MaHoSo"]) == ("1.012784", "1.012784", CODE)
    assert (bill["EmaiNguoiNop"], bill["HuyenNguoiNop"]) == ("vidu@thu.test", "")


def test_a_national_request_is_summed_over_its_fields_and_the_key_at_the_end() -> None:
    assert written(asking())["check_sum"] == sha256(f"0mot-cua52000PAY{REQUEST}1.0s".encode()).hexdigest()


def test_the_fields_of_a_checksum_can_be_others_at_a_site() -> None:
    checksum = {"kind": "hmac_sha256", "secret": "s", "fields": ["transaction_id"], "capitals": True}

    assert written(asking(), checksum=checksum)["check_sum"].isupper()


def test_a_procedure_may_be_paid_to_another_account_under_another_service() -> None:
    bill = written(asking(), accounts={"1.012784": {"number": "9", "bank": "8", "name": "Tài khoản khác"}}, service_suffix=".01")[
        "bill_info"
    ]

    assert (bill["TKThuHuong"], bill["MaNHThuHuong"], bill["TenTKThuHuong"], bill["MaDVC"]) == ("9", "8", "Tài khoản khác", "1.012784.01")


def test_paygov_wants_names_without_accents_lists_in_base64_and_the_key_in_front() -> None:
    message = written(asking(), "paygov")
    fields = ["mot-cua", "ak", "052196000033", "Dinh Thi Vi Du", "So 0, duong Thu", "", "Gia Lai", CODE, "Cấp giấy phép mẫu"]

    assert [message["payerName"], message["payerAddress"], message["decisionDate"]] == ["Dinh Thi Vi Du", "So 0, duong Thu", "02-03-2026"]
    assert json.loads(base64.b64decode(message["paids"]))[1] == {"code": "P03", "name": "Phí", "amount": 2000}
    whole = "s" + "".join([*fields, message["paids"], message["otherInfo"], "02-03-2026"])
    assert message["checksum"] == sha256(whole.encode()).hexdigest()


@pytest.mark.parametrize("style", ["national", "paygov"])
def test_every_fault_of_what_cannot_be_paid_is_listed(style: str) -> None:
    fees = [{"name": "không có số tiền"}, {"amount": 0}, {"amount": 5, "paid": True}]
    given = asking(fees=fees, identifiers=[{"value": "G22.99-260302-0007", "scheme": "national"}], applicant={"kind": "citizen"})

    with pytest.raises(Malformed) as raised:
        written(given, style)

    paths = {problem.path for problem in raised.value.problems}
    assert paths >= {
        "dossier.fees[0].amount",
        "dossier.fees[1].amount",
        "dossier.applicant.name",
        "dossier.identifiers[scheme=dossier].value",
    }


def test_nothing_to_be_paid_is_nothing_to_be_sent() -> None:
    with pytest.raises(Malformed, match=r"dossier\.fees"):
        written(asking(fees=[{"amount": 5, "paid": True}]))


@pytest.mark.parametrize("kind", ["processing", "completed", "withdrawn"])
def test_only_a_payment_or_a_submission_asks_for_a_payment(kind: str) -> None:
    with pytest.raises(Malformed) as raised:
        written(asking(kind))

    assert raised.value.code == "not_sayable"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"error_code": 0}, Taken()),
        ({"error_code": "0"}, Taken()),
        ({"error_code": "00", "message": "Thành công"}, Taken()),
        ({"error_code": "SUCCESSFUL", "data": {"url": "https://thu.test/x"}}, Taken(pay_url="https://thu.test/x")),
        ({"error_code": "SUCCESSFUL", "data": {"url": "javascript:alert(1)"}}, Taken()),
        ({"error_code": "08", "message": f"Mã {REQUEST} ĐÃ  tồn tại"}, Exists()),
        (
            {"error_code": "12", "message": 'Sai, người nộp "Đinh Thị Ví Dụ" số 052196000033'},
            Refusal(code="12", text="Sai, người nộp … số …"),
        ),
        ({"code": 9}, Refusal(code="9", text="no reason was given")),
    ],
)
def test_an_answer_means(body: object, verdict: object) -> None:
    assert judge(answer(body), config()) == verdict


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", {"message": "x"}, {"error_code": True}, {"error_code": "-1", "message": "error"}])
def test_what_is_no_answer_leaves_it_open_whether_the_request_arrived(body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        judge(answer(body), config())


@pytest.mark.parametrize(
    ("body", "row"),
    [
        ({"error_code": 0, "data": {"status": 0}}, {"status": 0}),
        ({"error_code": "00", "data": [{"status": "1"}]}, {"status": "1"}),
        ({"error_code": "SUCCESSFUL", "status": "PENDING"}, {"error_code": "SUCCESSFUL", "status": "PENDING"}),
        ({"error_code": "14", "message": "Không tìm thấy giao dịch"}, None),
        ({"error_code": "44"}, None),
        ({"error_code": 0, "data": None}, None),
        ({"error_code": 0, "data": []}, None),
    ],
)
def test_a_question_is_answered_by_a_row_or_by_nothing(body: object, row: object) -> None:
    assert read_row(answer(body), config(unknown_codes=["44"])) == row


@pytest.mark.parametrize(
    "body", [b"<html>", {"error_code": "99"}, {"error_code": 0, "data": {"x": 1}}, {"error_code": 0, "data": [{}, {}]}, {"data": {}}]
)
def test_a_question_that_is_not_answered_is_asked_again(body: object) -> None:
    with pytest.raises(RetryLater) as raised:
        read_row(answer(body), config())

    assert not isinstance(raised.value, OutcomeUnknown)


def test_a_question_is_summed_too() -> None:
    national, paygov = json.loads(encode_question(REQUEST, config())), json.loads(encode_question(REQUEST, config("paygov")))

    assert national["check_sum"] == sha256(f"mot-cuaPAY{REQUEST}s".encode()).hexdigest()
    assert paygov["checksum"] == sha256(f"smot-cuaak{REQUEST}".encode()).hexdigest()


def test_what_was_paid_is_a_fee_that_is_paid_and_the_dossier_goes_on() -> None:
    transfer = result(status=0, SoTien="52000", ThoiGianThanhToan="20260302093000", SoBienLai="BL-1", HoTenNguoiNopTien="ĐINH THỊ VÍ DỤ")

    assert transfer.event.kind == "processing"
    assert transfer.event.occurred_at == transfer.dossier.fees[0].paid_at
    assert (transfer.dossier.fees[0].paid, transfer.dossier.fees[0].amount) == (True, 52000)
    assert transfer.dossier.extensions["thanhtoan"] == {"request": REQUEST, "state": "paid", "receipt": "BL-1"}
    assert [(one.scheme, one.value) for one in transfer.dossier.identifiers] == [("dossier", CODE)]
    assert "ĐINH" not in str(transfer)


@pytest.mark.parametrize(
    ("status", "state", "ends"),
    [(0, "paid", True), ("SUCCESSFUL", "paid", True), ("2", "failed", False), (3, "expired", True), ("CANCELLED", "expired", True)],
)
def test_a_state_as_number_or_word_tells_whether_more_is_to_come(status: object, state: str, ends: bool) -> None:
    read = read_result({"orderId": REQUEST, "status": status, "amount": 5}, TABLES["paygov"])

    assert read.transfer.dossier.extensions["thanhtoan"]["state"] == state
    assert read.ends_case is ends
    assert read.transfer.dossier.fees[0].paid is (state == "paid")


def test_the_same_news_told_and_asked_for_is_the_same_message_and_other_news_another() -> None:
    told = result(status=0, SoTien="5", ThoiGianThanhToan="20260302093000")
    asked = result(status="0", trans_amount=5, ThoiGianThanhToan="02/03/2026 09:30:00", HoTenNguoiNopTien="A")

    assert (told.message_id, told) == (asked.message_id, asked)
    assert result(status=2, SoTien="5").message_id != result(status=3, SoTien="5").message_id


def test_where_it_can_be_paid_is_told_without_a_fee() -> None:
    transfer = result(status="1", UrlThanhToan="https://thu.test/x")

    assert (transfer.event.kind, transfer.dossier.fees) == ("payment_requested", ())
    assert transfer.dossier.extensions["thanhtoan"]["pay_url"] == "https://thu.test/x"


@pytest.mark.parametrize("row", [{"MaTraCuuTT": "x", "status": 0}, {"MaTraCuuTT": "20260302080000", "status": 0}, {"status": 0}])
def test_an_id_that_names_no_dossier_is_a_fault(row: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as raised:
        read_result(row, TABLES["national"])

    assert [problem.path for problem in raised.value.problems] == ["MaTraCuuTT"]


def test_what_is_told_is_looked_at_only_with_the_checksum_that_the_site_knows_of() -> None:
    row = {"partnerCode": "p", "orderId": REQUEST, "amount": 5, "status": "SUCCESSFUL", "transactionCode": "T"}
    right = row | {"checksum": sha256(f"rp{REQUEST}5SUCCESSFULT".encode()).hexdigest()}

    assert read_told(json.dumps(right).encode(), config("paygov")) == right
    for wrong in (right | {"amount": 500}, row, right | {"checksum": None}, right | {"amount": True}):
        with pytest.raises(Malformed) as raised:
            read_told(json.dumps(wrong).encode(), config("paygov"))
        assert raised.value.code == "not_trusted"
    assert read_told(json.dumps(row).encode(), config("paygov", result_checksum=None)) == row


def test_no_key_shows_in_the_configuration() -> None:
    shown = repr(config(checksum={"kind": "sha256", "secret": "rat-bi-mat"}, access_key="rat-bi-mat"))

    assert "rat-bi-mat" not in shown
