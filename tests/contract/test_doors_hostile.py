"""Bad input at the doors: a clear 4xx within the time limit, as a problem document; never a 5xx, never a hang, nothing half accepted."""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.doors import QUICK, Visit, key_of, open_visit, transfer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOOD = msgspec.json.encode(transfer())


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


def swapped(old: bytes, new: bytes) -> bytes:
    """The good body with a piece exchanged."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def deep(opening: bytes, closing: bytes, levels: int) -> bytes:
    """The good body with something nested in its extensions."""
    return swapped(b'"dossier":{', b'"dossier":{"extensions":{"x":' + opening * levels + b"1" + closing * levels + b"},")


HOSTILE: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 400),
    "blank": (b" \n", 400),
    "cut off": (GOOD[:-10], 400),
    "something after": (GOOD + b"{}", 400),
    "not JSON": (b"<xml/>", 400),
    "NaN": (swapped(b'"dossier":{', b'"dossier":{"extensions":{"x":NaN},'), 400),
    "Infinity": (swapped(b'"dossier":{', b'"dossier":{"extensions":{"x":-Infinity},'), 400),
    "a number beyond all": (swapped(b'"dossier":{', b'"dossier":{"extensions":{"x":1e400},'), 422),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 400),
    "UTF-16": (GOOD.decode().encode("utf-16"), 400),
    "Latin-1": (GOOD.decode().replace("ễ", "é").replace("ă", "a").replace("ử", "u").encode("latin-1"), 400),
    "a lone surrogate": (swapped(b"1.012784", rb"\ud800"), 400),
    "fifty thousand lists": (b"[" * 50_000, 422),
    "lists nested in the extensions": (deep(b"[", b"]", 5000), 422),
    "objects nested in the extensions": (deep(b'{"a":', b"}", 5000), 422),
    "nested a little too deep": (deep(b"[", b"]", 70), 422),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "a text": (b'"hello"', 422),
    "an empty object": (b"{}", 422),
    "an unknown field": (swapped(b'"event":', b'"evnt":1,"event":'), 422),
    "a wrong type": (swapped(b'"m-1"', b"1"), 422),
    "a name twice": (swapped(b'"message_id":', b'"message_id":"m-0","message_id":'), 422),
    "a name twice, deep inside": (swapped(b'"scheme":', b'"scheme":"national","scheme":'), 422),
    "a control character": (swapped(b"1.012784", rb"1.01\u0000"), 422),
    "another control character": (swapped(b"1.012784", rb"1.01\b"), 422),
    "what XML cannot carry": (swapped(b"1.012784", "1.0\uffff".encode()), 422),
    "an unknown event": (swapped(b'"submitted"', b'"submited"'), 422),
    "a line break in the id": (swapped(b'"m-1"', rb'"m-1\r\nX-Evil: 1"'), 422),
    "an unknown recipient": (swapped(b'"event":', b'"recipients":["H99.1"],"event":'), 422),
    "a recipient that is the sender": (swapped(b'"event":', b'"recipients":["mot-cua"],"event":'), 422),
    "another version of the form": (swapped(b'"event":', b'"schema":"dossier/9","event":'), 422),
    "an incomplete submission": (GOOD.replace(b'"procedure":{"code":"1.012784"},', b""), 422),
}


@pytest.mark.parametrize(("body", "status"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_body_is_refused_with_its_faults_and_nothing_is_accepted(visit: Visit, body: bytes, status: int) -> None:
    found, problem = await visit.send(body)

    assert (found, problem["status"]) == (status, status)
    assert problem["type"].startswith("urn:vn:lienthong:problem:")
    assert problem.get("problems") or problem["code"] in {"no_route", "conflict"}
    assert "Nguy" not in str(problem)
    assert (await visit.ask("GET", "/v1/deliveries"))[1]["deliveries"] == []
    assert (await visit.send(GOOD))[0] == 202


async def test_every_fault_of_a_transfer_is_listed_with_path_and_rule(visit: Visit) -> None:
    body = transfer(foo=1, event={"kind": "submited", "occurred_at": "yesterday"}) | {"message_id": 5}
    body["dossier"] |= {"identifiers": [], "applicant": {"kind": "citizen", "name": 7, "born_on": "01/02/1990", "contact": []}}

    _, problem = await visit.send(body)

    assert {(one["path"], one["rule"], one["found"]) for one in problem["problems"]} >= {
        ("message_id", "must be of type string", "a number"),
        ("foo", "no such field", "a number"),
        ("dossier.identifiers", "at least 1 elements", "a list of 0"),
        ("dossier.applicant.name", "must be of type string", "a number"),
        ("dossier.applicant.contact", "must be of type object", "a list of 0"),
    }
    assert {one["path"] for one in problem["problems"]} >= {"event.kind", "event.occurred_at", "dossier.applicant.born_on"}
    assert next(one for one in problem["problems"] if one["path"] == "event.kind")["hint"] == "perhaps submitted"


async def test_faults_name_no_value_of_the_document(visit: Visit) -> None:
    body = transfer()
    body["dossier"]["applicant"] |= {"born_on": "Bí mật", "gender": "Bí mật", "Bí mật": 1, "identity_documents": [{"kind": "Bí mật"}]}

    status, problem = await visit.send(body)

    assert status == 422
    assert len(problem["problems"]) == 5
    assert "mật" not in str(problem)


@pytest.mark.parametrize(("elements", "code", "told"), [(40_000, "malformed", 100), (900_000, "too_many_values", 1)])
async def test_a_huge_number_of_faults_is_told_in_part_and_in_no_time(tmp_path: Path, elements: int, code: str, told: int) -> None:
    limits = msgspec.structs.replace(QUICK, body_bytes=2 * 1024 * 1024)
    body = swapped(b'"dossier":{', b'"dossier":{"components":[' + b"1," * elements + b"1],")

    json = {"Content-Type": "application/json"}
    async with (
        open_visit(tmp_path, limits=limits) as visit,
        asyncio.timeout(3),
        visit["mot-cua"].post("/v1/transfers", data=io.BytesIO(body), headers=json) as answer,
    ):
        problem = await answer.json(content_type=None)

    assert (answer.status, problem["code"], len(problem["problems"])) == (422, code, told)
    assert told == 1 or problem["detail"] == "the first 100 faults"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, GOOD, 415),
        ({"Content-Type": "application/xml"}, GOOD, 415),
        ({"Content-Type": ""}, GOOD, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, GOOD.decode().encode("utf-16"), 400),
        ({"Content-Encoding": "compress"}, GOOD, 415),
        ({"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(GOOD)), 415),
        ({"Content-Encoding": "gzip"}, b"not packed", 400),
        ({"Content-Encoding": "gzip"}, gzip.compress(GOOD)[:-20], 400),
        ({"Content-Encoding": "gzip"}, gzip.compress(b" " * 10_000_000), 413),
        ({"Content-Encoding": "deflate"}, zlib.compress(b" " * 10_000_000), 413),
        ({}, b" " * (QUICK.body_bytes + 1), 413),
        ({"Idempotency-Key": "khóa"}, GOOD, 422),
        ({"Idempotency-Key": "x" * 500}, msgspec.json.encode(transfer(None)), 422),
        ({"Idempotency-Key": "a b"}, msgspec.json.encode(transfer(None)), 422),
        ({"Idempotency-Key": "k"}, b"{}", 422),
        ({"Idempotency-Key": "k"}, b"[" * 50_000, 422),
        ({"Idempotency-Key": "k"}, b"\xff", 400),
        ({"X-Big": "x" * 9000}, GOOD, 431),
    ],
)
async def test_hostile_headers_are_refused(visit: Visit, headers: dict[str, str], body: bytes, status: int) -> None:
    found, problem = await visit.send(body, headers=headers)

    assert (found, problem["status"]) == (status, status)


@pytest.mark.parametrize("packed", [("gzip", gzip.compress(GOOD)), ("deflate", zlib.compress(GOOD))], ids=["gzip", "deflate"])
async def test_a_packed_body_is_taken(visit: Visit, packed: tuple[str, bytes]) -> None:
    assert (await visit.send(packed[1], headers={"Content-Encoding": packed[0]}))[0] == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {key_of('mot-cua')}"},
        {"Authorization": "Bearer khóa-sai"},
        {"X-Api-Key": "wrong"},
        {"X-Api-Key": ""},
    ],
)
async def test_a_wrong_key_is_not_let_in(visit: Visit, headers: dict[str, str]) -> None:
    async with visit[""].post(f"/v1/transfers?key={key_of('mot-cua')}", data=GOOD, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_key_may_come_in_its_own_header(visit: Visit) -> None:
    assert (await visit.send(GOOD, system="", headers={"X-Api-Key": key_of("mot-cua")}))[0] == 202


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nothing", 404, None),
        ("GET", "/v2/transfers", 404, None),
        ("POST", "/v1/transfers/", 404, None),
        ("GET", "/v1/transfers", 405, "POST"),
        ("DELETE", "/v1/transfers/x", 405, "GET, HEAD"),
        ("PATCH", "/v1/attachments/x", 405, "GET, HEAD, PUT"),
        ("POST", "/healthz", 405, "GET, HEAD"),
        ("OPTIONS", "/v1/transfers", 204, "POST"),
        ("OPTIONS", "/nothing", 404, None),
    ],
)
async def test_a_path_or_method_that_is_not_there_is_told(visit: Visit, method: str, path: str, status: int, allow: str | None) -> None:
    async with visit["mot-cua"].request(method, path) as answer:
        assert answer.status == status
        assert answer.headers.get("Allow") == allow
        assert status == 204 or answer.content_type == "application/problem+json"


async def test_head_answers_as_get_without_a_body(visit: Visit) -> None:
    for path in ("/healthz", "/v1/deliveries", "/v1/docs"):
        async with visit["mot-cua"].head(path) as answer:
            assert (answer.status, await answer.read()) == (200, b"")


@pytest.mark.parametrize(("said", "kept"), [("abc-1.2_3", True), ("x" * 65, False), ("a b", False), ("<script>", False)])
async def test_the_callers_request_id_comes_back_when_it_is_harmless(visit: Visit, said: str, kept: bool) -> None:
    async with visit[""].get("/nothing", headers={"X-Request-Id": said}) as answer:
        assert (answer.headers["X-Request-Id"] == said) is kept
        assert answer.headers["Server"] == "lienthong"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ---- below HTTP -----------------------------------------------------------------------------------------------------


async def spoken(address: str, *pieces: bytes, pause: float = 0.0, patience: float = 6.0) -> bytes:
    """Say something on a connection, and read what comes until it is closed."""
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        async with asyncio.timeout(patience):
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
                return await reader.read(-1)
            except ConnectionError:
                return b""
    finally:
        writer.close()


def head(*lines: str, target: str = "POST /v1/transfers") -> bytes:
    """The head of a request with a key."""
    said = [f"{target} HTTP/1.1", "Host: x", f"Authorization: Bearer {key_of('mot-cua')}", "Content-Type: application/json", *lines]
    return "\r\n".join([*said, "", ""]).encode()


def parted(answer: bytes) -> tuple[int, bytes, Any]:
    """Take a raw answer apart: status, head, document."""
    start, _, body = answer.partition(b"\r\n\r\n")
    return int(start.split(b" ")[1]), start, msgspec.json.decode(body)


async def test_a_body_that_stalls_is_answered_408_within_the_limit(visit: Visit) -> None:
    begun = asyncio.get_running_loop().time()

    status, start, problem = parted(await spoken(visit.address, head("Content-Length: 1000") + b'{"message_id"'))

    assert (status, problem["code"]) == (408, "too_slow")
    assert b"Connection: close" in start
    assert asyncio.get_running_loop().time() - begun < QUICK.read_seconds + 3


async def test_a_body_that_trickles_is_cut_within_the_limit(visit: Visit) -> None:
    answer = await spoken(visit.address, head("Content-Length: 1000"), *([b" "] * 20), pause=0.1)

    assert parted(answer)[0] == 408


@pytest.mark.parametrize("piece", [b"", b"POST /v1/transfers HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "])
async def test_a_head_that_never_ends_is_cut(visit: Visit, piece: bytes) -> None:
    assert await spoken(visit.address, piece, patience=QUICK.keepalive_seconds + 3) == b""


async def test_a_head_that_trickles_is_cut(visit: Visit) -> None:
    begun = asyncio.get_running_loop().time()
    await spoken(visit.address, b"GET / HTTP/1.1\r\n", *([b"X"] * 40), pause=0.1)

    assert asyncio.get_running_loop().time() - begun < QUICK.keepalive_seconds + 3.5


async def test_an_idle_connection_is_closed(visit: Visit) -> None:
    answer = await spoken(visit.address, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", patience=QUICK.keepalive_seconds + 3)

    assert parted(answer)[0] == 200


SMUGGLED = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "an unknown method": b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
    "another protocol": b"GET / SPDY/3\r\nHost: x\r\n\r\n",
    "length and chunks": head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "two lengths": head("Content-Length: 5", "Content-Length: 6") + b"hello",
    "a negative length": head("Content-Length: -1"),
    "a length in words": head("Content-Length: five"),
    "a folded header": head("X-A: b", " c"),
    "a space before the colon": head("X-A : b"),
    "a NUL in a header": head("X-A: b\x00c"),
    "a long target": head(target="GET /" + "a" * 10_000),
    "a thousand long headers": head(*(f"X-{number}: {'x' * 8000}" for number in range(40))),
}


@pytest.mark.parametrize("said", SMUGGLED.values(), ids=SMUGGLED.keys())
async def test_what_http_cannot_read_is_answered_as_a_problem_and_the_connection_closed(visit: Visit, said: bytes) -> None:
    status, start, problem = parted(await spoken(visit.address, said))

    assert status in {400, 431}
    assert problem["status"] == status
    assert b"application/problem+json" in start
    assert b"aiohttp" not in start


async def test_a_bad_chunk_is_refused(visit: Visit) -> None:
    answer = await spoken(visit.address, head("Transfer-Encoding: chunked") + b"zz\r\nhello\r\n")

    assert parted(answer)[0] == 400


@pytest.mark.parametrize(("expects", "continued"), [("100-continue", True), ("a-miracle", False)])
async def test_who_waits_to_be_asked_for_the_body_is_asked(visit: Visit, expects: str, continued: bool) -> None:
    answer = await spoken(visit.address, head(f"Content-Length: {len(GOOD)}", f"Expect: {expects}", "Connection: close") + GOOD)

    assert answer.startswith(b"HTTP/1.1 100 Continue") is continued
    assert b" 202 Accepted" in answer


async def test_two_requests_in_one_go_are_answered_in_order(visit: Visit) -> None:
    one = head(f"Content-Length: {len(GOOD)}") + GOOD
    answer = await spoken(visit.address, one + one)

    assert answer.index(b" 202 Accepted") < answer.index(b" 200 OK")
