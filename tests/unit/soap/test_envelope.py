"""Envelopes of both versions are read and written; what is no envelope of ours is refused with the code of its fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.domain.errors import Malformed
from gateway.soap import SOAP_11, SOAP_12, SoapVersion, read_envelope, require_understood, version_of, write_envelope
from gateway.soap.version import VERSIONS

BOTH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=50)


def envelope(version: SoapVersion, inner: str = "<Body><a xmlns=''/></Body>", attributes: str = "") -> bytes:
    return f'<Envelope xmlns="{version.namespace}" xmlns:s="{version.namespace}"{attributes}>{inner}</Envelope>'.encode()


def refusal(data: bytes, version: SoapVersion | None = None) -> str:
    with pytest.raises(Malformed) as caught:
        read_envelope(data, version=version)
    return caught.value.code


@given(st.sampled_from(VERSIONS), NAMES, TEXTS, st.lists(NAMES, max_size=3))
def test_what_is_written_is_read_again(version: SoapVersion, name: str, text: str, headers: list[str]) -> None:
    body = etree.Element(f"{{urn:x}}{name}")
    body.text = text

    found = read_envelope(write_envelope(version, body, [etree.Element(f"{{urn:h}}{one}") for one in headers]), version=version)

    assert found.version is version
    assert found.body is not None
    assert (found.body.tag, found.body.text or "") == (f"{{urn:x}}{name}", text)
    assert [block.element.tag for block in found.headers] == [f"{{urn:h}}{one}" for one in headers]


@BOTH
def test_an_empty_body_is_read(version: SoapVersion) -> None:
    assert read_envelope(envelope(version, "<Header/><Body/>")).body is None


@BOTH
@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<Body><a/></Body><Body><b/></Body>",
        "<Body><a/><b/></Body>",
        "<Body>x<a/></Body>",
        "<Body><a/>x</Body>",
        "x<Body><a/></Body>",
        "<Body><a/></Body>x",
        "<Header/>",
        "<Body><a/></Body><Header/>",
        "<Header/><Header/><Body><a/></Body>",
        "<Header/><Body><a/></Body><more/>",
        "<s2:Body xmlns:s2='urn:other'><a/></s2:Body>",
        '<Header><h xmlns="urn:h" s:mustUnderstand="perhaps"/></Header><Body><a/></Body>',
    ],
)
def test_what_is_not_one_header_and_one_body_is_refused(version: SoapVersion, inner: str) -> None:
    assert refusal(envelope(version, inner)) == "not_soap"


def test_an_unknown_namespace_is_a_version_mismatch() -> None:
    assert refusal(b'<Envelope xmlns="http://www.w3.org/2001/12/soap-envelope"><Body/></Envelope>') == "version_mismatch"
    assert refusal(b"<Envelope><Body/></Envelope>") == "version_mismatch"
    assert refusal(b"<html/>") == "not_soap"
    assert refusal(b"{}") == "not_xml"


def test_the_media_type_and_the_envelope_must_be_of_one_version() -> None:
    assert version_of("text/xml") is SOAP_11
    assert version_of("application/soap+xml") is SOAP_12
    assert version_of("application/json") is None
    assert refusal(envelope(SOAP_11), SOAP_12) == "version_mismatch"
    assert refusal(envelope(SOAP_12), SOAP_11) == "version_mismatch"


@BOTH
def test_every_block_that_must_be_understood_and_is_not_is_named(version: SoapVersion) -> None:
    role = f's:{version.role}="{version.next_role}"'
    inner = (
        '<Header><a xmlns="urn:a" s:mustUnderstand="1"/><b xmlns="urn:b"/><c xmlns="urn:c" s:mustUnderstand="1"/>'
        f'<d xmlns="urn:d" s:mustUnderstand="1" s:{version.role}="urn:somebody-else"/><e xmlns="urn:e" s:mustUnderstand="1" {role}/>'
        "</Header><Body/>"
    )

    with pytest.raises(Malformed) as caught:
        require_understood(read_envelope(envelope(version, inner)), {"{urn:a}a"})

    assert caught.value.code == "must_understand"
    assert [(problem.path, problem.found) for problem in caught.value.problems] == [("Header[2]", "{urn:c}c"), ("Header[4]", "{urn:e}e")]
