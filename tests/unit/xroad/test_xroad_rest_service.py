"""The REST service behind the own security server: files first, then the transfer; errors are problems."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.connector_desk import canonical
from tests.xroad_sides import Offering, answer_of, offering, rest_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.sdk import Transfer

PAPER = b"%PDF-1.4 giay chung sinh" * 100
SHA256 = hashlib.sha256(PAPER).hexdigest()
IDS = [{"value": "H21.129-260302-0042", "scheme": "dossier"}]
ACCEPTED = canonical("accepted", {"identifiers": IDS, "status": {"canonical": "accepted"}})
OTHER = "VN/GOV/H22/khac"


@pytest.fixture
async def side() -> AsyncIterator[Offering]:
    async with offering() as opened:
        yield opened


def naming(sha256: str) -> Transfer:
    file = {"name": "giay.pdf", "sha256": sha256}
    return canonical("accepted", {"identifiers": IDS, "components": [{"name": "Giấy chứng sinh", "attachments": [file]}]})


async def test_by_rest_files_come_first_and_the_transfer_names_them(side: Offering) -> None:
    asked = rest_call("GET", "attachments", query={"sha256": SHA256})
    before = answer_of(await side.handle(asked))
    stored = await side.handle(rest_call("PUT", "attachments", PAPER, query={"sha256": SHA256}))
    after = answer_of(await side.handle(asked))

    answer = await side.handle(rest_call("POST", "transfers", msgspec.json.encode(naming(SHA256)), x_road_id="k-9"))

    assert (before, stored.status, after) == ({"known": False}, 200, {"known": True})
    assert side.blobs.contents == {SHA256: PAPER}
    assert (answer.status, answer_of(answer)["message_id"]) == (200, "k-9")
    assert side.tray.transfers["k-9"].dossier == naming(SHA256).dossier


async def test_by_rest_it_is_told_what_arrived(side: Offering) -> None:
    await side.handle(rest_call("POST", "transfers", msgspec.json.encode(ACCEPTED)))

    known = answer_of(await side.handle(rest_call("GET", "transfers", query={"message_id": "k-1"}, x_road_id="q")))
    unknown = answer_of(await side.handle(rest_call("GET", "transfers", query={"message_id": "k-2"}, x_road_id="q")))

    assert known["known"]
    assert known["receipt"]["message_id"] == "k-1"
    assert unknown == {"known": False}


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"x_road_client": OTHER}, 403, "not_permitted"),
        ({"x_road_client": "VN/GOV/%2e%2e/x"}, 422, "InvalidClientIdentifier"),
        ({"x_road_client": ""}, 422, "InvalidClientIdentifier"),
        ({"x_road_id": ""}, 422, "malformed"),
        ({"x_road_id": "có dấu"}, 422, "malformed"),
        ({"content_type": "text/plain"}, 422, "malformed"),
    ],
)
async def test_by_rest_a_call_that_breaks_a_rule_is_a_problem(side: Offering, said: dict[str, Any], status: int, code: str) -> None:
    answer = await side.handle(rest_call("POST", "transfers", msgspec.json.encode(ACCEPTED), **said))

    assert (answer.status, answer.media_type, answer_of(answer)["code"]) == (status, "application/problem+json", code)
    assert side.tray.transfers == {}


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("PUT", "attachments", {"sha256": "0" * 64}),
        ("PUT", "attachments", {"sha256": "x"}),
        ("PUT", "attachments", {}),
        ("GET", "attachments", {"sha256": f"{SHA256}\n"}),
        ("GET", "transfers", {}),
        ("GET", "transfers", {"message_id": "a b"}),
    ],
)
async def test_by_rest_a_query_that_names_nothing_is_a_problem(side: Offering, method: str, path: str, query: dict[str, str]) -> None:
    answer = await side.handle(rest_call(method, path, PAPER, query=query))

    assert (answer.status, answer_of(answer)["code"]) == (422, "malformed")


async def test_by_rest_a_long_transfer_and_one_that_is_no_json_are_problems(side: Offering) -> None:
    long = await side.handle(rest_call("POST", "transfers", b" " * (2 * 1024 * 1024 + 1)))
    none = await side.handle(rest_call("POST", "transfers", b"[" * 100_000))

    assert [answer_of(one)["code"] for one in (long, none)] == ["too_large", "not_json"]
