"""What civil registration answers, and how files travel in a request."""

from __future__ import annotations

import base64
import json

import pytest

from connectors.hotich.config import Config
from connectors.hotich.wire import Busy, Refusal, Taken, judge, read_statuses, split_faults, with_files
from gateway.sdk import ClientCredentials, HttpAnswer, OutcomeUnknown, PartnerKeys, RetryLater
from gateway.testing.connector_bench import MemoryBlobs

CONFIG = Config(url="http://127.0.0.1", province="52", retry_codes=("BUSY",))


def answer(body: object, *, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={}, body=body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"status": "1"}, Taken()),
        ({"status": 1, "errorDescription": None}, Taken()),
        ({"status": "0", "errorCode": "DUP", "errorDescription": "Hồ sơ  Đã được tiếp nhận trước đó"}, Taken()),
        ({"status": "0", "errorCode": "BUSY", "errorDescription": "Hệ thống bận"}, Busy(code="BUSY")),
        ({"status": 0, "errorCode": 12, "errorDescription": "Sai nơi đăng ký"}, Refusal(code="12", faults=("Sai nơi đăng ký",))),
        ({"status": "0"}, Refusal(code="refused", faults=())),
    ],
)
def test_status_and_text_together_say_what_an_answer_means(body: object, verdict: object) -> None:
    assert judge(answer(body), CONFIG) == verdict


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("Họ tên không được để trống", ("Họ tên không được để trống",)),
        ("Họ tên trống;Ngày sinh sai; ", ("Họ tên trống", "Ngày sinh sai")),
        ("Họ tên trống. Ngày sinh sai.", ("Họ tên trống", "Ngày sinh sai")),
        ("nycHoTen: bắt buộc maDonVi: sai mã", ("nycHoTen: bắt buộc", "maDonVi: sai mã")),
        ("Họ tên trống\r\nNgày sinh 31/02/2026 sai|Số 052099000001 sai", ("Họ tên trống", "Ngày sinh 31/02/2026 sai", "Số … sai")),
        ("", ()),
    ],
)
def test_faults_glued_into_one_line_are_taken_apart(line: str, faults: tuple[str, ...]) -> None:
    assert split_faults(line) == faults


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"value": []}', b"", b"\xff", b"[" * 5000])
def test_what_is_no_answer_leaves_the_outcome_of_a_registration_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        judge(answer(body), CONFIG)


@pytest.mark.parametrize(("body", "status"), [(b"<html>", 200), (b"", 200), (b"{}", 500), (b"{}", 503), (b'{"status": 0}', 200)])
def test_a_question_that_fails_is_asked_again(body: bytes, status: int) -> None:
    with pytest.raises(RetryLater) as raised:
        read_statuses(answer(body, status=status))

    assert not isinstance(raised.value, OutcomeUnknown)


def test_a_list_of_statuses_may_be_empty_or_one_object() -> None:
    assert read_statuses(answer({"status": 1, "value": None})) == []
    assert read_statuses(answer({"status": "1", "value": {"maHoSo": "x"}})) == [{"maHoSo": "x"}]
    assert read_statuses(answer({"status": 0, "statusDescription": "Không tìm thấy hồ sơ"})) == []


@pytest.mark.parametrize("size", [0, 1, 2, 3, 999, 1000, 1001, 400_000])
async def test_a_file_of_any_size_travels_whole(size: int) -> None:
    blobs = MemoryBlobs()
    content = bytes(range(256)) * (size // 256 + 1)
    sha256 = blobs.hold(content[:size]).sha256
    body = json.dumps({"a": 1, "f": [{"duLieuTepDinhKem": sha256, "id": 1}]}, separators=(",", ":")).encode()

    sent = b"".join([piece async for piece in with_files(body, blobs, {sha256})])

    assert base64.b64decode(json.loads(sent)["f"][0]["duLieuTepDinhKem"], validate=True) == content[:size]
    assert json.loads(sent)["f"][0]["id"] == 1


async def test_a_text_that_looks_like_a_file_draws_nothing_out_of_the_store() -> None:
    blobs = MemoryBlobs()
    secret = blobs.hold(b"cua nguoi khac").sha256
    body = json.dumps({"duLieuTepDinhKem": secret, "ghiChu": f'"duLieuTepDinhKem":"{secret}"'}, separators=(",", ":")).encode()

    assert b"".join([piece async for piece in with_files(body, blobs, set())]) == body


def test_no_secret_shows_in_the_configuration() -> None:
    partner = PartnerKeys(access_key="bi-mat-1", secret_key="bi-mat-2", app_name="mot-cua")
    keys = ClientCredentials(token_url="http://127.0.0.1/token", key="bi-mat-3", secret="bi-mat-4", partner=partner)

    assert "bi-mat" not in repr(Config(url="http://127.0.0.1", province="52", keys=keys))
