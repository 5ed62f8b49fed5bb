"""What the sieve lets through and what it keeps is together the whole; it refuses what the parser refuses."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.domain.errors import Malformed
from gateway.soap.sieve import Begun, Ended, Piece, Sieve
from gateway.xml import XmlBounds, parse_xml

NAME = "{urn:x}content"
SAFE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=30)


@st.composite
def documents(draw: st.DrawFn) -> etree._Element:
    """A tree in which some elements are watched."""
    root = etree.Element("{urn:x}root", nsmap={None: "urn:x", "y": "urn:y"})  # type: ignore[dict-item]  # the stubs forget the default namespace
    for _ in range(draw(st.integers(0, 4))):
        child = etree.SubElement(root, draw(st.sampled_from([NAME, "{urn:y}other", "plain"])))
        child.text = draw(SAFE)
        child.tail = draw(SAFE)
        child.set("{urn:y}a", draw(SAFE))
    return root


def sifted(data: bytes, size: int, bounds: XmlBounds | None = None) -> tuple[list[str], etree._Element]:
    sieve = Sieve({NAME}, bounds=bounds or XmlBounds())
    flows = [flow for piece in pieces(data, size) for flow in sieve.feed(piece)]
    rest, root = sieve.close()
    contents: list[str] = []
    for flow in [*flows, *rest]:
        match flow:
            case Begun():
                contents.append("")
            case Piece(text=text):
                contents[-1] += text
            case Ended():
                pass
    return contents, root


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for place in range(0, len(data), size):
        yield data[place : place + size]


@given(documents(), st.integers(1, 300))
def test_the_tree_and_what_went_through_are_the_document(root: etree._Element, size: int) -> None:
    data = etree.tostring(root, encoding="utf-8", xml_declaration=True)

    contents, kept = sifted(data, size)

    whole = parse_xml(data)
    assert contents == [one.text or "" for one in whole.iter(NAME)]
    for one in whole.iter(NAME):
        one.text = None
    assert etree.tostring(kept, method="c14n") == etree.tostring(whole, method="c14n")


@pytest.mark.parametrize("written", ["&amp;", "&#38;", "&#x26;", "&amp;#38;", "&lt;&gt;&quot;&apos;", "a &amp; b &amp;amp; c"])
def test_an_attribute_says_what_it_says_in_the_document(written: str) -> None:
    data = f'<r a="{written}"><s b="{written}">{written}</s></r>'.encode()

    _, kept = sifted(data, 7)

    assert etree.tostring(kept, method="c14n") == etree.tostring(parse_xml(data), method="c14n")


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"<!DOCTYPE a><a/>", "document type"),
        (b"<!--" + b" " * 9000 + b"--><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "document type"),
        (b"<a>" * 1000, "nested too deeply"),
        (b"<r>" + b"<a/>" * 1000, "too many of them"),
        (b"<r " + b" ".join(b'a%d="1"' % number for number in range(200)) + b"/>", "too many attributes"),
        (b"<r " + b" ".join(b'xmlns:a%d="u"' % number for number in range(200)) + b"/>", "too many namespaces"),
        (b"<r>" + b"x" * 20_000 + b"</r>", "at most 10000 characters"),
        (b"<r>&x;</r>", "well-formed"),
        (b"<r>", "cut off"),
        (b"", "cut off"),
        ("<r/>".encode("utf-16"), "UTF-8"),
        (b'<?xml version="1.0" encoding="windows-1258"?><r/>', "declare"),
    ],
)
def test_what_the_parser_refuses_is_refused_in_any_pieces(data: bytes, hint: str, size: int) -> None:
    begun = time.process_time()

    with pytest.raises(Malformed) as caught:
        sifted(data, size, XmlBounds(size=10_000, tags=500, depth=100))

    assert hint in caught.value.problems[0].hint
    assert time.process_time() - begun < 1


def test_a_long_content_is_never_whole_in_memory() -> None:
    sieve = Sieve({NAME})
    sieve.feed(b'<r xmlns="urn:x"><content>' + b" " * 5000)

    for _ in range(200):
        flows = sieve.feed(b"QUJD" * 64 * 1024)
        assert sum(len(flow.text) for flow in flows if isinstance(flow, Piece)) <= 300_000

    assert sieve.opened is not None
    assert sieve.opened[0].text is None
