"""The doors on PostgreSQL and RabbitMQ: the same answers as on the embedded backing, also to what only a database would choke on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from gateway.settings.site import Backing
from gateway.soap.version import VERSIONS
from tests.doors import Visit, open_visit, transfer
from tests.soap import acted, call, message, sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def visit(tmp_path: Path, database: str, vhost: str) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path, backing=Backing(postgres=database, rabbitmq=vhost)) as opened:
        yield opened


async def test_a_dossier_goes_through_every_door(visit: Visit) -> None:
    answers = await asyncio.gather(*(visit.send(transfer(code="Số 5/HS 😀")) for _ in range(10)))
    assert sorted(status for status, _ in answers) == [200] * 9 + [202]
    receipt = answers[0][1]
    assert (await visit.send(transfer(code="other")))[0] == 422

    _, page = await visit.ask("POST", "/v1/inbox/lease", {}, system="so-tu-phap")
    [item] = page["items"]
    path = f"/v1/inbox/{item['delivery_id']}"
    assert (await visit.ask("POST", f"{path}/acknowledge", {"lease": "999999999999999999"}, system="so-tu-phap"))[0] == 409
    said = {"lease": item["lease"], "reference": "HT-7"}
    assert (await visit.ask("POST", f"{path}/acknowledge", said, system="so-tu-phap"))[0] == 204

    for identifier in ("Số 5/HS 😀", "HT-7", receipt["dossier_id"]):
        status, trace = await visit.ask("GET", f"/v1/dossiers/{quote(identifier, safe='')}/trace")
        assert status == 200
        assert [one["state"] for one in trace["deliveries"]] == ["delivered"]
    assert (await visit.ask("GET", f"/v1/dossiers/{receipt['dossier_id']}/trace", system="nguoi-la"))[0] == 404


async def test_a_dossier_with_a_paper_goes_through_the_soap_door(visit: Visit) -> None:
    whole = transfer(code="Số 5/HS 😀")
    whole["dossier"]["components"] = [{"attachments": [{"name": "a", "url": "cid:f1"}]}]
    enclosed = "<attachments><attachment><id>f1</id><content>QUJD</content></attachment></attachments>"
    told = await asyncio.gather(*(call(visit, sent(whole, enclosed), version=version) for version in VERSIONS * 5))
    assert sorted(one.text("repeated") for one in told) == ["false", *["true"] * 9]

    pending = await acted(visit, "GetPending", system="so-tu-phap")
    delivery, lease, ours = (pending.text("deliveries", "delivery", name) for name in ("delivery_id", "lease", "transfer_id"))
    read = await acted(visit, "GetDossier", system="so-tu-phap", transfer_id=ours)
    await acted(visit, "Acknowledge", system="so-tu-phap", delivery_id=delivery, lease=lease, reference="HT-7")
    trace = await acted(visit, "GetTrace", system="mot-cua", identifier="HT-7")

    assert read.text("attachments", "attachment", "size") == "3"
    assert trace.text("deliveries", "delivery", "state") == "delivered"
    strange = await call(visit, message("GetTrace", identifier="HT-7"), system="nguoi-la")
    assert strange.fault is not None
    assert strange.fault.dotted == "Client.not_found"


@pytest.mark.parametrize("name", ["%00", "a%00b", "%FF", "%ED%A0%80", "a" * 5000, "'--"])
async def test_an_id_that_names_nothing_is_not_found(visit: Visit, name: str) -> None:
    for path in (f"/v1/transfers/{name}", f"/v1/dossiers/{name}/trace"):
        assert (await visit.ask("GET", path))[0] == 404
    assert (await visit.ask("POST", f"/v1/inbox/{name}/acknowledge", {"lease": "1"}, system="so-y-te"))[0] == 404


@pytest.mark.parametrize("text", ["\x00", "a\x00", "\x1f", "\uffff"])
async def test_a_text_that_the_database_could_not_keep_is_told_at_the_door(visit: Visit, text: str) -> None:
    assert (await visit.send(transfer(code=text)))[0] == 422
    refusal = {"lease": "1", "code": text, "text": text}
    assert (await visit.ask("POST", "/v1/inbox/x/refuse", refusal, system="so-y-te"))[0] == 422
    assert (await visit.ask("GET", f"/v1/deliveries?cursor={quote(text)}"))[0] == 422
    assert (await visit.ask("GET", f"/v1/dossiers/x/trace?scheme={quote(text)}"))[0] == 422


async def test_a_list_is_paged_without_gap_or_repetition(visit: Visit) -> None:
    for number in range(5):
        await visit.send(transfer(f"m-{number}", code=f"c-{number}"))

    _, first = await visit.ask("GET", "/v1/deliveries?limit=3&state=queued")
    _, second = await visit.ask("GET", f"/v1/deliveries?limit=3&state=queued&cursor={quote(first['cursor'])}")

    assert len({one["id"] for one in (*first["deliveries"], *second["deliveries"])}) == 5
    assert second["cursor"] is None
    assert (await visit.ask("GET", "/v1/deliveries?cursor=none-of-ours"))[0] == 422
