"""Bodies of several parts are read as they arrive; what is cut off, broken or too much is refused."""

from __future__ import annotations

import base64
import quopri
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Malformed
from gateway.multipart import MimeLimits, read_media_type, read_parts, read_related


async def in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for place in range(0, len(content), size):
        yield content[place : place + size]


async def read(content: bytes, *, size: int = 1000, boundary: str = "b", limits: MimeLimits | None = None) -> list[bytes]:
    parts = read_parts(in_pieces(content, size), boundary, limits)
    return [await part.whole(10**7) async for part in parts]


async def refusal(content: bytes, *, boundary: str = "b", limits: MimeLimits | None = None) -> str:
    with pytest.raises(Malformed) as caught:
        await read(content, boundary=boundary, limits=limits)
    assert caught.value.code == "mime"
    return caught.value.problems[0].hint


def part(content: bytes, *lines: str) -> bytes:
    return b"--b\r\n" + "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + content + b"\r\n"


#: A sender chooses a boundary that no content holds.
CONTENTS = (st.binary(max_size=100) | st.sampled_from([b"\r\n", b"\r\n-", b"\r\n--", b"\r\n--c\r\n", b"\n-"])).filter(
    lambda content: b"--b" not in content
)


@given(
    st.lists(CONTENTS, max_size=5),
    st.integers(1, 200),
    st.sampled_from(["base64", "quoted-printable", "binary", "8bit"]),
)
async def test_contents_come_out_as_they_went_in(contents: list[bytes], size: int, encoding: str) -> None:
    def encoded(content: bytes) -> bytes:
        if encoding == "base64":
            return base64.encodebytes(content).replace(b"\n", b"\r\n")
        return quopri.encodestring(content).replace(b"\n", b"\r\n") if encoding == "quoted-printable" else content

    if encoding == "quoted-printable":
        contents = [content.replace(b"\n", b"").replace(b"\r", b"") for content in contents]
    body = b"".join(part(encoded(content), f"Content-Transfer-Encoding: {encoding}") for content in contents) + b"--b--\r\n"

    assert await read(body, size=size) == contents


@given(st.integers(1, 200))
async def test_what_the_mail_library_writes_is_read(size: int) -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "x"
    message.set_content("Đơn đăng ký\n", cte="quoted-printable")
    message.add_attachment(b"\0\1\2" * 50, maintype="application", subtype="pdf", filename="giấy.pdf", cid="<a@b>")
    message.set_boundary("b")
    head, _, body = message.as_bytes().partition(b"\r\n\r\n")
    assert b'boundary="b"' in head

    found = [(part.content_id, part.media_type.type, await part.whole(1000)) async for part in read_parts(in_pieces(body, size), "b")]

    assert found == [("", "text/plain", "Đơn đăng ký\r\n".encode()), ("a@b", "application/pdf", b"\0\1\2" * 50)]


async def test_bare_line_feeds_are_read_where_the_sender_writes_them_throughout() -> None:
    assert await read(b"--b\nA: 1\n\nx\r\n--b\n\n\ny\n--b--\n") == [b"x\r", b"\ny"]


async def test_preamble_padding_and_folded_lines_are_read() -> None:
    body = b"a word before\r\n--b  \t\r\nContent-Type: text/plain;\r\n\tname=x\r\n\r\nx\r\n--b--\r\nand after"
    parts = [(one.media_type.parameters, await one.whole(9)) async for one in read_parts(in_pieces(body, 3), "b")]

    assert parts == [({"name": "x"}, b"x")]


async def test_parts_without_lines_or_without_content_are_read() -> None:
    assert await read(b"--b\r\n\r\n--b\r\nA: 1\r\n\r\n--b\r\n\r\n\r\n--b--") == [b"", b"", b""]


async def test_what_is_left_of_a_part_is_passed_over() -> None:
    body = part(b"x" * 5000) + part(b"y") + b"--b--"
    seen = []
    async for one in read_parts(in_pieces(body, 100), "b"):
        async for chunk in one.chunks:
            seen.append(chunk[:1])
            break

    assert seen == [b"x", b"y"]


FAULTY = {
    "nothing": (b"", "cut off"),
    "no boundary": (b"x" * 100, "cut off"),
    "a long preamble": (b"x" * 100_000, "no part begins"),
    "cut off in a boundary": (b"--b", "cut off"),
    "cut off above a part": (b"--b\r\nA: 1\r\n", "cut off"),
    "cut off in a part": (part(b"x")[:-1], "cut off"),
    "cut off after a part": (part(b"x") + b"--b\r\n", "cut off"),
    "a line without name": (part(b"x", "no colon"), "broken"),
    "a name with a space": (part(b"x", "A b: c"), "broken"),
    "a line twice": (part(b"x", "A: 1", "a: 2"), "twice"),
    "too many lines": (part(b"x", *(f"A{number}: 1" for number in range(100))), "too many"),
    "a long line": (part(b"x", "A: " + "x" * 20_000), "at most"),
    "lines without end": (b"--b\r\n" + b"A: 1\r\n" * 100_000, "at most"),
    "a line with a null": (part(b"x", "A: \0"), "broken"),
    "lines not in UTF-8": (b"--b\r\nA: \xff\r\n\r\nx\r\n--b--", "UTF-8"),
    "a boundary that goes on": (b"--bb\r\n\r\nx\r\n--b--", "goes on"),
    "a boundary that never ends": (b"--b" + b" " * 1000, "goes on"),
    "a boundary that goes on after a part": (part(b"x") + b"--bx\r\n", "goes on"),
    "line ends of two kinds": (b"--b\r\n\r\nx\r\n--b\n\r\ny\r\n--b--", "goes on"),
    "an unknown transfer encoding": (part(b"x", "Content-Transfer-Encoding: x-uuencode"), "Content-Transfer-Encoding"),
    "broken base64": (part(b"%%%%", "Content-Transfer-Encoding: base64") + b"--b--", "base64"),
    "base64 cut off": (part(b"QUJ", "Content-Transfer-Encoding: base64") + b"--b--", "cut off"),
    "base64 after its end": (part(b"QQ==QUJD", "Content-Transfer-Encoding: base64") + b"--b--", "base64"),
    "broken quoted-printable": (part(b"=ZZ", "Content-Transfer-Encoding: quoted-printable") + b"--b--", "quoted-printable"),
    "a long quoted-printable line": (part(b"x" * 200_000, "Content-Transfer-Encoding: quoted-printable") + b"--b--", "too long"),
    "too many parts": (part(b"x") * 1000 + b"--b--", "at most 200 parts"),
}


@pytest.mark.parametrize(("content", "hint"), FAULTY.values(), ids=FAULTY)
async def test_a_faulty_body_is_refused_in_bounded_time(content: bytes, hint: str) -> None:
    begun = time.process_time()

    assert hint in await refusal(content)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("content", [b" " * 1_000_000, b"= \t" * 20_000, b" \t x" * 300_000], ids=["spaces", "escapes", "mixed"])
async def test_hostile_white_space_costs_little(content: bytes) -> None:
    body = part(content, "Content-Transfer-Encoding: quoted-printable", "A:" + " " * 15_000 + "x") + b"--b--"
    begun = time.process_time()

    await refusal(body)

    assert time.process_time() - begun < 1


@pytest.mark.parametrize("boundary", ["", " ", "x" * 80, "a\nb", "a\\b", "ấ"])
async def test_an_impossible_boundary_is_refused(boundary: str) -> None:
    assert "boundary" in await refusal(b"--b--", boundary=boundary)


async def test_the_root_must_come_first_and_must_fit() -> None:
    body = part(b"x" * 100, "Content-ID: <r>") + b"--b--"
    media_type = 'multipart/related; boundary=b; start="<{}>"'

    assert (await read_related(read_media_type(media_type.format("r")), in_pieces(body, 9))).root == b"x" * 100
    for other, limits in (("other", None), ("r", MimeLimits(root_bytes=99))):
        with pytest.raises(Malformed):
            await read_related(read_media_type(media_type.format(other)), in_pieces(body, 9), limits)
    with pytest.raises(Malformed):
        await read_related(read_media_type("multipart/form-data; boundary=b"), in_pieces(body, 9))
    with pytest.raises(Malformed):
        await read_related(read_media_type("multipart/related; boundary=b"), in_pieces(b"--b--", 9))


@pytest.mark.parametrize(
    ("text", "kind", "parameters"),
    [
        ("text/xml", "text/xml", {}),
        ("Text/XML; charset=utf-8", "text/xml", {"charset": "utf-8"}),
        ('a/b; Type="c/d" ;start=<x@y>;', "a/b", {"type": "c/d", "start": "<x@y>"}),
        (r'a/b; x="y\"; z=\\"', "a/b", {"x": '"; z=\\'[0:0] + 'y"; z=\\'}),
        ("multipart/related;boundary=----=_Part_1_2.3", "multipart/related", {"boundary": "----=_Part_1_2.3"}),
    ],
)
def test_a_media_type_is_read(text: str, kind: str, parameters: dict[str, str]) -> None:
    found = read_media_type(text)

    assert (found.type, found.parameters) == (kind, parameters)
    assert read_media_type(str(found)) == found


@pytest.mark.parametrize("text", ["", "/", "a/b c", 'a/b; x="y', "a/b; x=1; X=2", "a/b; =", "a/b" + ";" * 3000, "a/b; x"])
def test_a_broken_media_type_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_media_type(text)
