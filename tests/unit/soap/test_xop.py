"""Attachments travel with a message and come out again, by XOP and beside it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.multipart import RelatedPart, RelatedWriter, read_media_type, read_related
from gateway.soap import (
    SOAP_12,
    SoapVersion,
    cid_of,
    include_element,
    includes,
    mtom_writer,
    read_envelope,
    swa_writer,
    version_of,
    write_envelope,
)
from gateway.soap.version import VERSIONS


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for place in range(0, len(content), size):
        yield content[place : place + size]


async def all_of(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
@given(
    contents=st.lists(st.binary(max_size=200) | st.just(b"\r\n--ranh\r\n") | st.just(b"\r\n--ranh-gio"), max_size=4),
    size=st.integers(1, 300),
)
async def test_contents_written_by_xop_are_read_again_in_any_pieces(version: SoapVersion, contents: list[bytes], size: int) -> None:
    ids = [f"{number} phần/{number}@x" for number in range(len(contents))]
    body = etree.Element("{urn:x}papers")
    for name in ids:
        etree.SubElement(body, "{urn:x}paper").append(include_element(name))
    parts = [
        RelatedPart(content_id=name, media_type="application/pdf", chunks=once(content), size=len(content))
        for name, content in zip(ids, contents, strict=True)
    ]
    writer = mtom_writer("ranh-gioi-4711", version, write_envelope(version, body), parts)

    written = await all_of(writer.chunks())
    related = await read_related(read_media_type(writer.content_type), in_pieces(written, size))
    read = [(part.content_id, await part.whole(1000)) async for part in related.parts]

    assert writer.size == len(written)
    assert read == list(zip(ids, contents, strict=True))
    assert related.root_type.type == "application/xop+xml"
    assert version_of(related.root_type.parameters["type"]) is version
    found = read_envelope(related.root, charset=related.root_type.parameters["charset"])
    assert found.body is not None
    assert [name for _, name in includes(found.body)] == ids


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
async def test_attachments_beside_the_message_are_read(version: SoapVersion) -> None:
    envelope = write_envelope(version, etree.Element("{urn:x}a"))
    part = RelatedPart(content_id="giay-1", media_type="text/plain", chunks=once(b"x"), name='giấy "1".pdf')
    writer = swa_writer("b", version, envelope, [part])

    related = await read_related(read_media_type(writer.content_type), writer.chunks())
    (found,) = [(part.content_id, part.disposition.parameters["filename"], await part.whole(9)) async for part in related.parts]

    assert writer.size is None
    assert related.root == envelope
    assert related.root_type.type == version.media_type
    assert found == ("giay-1", 'giấy "1".pdf', b"x")


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("cid:a@b", "a@b"),
        ("CID:a%40b", "a@b"),
        ("cid:%3Ca@b%3E", "a@b"),
        ("cid:<a@b>", "a@b"),
        ("http://127.0.0.1/", ""),
        ("a@b", ""),
        ("", ""),
    ],
)
def test_a_reference_names_a_part_however_it_is_written(reference: str, name: str) -> None:
    assert cid_of(reference) == name


def test_an_include_that_is_not_alone_stands_for_nothing() -> None:
    element = etree.fromstring('<a xmlns:x="http://www.w3.org/2004/08/xop/include">text<x:Include href="cid:a"/></a>')

    assert [name for _, name in includes(element)] == [""]


async def test_a_part_of_another_size_than_told_is_noticed() -> None:
    part = RelatedPart(content_id="a", media_type="text/plain", chunks=once(b"xyz"), size=2)

    with pytest.raises(ValueError, match="size"):
        await all_of(swa_writer("b", SOAP_12, b"<a/>", [part]).chunks())


async def test_a_large_content_passes_in_little_memory() -> None:
    piece = bytes(range(256)) * 1024

    async def large() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield piece

    writer = swa_writer("b", SOAP_12, b"<a/>", [RelatedPart(content_id="a", media_type="text/plain", chunks=large())])
    related = await read_related(read_media_type(writer.content_type), writer.chunks())
    hashed, longest = hashlib.sha256(), 0
    async for part in related.parts:
        async for chunk in part.chunks:
            hashed.update(chunk)
            longest = max(longest, len(chunk))

    assert hashed.hexdigest() == hashlib.sha256(piece * 400).hexdigest()
    assert longest <= 2 * len(piece)


async def test_a_part_tells_the_encoding_that_its_reader_wants_to_hear() -> None:
    parts = [
        RelatedPart(content_id="a", media_type="text/xml", chunks=once(b"<a/>"), encoding="8bit"),
        RelatedPart(content_id="b", media_type="application/pdf", chunks=once(b"%PDF")),
    ]

    written = await all_of(RelatedWriter("ranh-gioi", parts, root_type="text/xml").chunks())

    assert written.count(b"Content-Transfer-Encoding: 8bit\r\n") == written.count(b"Content-Transfer-Encoding: binary\r\n") == 1
