"""What an agency says of a message is kept without what may name a person."""

from __future__ import annotations

import pytest

from gateway.soap import scrub


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Sai mã thủ tục", "Sai mã thủ tục"),
        ("  nhiều\n  dòng\t", "nhiều dòng"),
        ("Số định danh 052196000123 không tồn tại", "Số định danh … không tồn tại"),
        ("Giá trị 'Lê Văn Ví Dụ' không hợp lệ", "Giá trị … không hợp lệ"),
        ('Giá trị "Lê Văn Ví Dụ" không hợp lệ', "Giá trị … không hợp lệ"),
        ("gửi tới vi.du@mau.example.vn", "gửi tới …"),
        ("x" * 900, "x" * 500),
    ],
)
def test_what_names_somebody_by_its_look_is_taken_out(said: str, kept: str) -> None:
    assert scrub(said) == kept


def test_what_was_sent_is_taken_out_however_it_was_written() -> None:
    sent = '<a b="12 Trần Phú" c="x" xmlns="urn:x"><d>Đinh Thị &amp; Ví Dụ</d><e>0905</e><f>ok</f></a>'.encode()

    assert scrub("ĐINH THỊ & VÍ DỤ, 12 Trần Phú, 0905: ok", sent) == "…, …, …: ok"
    assert scrub("urn:x", sent) == "urn:x"
