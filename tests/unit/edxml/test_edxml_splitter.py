"""Taking a document apart: the same in whatever pieces it comes, bounded by what is hostile."""

from __future__ import annotations

import base64
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.edxml.splitter import Begun, Ended, Splitter
from connectors.edxml.zipped import Unwrapper
from gateway.sdk import Malformed
from tests.edxml_papers import FILE, NAMESPACE, Variation, document, zipped

SIGNATURE = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
WHOLE = document(Variation(content_prefixed=True, breaks_lines=True), signature=SIGNATURE)
MARK = b"ContentTransferEncoded"
LONG = 200_000


def split(body: bytes, sizes: list[int] | None = None) -> tuple[list[bytes], bytes, str]:
    """Feed a document in pieces of these sizes; answers its contents, the rest, the signature."""
    splitter = Splitter()
    contents: list[bytearray] = []
    is_open = False
    start = 0
    pieces = []
    for size in sizes or [len(body)]:
        pieces.append(body[start : start + size])
        start += size
    pieces.append(body[start:])
    for found in [*(found for piece in pieces for found in splitter.feed(piece)), *splitter.close()]:
        match found:
            case Begun():
                assert not is_open
                contents.append(bytearray())
                is_open = True
            case Ended():
                is_open = False
            case _:
                assert is_open
                contents[-1] += found
    assert not is_open
    return [bytes(one) for one in contents], bytes(splitter.rest), splitter.signature


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 700), max_size=400))
def test_it_is_the_same_in_whatever_pieces_it_comes(sizes: list[int]) -> None:
    assert split(WHOLE, sizes) == split(WHOLE)


def test_byte_by_byte_it_is_the_same() -> None:
    assert split(WHOLE, [1] * len(WHOLE)) == split(WHOLE)


def test_the_rest_is_the_document_without_its_contents() -> None:
    contents, rest, signature = split(WHOLE)

    begin, end = WHOLE.index(b"<edXML:" + MARK), WHOLE.index(b"</edXML:" + MARK + b">") + len(b"</edXML:" + MARK + b">")
    assert contents == [FILE]
    assert rest == WHOLE[:begin] + b"<!--content 0-->" + WHOLE[end:]
    assert signature == SIGNATURE


def test_an_empty_content_is_one() -> None:
    body = f'<edXML xmlns="{NAMESPACE}"><A><{MARK.decode()} x="&gt;"/><B/></A><A><{MARK.decode()}></{MARK.decode()}></A></edXML>'.encode()

    contents, rest, _ = split(body, [1] * len(body))

    assert contents == [b"", b""]
    assert rest == f'<edXML xmlns="{NAMESPACE}"><A><!--content 0--><B/></A><A><!--content 1--></A></edXML>'.encode()


HOSTILE = {
    "document type": b'<!DOCTYPE edXML><edXML xmlns="x"/>',
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x">%x;]><a/>',
    "document type behind a remark": b"<?xml version='1.0'?><!-- \xc3\xa1 --><!DOCTYPE a><a/>",
    "document type in UTF-16": "<!DOCTYPE a><a/>".encode("utf-16"),
    "laughs": b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>',
    "an entity of its own": b"<a>&unknown;</a>",
    "depth": b"<a>" * LONG,
    "attributes": b"<a " + b" ".join(f'a{number}="1"'.encode() for number in range(LONG // 2)) + b"/>",
    "one long attribute": b'<a b="' + b"x" * (4 * 1024 * 1024),
    "elements": b"<a>" + b"<b/>" * LONG + b"</a>",
    "text": b"<a>" + b"x" * (9 * 1024 * 1024),
    "remark": b"<a><!--" + b"x" * (9 * 1024 * 1024),
    "a file broken off": b"<a><ContentTransferEncoded>QUJD",
    "an element in a content": b"<a><ContentTransferEncoded>QUJD<b/></ContentTransferEncoded></a>",
    "two roots": b"<a/><a/>",
    "UTF-16 that goes on as UTF-8": "<a>".encode("utf-16") + "Hộ tịch</a>".encode(),
    "Latin letters": b"<a>\xe9\xe8</a>",
    "nothing": b"",
    "half a mark of UTF-16": b"\xff\xfe<\x00a",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_hostile_or_broken_is_refused_at_once(body: bytes) -> None:
    begun = time.process_time()

    with pytest.raises(Malformed):
        split(body, [64 * 1024] * (len(body) // (64 * 1024)))

    assert time.process_time() - begun < 1


@pytest.mark.parametrize("begin", [b'<a b="', b"<a><!--", b"<a "])
def test_a_mark_that_does_not_end_is_given_up_before_it_is_long(begin: bytes) -> None:
    splitter = Splitter()
    patience = 1024 * 1024 // 65536
    pieces = iter([begin, *[b"x" * 65536] * patience])

    with pytest.raises(Malformed, match="does not end"):
        [found for piece in pieces for found in splitter.feed(piece)]

    assert next(pieces, None) is not None


# ---- files in a zip ----------------------------------------------------------------------------------------------------


def unwrap(name: str, content: bytes, size: int = 7) -> bytes:
    """Unwrap a content that comes in pieces."""
    unwrapper = Unwrapper(name)
    found = b"".join(piece for start in range(0, len(content), size) for piece in unwrapper.feed(content[start : start + size]))
    return found + b"".join(unwrapper.close())


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=3000), size=st.integers(1, 500))
def test_a_file_in_a_zip_comes_out(content: bytes, size: int) -> None:
    assert unwrap("Công văn.PDF", zipped("x.pdf", content), size) == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ho-so.zip", zipped("x.zip", b"abc")),
        ("ho-so.docx", zipped("[Content_Types].xml", b"<x/>", ("word/document.xml", b"<y/>"))),
        ("cong-van.pdf", b"%PDF-1.4"),
        ("cong-van.pdf", b"PK"),
        ("cong-van.pdf", zipped("khac.txt", b"abc")),
        ("khong-duoi", zipped("khong-duoi", b"abc")),
        ("", zipped("x.pdf", b"abc")),
        ("rong.pdf", b""),
    ],
)
def test_anything_else_passes_as_it_is(name: str, content: bytes) -> None:
    assert unwrap(name, content) == content


@pytest.mark.parametrize(
    "content",
    [
        zipped("x.pdf", b"abc", ("y.pdf", b"def")),
        zipped("x.pdf", b"abc" * 100)[:40],
        zipped("x.pdf", b"abc" * 100)[:43] + b"abcdefghijklmnopqrstuvwxyz" * 9,
        zipped("x.pdf", b"abc" * 100).replace(zlib.crc32(b"abc" * 100).to_bytes(4, "little"), b"\x01\x02\x03\x04", 1),
        zipped("x.pdf", b"abc" * 100)[:35] + b"\xff" * 40,
    ],
)
def test_a_zip_that_holds_more_or_is_broken_is_a_fault(content: bytes) -> None:
    with pytest.raises(ValueError, match="zip"):
        unwrap("x.pdf", content)


def test_a_zip_that_grows_beyond_measure_is_a_fault() -> None:
    bomb = zipped("x.pdf", b"\0" * (70 * 1024 * 1024))

    with pytest.raises(ValueError, match="measure"):
        unwrap("x.pdf", bomb, 4096)


def test_the_fault_of_a_zip_names_its_attachment() -> None:
    two = base64.b64encode(zipped("x.pdf", b"abc", ("y.pdf", b"def"))).decode()
    body = document().replace(base64.b64encode(FILE), two.encode())

    with pytest.raises(Malformed) as caught:
        split(body)

    assert [problem.path for problem in caught.value.problems] == [
        "edXML:AttachmentEncoded/edXML:Attachment[0]/edXML:ContentTransferEncoded"
    ]
