"""The doors of transfers, deliveries and dossiers, over real HTTP on a real gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.doors import Visit, open_visit, transfer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


async def test_a_sent_transfer_is_answered_with_a_receipt_and_where_to_find_it(visit: Visit) -> None:
    async with visit["mot-cua"].post("/v1/transfers", json=transfer()) as answer:
        receipt = await answer.json()

    assert answer.status == 202
    assert receipt["message_id"] == "m-1"
    assert receipt["destinations"] == ["so-tu-phap"]
    assert answer.headers["Location"] == f"/v1/transfers/{receipt['transfer_id']}"
    assert (await visit.ask("GET", answer.headers["Location"] + "/receipt")) == (200, receipt)


async def test_the_same_message_again_is_answered_with_the_stored_receipt(visit: Visit) -> None:
    _, first = await visit.send(transfer())

    assert await visit.send(transfer()) == (200, first)


async def test_twenty_at_once_make_one_transfer(visit: Visit) -> None:
    answers = await asyncio.gather(*(visit.send(transfer()) for _ in range(20)))

    assert sorted(status for status, _ in answers) == [200] * 19 + [202]
    assert len({receipt["transfer_id"] for _, receipt in answers}) == 1


async def test_the_same_message_id_with_other_content_is_a_conflict(visit: Visit) -> None:
    await visit.send(transfer())
    status, problem = await visit.send(transfer(code="H40.10-260302-0002"))

    assert (status, problem["code"]) == (422, "conflict")


@pytest.mark.parametrize("header", ["k-1", '"k-1"'], ids=["plain", "quoted as the draft writes it"])
async def test_an_idempotency_key_is_the_message_id_where_the_body_has_none(visit: Visit, header: str) -> None:
    status, receipt = await visit.send(transfer(None), headers={"Idempotency-Key": header})
    again, repeated = await visit.send(transfer("k-1"))

    assert (status, receipt["message_id"]) == (202, "k-1")
    assert (again, repeated) == (200, receipt)


async def test_an_idempotency_key_that_differs_from_the_message_id_is_refused(visit: Visit) -> None:
    status, problem = await visit.send(transfer("m-1"), headers={"Idempotency-Key": "k-1"})

    assert (status, problem["code"]) == (422, "key_differs")


async def test_after_a_refusal_the_same_message_id_may_be_sent_mended(visit: Visit) -> None:
    status, _ = await visit.send(transfer(recipients=["H99"]))
    assert status == 422

    assert (await visit.send(transfer()))[0] == 202


async def test_a_system_sees_what_it_sent_or_receives_and_nothing_else(visit: Visit) -> None:
    _, receipt = await visit.send(transfer())
    path = f"/v1/transfers/{receipt['transfer_id']}"

    for place in (path, f"{path}/receipt", f"{path}/deliveries", f"/v1/dossiers/{receipt['dossier_id']}/trace"):
        assert (await visit.ask("GET", place, system="mot-cua"))[0] == 200
        assert (await visit.ask("GET", place, system="so-tu-phap"))[0] == 200
        assert (await visit.ask("GET", place, system="nguoi-la"))[0] == 404


async def test_a_transfer_is_read_with_its_content(visit: Visit) -> None:
    _, receipt = await visit.send(transfer())

    _, view = await visit.ask("GET", f"/v1/transfers/{receipt['transfer_id']}", system="so-tu-phap")

    assert view["record"]["receipt"] == receipt
    assert view["transfer"]["dossier"] == transfer()["dossier"]


async def test_a_receiver_does_not_see_the_deliveries_to_others(visit: Visit) -> None:
    _, receipt = await visit.send(transfer(recipients=["so-tu-phap", "so-y-te"]))
    path = f"/v1/transfers/{receipt['transfer_id']}/deliveries"

    assert destinations(await visit.ask("GET", path)) == ["so-tu-phap", "so-y-te"]
    assert destinations(await visit.ask("GET", path, system="so-y-te")) == ["so-y-te"]


@pytest.mark.parametrize("code", ["H40.10-260302-0001", "12/HS-TP 2026", "Số 5 – 100%", "a?b#c"])
async def test_a_dossier_is_followed_by_any_id_url_encoded(visit: Visit, code: str) -> None:
    _, receipt = await visit.send(transfer(code=code))

    status, trace = await visit.ask("GET", f"/v1/dossiers/{quote(code, safe='')}/trace?scheme=dossier")

    assert status == 200
    assert [record["id"] for record in trace["transfers"]] == [receipt["transfer_id"]]
    assert [one["state"] for one in trace["deliveries"]] == ["queued"]
    assert (await visit.ask("GET", f"/v1/dossiers/{quote(code, safe='')}/trace?scheme=national"))[0] == 404


async def test_a_list_is_paged_by_cursor_without_gap_or_repetition(visit: Visit) -> None:
    for number in range(7):
        await visit.send(transfer(f"m-{number}", code=f"c-{number}"))

    seen: list[str] = []
    cursor = ""
    while True:
        _, page = await visit.ask(
            "GET", f"/v1/deliveries?role=destination&state=queued&limit=3&cursor={quote(cursor)}", system="so-tu-phap"
        )
        seen += [one["id"] for one in page["deliveries"]]
        if (cursor := page["cursor"]) is None:
            break

    assert len(seen) == len(set(seen)) == 7
    assert (await visit.ask("GET", "/v1/deliveries?role=destination"))[1]["deliveries"] == []
    assert len((await visit.ask("GET", "/v1/deliveries?state=queued&state=waiting"))[1]["deliveries"]) == 7


async def test_every_fault_of_a_query_is_listed(visit: Visit) -> None:
    status, problem = await visit.ask("GET", "/v1/deliveries?state=gone&limit=0&role=boss&stat=queued&cursor=a&cursor=b")

    assert status == 422
    assert {one["path"] for one in problem["problems"]} == {"state[0]", "limit", "role", "stat", "cursor"}


@pytest.mark.parametrize("cursor", ["x", "%00", "%FF", "AAAA", "9" * 300])
async def test_a_cursor_that_is_none_of_ours_is_refused(visit: Visit, cursor: str) -> None:
    assert (await visit.ask("GET", f"/v1/deliveries?cursor={cursor}"))[0] == 422


@pytest.mark.parametrize("name", ["unknown", "%00", "%0d%0aX-Evil:%201", "%FF", "..%2f..%2fetc", "a" * 5000, "'; DROP TABLE transfer; --"])
async def test_an_id_that_names_nothing_is_not_found(visit: Visit, name: str) -> None:
    for path in (f"/v1/transfers/{quote(name, safe='%')}", f"/v1/dossiers/{quote(name, safe='%')}/trace"):
        status, problem = await visit.ask("GET", path)
        assert (status, problem["code"]) == (404, "not_found")


def destinations(answer: tuple[int, Any]) -> list[str]:
    """Name where the deliveries of a page go."""
    return sorted(one["destination"] for one in answer[1]["deliveries"])
