"""What an answer of the portal means, in every version of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.dvcqg.config import Config
from connectors.dvcqg.wire import Exists, Expired, No, Yes, encode_call, judge, read_reply
from gateway.sdk import HttpAnswer, OutcomeUnknown, RetryLater, scrub

CONFIG = Config(adapter_url="http://127.0.0.1", username="u", password="p", agency_code="000.00.00.H21", session_codes=("99",))


def answer(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status=status, headers=headers or {}, body=content)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ({"error_code": 0}, Yes()),
        ({"error_code": "0", "message": "Thành công"}, Yes()),
        ({"error_code": "00", "message": ""}, Yes()),
        ({"error_code": "3", "message": "Cập nhật THÀNH CÔNG"}, Yes()),
        ({"error_code": -3, "message": "Đồng bộ thành  công"}, Yes()),
        ({"error_code": "3", "message": "Hồ sơ đã tồn tại trên hệ thống"}, Exists()),
        ({"error_code": 0, "message": "Hồ sơ Đã Tồn Tại"}, Exists()),
        ({"error_code": "0", "message": "Đồng bộ không thành công"}, No(code="0", text="Đồng bộ không thành công")),
        ({"error_code": "3", "message": "không thành công"}, No(code="3", text="không thành công")),
        ({"error_code": "12", "message": "Sai mã thủ tục"}, No(code="12", text="Sai mã thủ tục")),
        ({"error_code": "99"}, Expired()),
        ({"error_code": "7", "message": "Session expired"}, Expired()),
        ({"error_code": "-1", "message": "Invalid session"}, Expired()),
        ({"error_code": "7", "message": "Phiên làm việc đã hết hạn"}, Expired()),
    ],
)
def test_code_and_text_together_say_what_an_answer_means(reply: dict[str, Any], verdict: object) -> None:
    assert judge(read_reply(answer(reply)), CONFIG) == verdict


def test_an_exception_at_the_other_side_leaves_the_outcome_unknown() -> None:
    with pytest.raises(OutcomeUnknown):
        judge(read_reply(answer({"error_code": "-1", "message": "NullReference"})), CONFIG)


@pytest.mark.parametrize("body", [b"<html>bao tri</html>", b'{"error_code": 0, ', b"[]", b'"ok"', b"{}", b"", b"\xff\xfe", b"[" * 5000])
def test_what_is_no_answer_of_the_portal_leaves_the_outcome_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        read_reply(answer(body))


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_broken_adapter_may_have_forwarded_the_call(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        read_reply(answer({}, status=status))


def test_a_busy_adapter_is_left_alone_as_long_as_it_asks() -> None:
    with pytest.raises(RetryLater) as raised:
        read_reply(answer(b"busy", status=503, headers={"retry-after": "120"}))

    assert not isinstance(raised.value, OutcomeUnknown)
    assert raised.value.after is not None
    assert raised.value.after.total_seconds() == 120


def test_the_flag_of_an_update_is_a_text_and_the_data_a_list() -> None:
    call = json.loads(encode_call("DongBoHoSoMC", [{"MaHoSo": "x"}], agency="a", session="s", updating=False))

    assert call == {"session": "s", "madonvi": "a", "service": "DongBoHoSoMC", "isUpdating": "False", "data": [{"MaHoSo": "x"}]}
    assert "isUpdating" not in json.loads(encode_call("TraCuuHoSo", [], agency="a", session="s"))


def test_a_foreign_text_loses_what_may_name_a_person_and_keeps_the_dossier_code() -> None:
    text = scrub("Số  034099001234 của a.b@c.vn trong hồ sơ H21.129-260302-0001 sai")

    assert text == "Số … của … trong hồ sơ H21.129-260302-0001 sai"


def test_the_password_does_not_show_in_the_configuration() -> None:
    config = Config(adapter_url="http://127.0.0.1", username="u", password="rat-bi-mat", agency_code="H21")

    assert "rat-bi-mat" not in f"{config!r} {config}"
