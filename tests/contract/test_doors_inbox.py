"""The inbox over real HTTP: what is fetched has the guarantees of what is pushed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.doors import Visit, open_visit, transfer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


async def fetch(visit: Visit, system: str = "so-tu-phap", **wanted: int) -> list[dict[str, Any]]:
    """Fetch the inbox of a system."""
    status, page = await visit.ask("POST", "/v1/inbox/lease", wanted, system=system)
    assert status == 200
    items: list[dict[str, Any]] = page["items"]
    return items


async def states(visit: Visit, receipt: dict[str, Any]) -> list[str]:
    """Where the deliveries of a transfer stand."""
    _, page = await visit.ask("GET", f"/v1/transfers/{receipt['transfer_id']}/deliveries")
    return [one["state"] for one in page["deliveries"]]


async def test_what_was_sent_is_fetched_whole_and_acknowledged_with_the_agencys_own_id(visit: Visit) -> None:
    _, receipt = await visit.send(transfer())

    [item] = await fetch(visit)
    status, _ = await visit.ask(
        "POST", f"/v1/inbox/{item['delivery_id']}/acknowledge", {"lease": item["lease"], "reference": "HT-7"}, system="so-tu-phap"
    )

    assert item["accepted"]["transfer"] == msgspec.json.decode(msgspec.json.encode(transfer()))
    assert item["repeated"] is False
    assert status == 204
    assert await states(visit, receipt) == ["delivered"]
    _, trace = await visit.ask("GET", "/v1/dossiers/HT-7/trace?scheme=so-tu-phap")
    assert trace["dossier"]["id"] == receipt["dossier_id"]


async def test_a_refused_delivery_is_settled_for_good(visit: Visit) -> None:
    _, receipt = await visit.send(transfer())
    [item] = await fetch(visit)

    status, _ = await visit.ask(
        "POST",
        f"/v1/inbox/{item['delivery_id']}/refuse",
        {"lease": item["lease"], "code": "SAI-THAM-QUYEN", "text": "Không thuộc thẩm quyền"},
        system="so-tu-phap",
    )

    assert status == 204
    assert await states(visit, receipt) == ["rejected"]
    assert await fetch(visit) == []


async def test_what_is_held_is_not_handed_out_again(visit: Visit) -> None:
    await visit.send(transfer())

    assert len(await fetch(visit)) == 1
    assert await fetch(visit) == []


async def test_of_one_dossier_the_next_comes_when_the_first_is_settled(visit: Visit) -> None:
    await visit.send(transfer("m-1"))
    await visit.send(transfer("m-2"))

    [first] = await fetch(visit)
    assert await fetch(visit) == []
    await visit.ask("POST", f"/v1/inbox/{first['delivery_id']}/acknowledge", {"lease": first["lease"]}, system="so-tu-phap")

    [second] = await fetch(visit)
    assert (first["accepted"]["transfer"]["message_id"], second["accepted"]["transfer"]["message_id"]) == ("m-1", "m-2")


async def test_a_lease_that_is_not_the_newest_is_told_as_lost(visit: Visit) -> None:
    await visit.send(transfer())
    [item] = await fetch(visit)

    status, problem = await visit.ask("POST", f"/v1/inbox/{item['delivery_id']}/acknowledge", {"lease": "999"}, system="so-tu-phap")

    assert (status, problem["code"]) == (409, "lease_lost")


async def test_an_acknowledgement_may_be_repeated(visit: Visit) -> None:
    await visit.send(transfer())
    [item] = await fetch(visit)

    for _ in range(2):
        answer = await visit.ask("POST", f"/v1/inbox/{item['delivery_id']}/acknowledge", {"lease": item["lease"]}, system="so-tu-phap")
        assert answer == (204, None)


async def test_anothers_delivery_does_not_exist(visit: Visit) -> None:
    await visit.send(transfer())
    [item] = await fetch(visit)

    for system in ("so-y-te", "mot-cua"):
        assert await fetch(visit, system) == []
        status, problem = await visit.ask("POST", f"/v1/inbox/{item['delivery_id']}/acknowledge", {"lease": item["lease"]}, system=system)
        assert (status, problem["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"limit": 0, "hold_seconds": 1}, {"limit", "hold_seconds"}),
        ({"limit": "10"}, {"limit"}),
        ({"limit": 101, "wait": 1}, {"limit", "wait"}),
    ],
)
async def test_every_fault_of_a_request_is_listed(visit: Visit, body: dict[str, Any], paths: set[str]) -> None:
    status, problem = await visit.ask("POST", "/v1/inbox/lease", body, system="so-tu-phap")

    assert status == 422
    assert {one["path"] for one in problem["problems"]} == paths


@pytest.mark.parametrize("lease", ["", "x", "1" * 40, "-1", "1.0", "٣"])
async def test_a_lease_that_cannot_be_one_is_refused(visit: Visit, lease: str) -> None:
    await visit.send(transfer())
    [item] = await fetch(visit)

    assert (await visit.ask("POST", f"/v1/inbox/{item['delivery_id']}/acknowledge", {"lease": lease}, system="so-tu-phap"))[0] == 422
