"""The one parser: what it takes, and that whatever could reach out or blow up is refused at once."""

from __future__ import annotations

import builtins
import socket
import time
from contextlib import suppress
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Malformed
from gateway.xml import XmlBounds, parse_xml

DECLARED = '<?xml version="1.0" encoding="{}"?>'
SECRET = "/etc/hostname"


def refusal(data: bytes | str, charset: str = "", bounds: XmlBounds | None = None) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        parse_xml(data, charset=charset, bounds=bounds or XmlBounds())
    (problem,) = caught.value.problems
    assert caught.value.code == "not_xml"
    return problem.rule, problem.hint


DOCTYPES = {
    "empty": b"<!DOCTYPE a><a/>",
    "after a comment": b"<!-- <a> -->\n<!DOCTYPE a><a/>",
    "after an instruction": b'<?xml version="1.0"?><?x y?> <!-- - -->\n\t<!DOCTYPE a><a/>',
    "public": b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd"><html/>',
    "external": f'<!DOCTYPE a SYSTEM "file://{SECRET}"><a/>'.encode(),
    "external entity": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{SECRET}">]><a>&x;</a>'.encode(),
    "network entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><a>&x;</a>',
    "parameter entity": f'<!DOCTYPE a [<!ENTITY % x SYSTEM "file://{SECRET}"> %x;]><a/>'.encode(),
    "expansion": b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10 if number else b"&a;" * 10) for number in range(12))
    + b"]><a>&a11;</a>",
    "quadratic": b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 100_000 + b'">]><a>' + b"&a;" * 50_000 + b"</a>",
    "attribute default": b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    "byte order mark": b"\xef\xbb\xbf<!DOCTYPE a><a/>",
    "UTF-16": "<!DOCTYPE a><a/>".encode("utf-16"),
    "UTF-16 without mark": DECLARED.format("UTF-16").encode("utf-16-le") + "<!DOCTYPE a><a/>".encode("utf-16-le"),
}


@pytest.mark.parametrize("data", DOCTYPES.values(), ids=DOCTYPES)
def test_every_document_type_is_refused_and_nothing_is_opened(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: object, **__: object) -> NoReturn:
        raise AssertionError("something was opened")

    monkeypatch.setattr(builtins, "open", touched)
    monkeypatch.setattr(socket, "socket", touched)
    begun = time.process_time()

    rule, _ = refusal(data)

    assert rule == "doctype"
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("data", [b"<!doctype a><a/>", b"<a><!DOCTYPE a></a>", b"<a/><!DOCTYPE a>", b"x<!DOCTYPE a><a/>"])
def test_a_document_type_in_the_wrong_place_is_not_well_formed(data: bytes) -> None:
    assert refusal(data)[0] == "xml"


def test_a_text_may_speak_of_a_document_type() -> None:
    assert parse_xml(b"<a><![CDATA[<!DOCTYPE html>]]></a>").text == "<!DOCTYPE html>"


HUGE = {
    "attributes of one element": b"<a " + b" ".join(b'a%d="1"' % number for number in range(100_000)) + b"/>",
    "attributes in all": b"<r>" + b"<a x='1' y='2' z='3'/>" * 100_000 + b"</r>",
    "depth": b"<a>" * 100_000 + b"</a>" * 100_000,
    "depth below the parser's own limit": b"<a>" * 200 + b"</a>" * 200,
    "elements": b"<r>" + b"<a/>" * 500_000 + b"</r>",
    "size": b"<a>" + b" " * 17_000_000 + b"</a>",
    "one long text": b"<a>" + b"x" * 11_000_000 + b"</a>",
    "namespaces": b"<a " + b" ".join(b'xmlns:a%d="u"' % number for number in range(100_000)) + b"/>",
    "unclosed": b"<a" * 200_000,
    "comments without end": b"<!--" * 200_000,
    "an instruction without end": b"<?x" * 200_000,
    "white space": b" " * 5_000_000 + b"x",
    "attributes twice": b'<a a="1" a="2"/>',
    "unknown entity": b"<a>&x;</a>",
    "character reference": b"<a>&#0;</a>",
    "null": b"<a>\0</a>",
    "nothing": b"",
}


@pytest.mark.parametrize("data", HUGE.values(), ids=HUGE)
def test_what_is_too_much_or_broken_is_refused_in_bounded_time(data: bytes) -> None:
    begun = time.process_time()

    rule, _ = refusal(data)

    assert rule == "xml"
    assert time.process_time() - begun < 1


def test_a_fault_tells_its_place_and_none_of_the_text() -> None:
    rule, hint = refusal("<a>\n<Nguyễn></b></a>".encode())

    assert (rule, hint) == ("xml", "not well-formed at line 2, column 13")


def test_the_bounds_are_as_given() -> None:
    few = XmlBounds(size=100, tags=5, attributes=3, attributes_each=2, depth=2)

    assert parse_xml(b'<a><b x="1" y="2"/></a>', bounds=few)[0].get("y") == "2"
    assert refusal(b"<a><b><c/></b></a>", bounds=few)[1] == "elements nested deeper than 2"
    assert refusal(b"<a>" + b"<b/>" * 6 + b"</a>", bounds=few)[1] == "at most 5 tags"
    assert refusal(b'<a x="1" y="2" z="3"/>', bounds=few)[1] == "more than 2 attributes of one element"
    assert refusal(b" " * 101, bounds=few)[1] == "at most 100 bytes"


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<a>Đơn</a>".encode(), ""),
        ("<a>Đơn</a>".encode(), "utf-8"),
        ("<a>Đơn</a>".encode(), "UTF8"),
        (b"\xef\xbb\xbf" + (DECLARED.format("utf-8") + "<a>Đơn</a>").encode(), "utf-8"),
        ((DECLARED.format("UTF-8") + "<a>Đơn</a>").encode(), ""),
        ((DECLARED.format("UTF-16") + "<a>Đơn</a>").encode("utf-16"), "utf-16"),
        ("<a>Đơn</a>".encode("utf-16-le"), "utf-16le"),
        ("<a>Đơn</a>".encode("utf-16-be"), ""),
        (b"<a>&#x110;&#x1a1;n</a>", "us-ascii"),
    ],
)
def test_utf_8_and_utf_16_are_read(data: bytes, charset: str) -> None:
    assert parse_xml(data, charset=charset).text == "Đơn"


@pytest.mark.parametrize(
    ("data", "charset", "rule"),
    [
        ("<a>Đơn</a>".encode("utf-16"), "utf-8", "charset"),
        ("<a>Đơn</a>".encode(), "utf-16", "charset"),
        (b"<a>x</a>", "iso-8859-1", "charset"),
        (b"<a>x</a>", "utf-7", "charset"),
        ((DECLARED.format("UTF-16") + "<a/>").encode(), "", "charset"),
        ((DECLARED.format("windows-1258") + "<a/>").encode(), "utf-8", "charset"),
        ((DECLARED.format("utf-8") + "<a/>").encode("utf-16"), "", "charset"),
        (b"\xff\xfe<\0a\0/\0>", "", "charset"),
        ("<a>Đơn</a>".encode("windows-1258", "replace") + b"\xd0", "", "xml"),
        (b"<a>\xed\xa0\x80</a>", "", "xml"),
        ("<a/>".encode("utf-32"), "", "xml"),
    ],
)
def test_what_is_not_what_it_says_is_refused(data: bytes, charset: str, rule: str) -> None:
    assert refusal(data, charset)[0] == rule


def test_a_text_has_no_encoding_whatever_it_declares() -> None:
    assert parse_xml(DECLARED.format("utf-16") + "<a>Đơn</a>").text == "Đơn"
    assert refusal("<a>\ud800</a>")[0] == "xml"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    with suppress(Malformed):
        assert parse_xml(data).tag
