"""The hash that binds an answer to its request, in both protocols."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from connectors.xroad.request_hash import SHA512, is_hash_of, rest_hash

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
MESSAGE = b"<Envelope/>"
HEADERS = [("X-Road-Client", "VN/GOV/H21/lt"), ("X-Road-Id", "k-1"), ("Accept", "application/json"), ("User-Agent", "x"), ("Host", "ss")]


def base64_of(algorithm: str, content: bytes) -> str:
    return b64encode(hashlib.new(algorithm, content).digest()).decode()


@pytest.mark.parametrize(("uri", "name"), [(SHA512, "sha512"), (SHA256, "sha256")])
def test_the_hash_of_a_soap_message_is_known_again_also_on_several_lines(uri: str, name: str) -> None:
    text = base64_of(name, MESSAGE)

    assert is_hash_of(text, uri, MESSAGE)
    assert is_hash_of(f"\n  {text[:20]}\n  {text[20:]}\n", uri, MESSAGE)


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (base64_of("sha512", b"another"), SHA512),
        (base64_of("sha256", MESSAGE), SHA512),
        (base64_of("sha1", MESSAGE), SHA1),
        (base64_of("sha512", MESSAGE), "sha512"),
        ("", SHA512),
        ("không phải base64", SHA512),
    ],
)
def test_every_other_hash_is_refused_and_sha_1_too(text: str, algorithm: str) -> None:
    assert not is_hash_of(text, algorithm, MESSAGE)


def test_the_hash_of_a_rest_request_is_over_its_head_as_the_security_server_writes_it() -> None:
    head = b"GET\r\n/r1/VN/GOV/G22/s/a?x=1\r\nX-Road-Client:VN/GOV/H21/lt\r\nX-Road-Id:k-1\r\nAccept:application/json\r\nX-Road-Request-Id:r-1\r\n"

    assert rest_hash("GET", "/r1/VN/GOV/G22/s/a?x=1", HEADERS, "r-1", None) == base64_of("sha512", head)


def test_a_body_is_hashed_by_itself_and_then_with_the_head() -> None:
    body = hashlib.sha512(b"{}").digest()
    head = hashlib.sha512(b"POST\r\n/r1/a\r\nX-Road-Request-Id:r-1\r\n").digest()

    assert rest_hash("POST", "/r1/a", [("content-length", "2")], "r-1", body) == base64_of("sha512", head + body)


@pytest.mark.parametrize(
    "other",
    [
        rest_hash("POST", "/r1/a", HEADERS, "r-1", None),
        rest_hash("GET", "/r1/b", HEADERS, "r-1", None),
        rest_hash("GET", "/r1/a", HEADERS, "r-2", None),
        rest_hash("GET", "/r1/a", HEADERS[::-1], "r-1", None),
        rest_hash("GET", "/r1/a", HEADERS, "r-1", b""),
    ],
)
def test_whatever_differs_in_a_request_differs_in_its_hash(other: str) -> None:
    assert rest_hash("GET", "/r1/a", HEADERS, "r-1", None) != other
