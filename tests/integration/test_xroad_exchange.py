"""Two gateways with a pair of security servers between them: dossiers cross in either protocol, whatever X-Road does midway."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import Counter as Counts
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from connectors.xroad.simulator import CLIENT, PROVIDER, GatewayBehind, SecurityServers
from gateway.app import Role, open_gateway
from gateway.domain.agency import Agency, System
from gateway.domain.event import EventKind
from gateway.domain.retry import RetryPolicy
from gateway.domain.route import Route
from gateway.settings.site import Site
from gateway.testing.queue_contract import eventually
from gateway.web.serve import doors_of, listen
from tests.counter import QUICK, Counter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAPER, RESULT = b"%PDF-1.4 giay chung sinh" * 30_000, b"%PDF-1.4 giay khai sinh"
AGENCIES = {CLIENT: "H21.129", PROVIDER: "G22.99"}
SOON = RetryPolicy(first_pause=timedelta(seconds=0.1), longest_pause=timedelta(seconds=0.5))
EVENTS = ("submitted", "supplemented", "withdrawn")
ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("xroad_large_child.py")
#: What the process that sends and takes may grow by, whatever the size of the file.
MOST_GROWTH_KIB = 64 * 1024
WAYS = [("soap", "swa"), ("soap", "mtom"), ("rest", "swa")]


@asynccontextmanager
async def open_side(folder: Path, servers: SecurityServers, own: str, other: str) -> AsyncIterator[Counter]:
    """Open a gateway behind its security server, with a counter; whatever the one sends goes to the other."""
    keys = {name: f"key-{name}-{AGENCIES[own]}" for name in ("quay", "doi-tac")}
    hashes = {name: (hashlib.sha256(key.encode()).hexdigest(),) for name, key in keys.items()}
    config = servers.config() | {"client": own, "provider": other}
    site = Site(
        name=AGENCIES[own],
        data=str(folder),
        timing=QUICK,
        agencies=tuple(Agency(code=code, name="Cơ quan") for code in AGENCIES.values()),
        systems=(
            System(name="quay", agency=AGENCIES[own], connector="inbox", keys=hashes["quay"]),
            System(name="doi-tac", agency=AGENCIES[other], connector="xroad", config=config, keys=hashes["doi-tac"], retry=SOON),
        ),
        routes=(Route(senders=("quay",), to=("doi-tac",)), Route(senders=("doi-tac",), to=("quay",))),
    )
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(open_gateway(site))
        await gateway.start(Role.ALL)
        address = await stack.enter_async_context(listen(doors_of(gateway), "127.0.0.1", 0, stop_seconds=2))
        servers.behind[own] = GatewayBehind(f"{address}/systems/doi-tac".replace("//systems", "/systems"), keys["doi-tac"])
        client = await stack.enter_async_context(aiohttp.ClientSession(address, headers={"Authorization": f"Bearer {keys['quay']}"}))
        yield Counter(client=client)


@asynccontextmanager
async def open_both(folder: Path, servers: SecurityServers) -> AsyncIterator[tuple[Counter, Counter]]:
    """Open both gateways: the one that submits, and the one that settles."""
    await servers.start()
    async with (
        open_side(folder / "a", servers, CLIENT, PROVIDER) as province,
        open_side(folder / "b", servers, PROVIDER, CLIENT) as department,
    ):
        yield province, department
    await servers.stop()


def submission(code: str, *papers: dict[str, Any]) -> dict[str, Any]:
    """A dossier to be submitted."""
    return {
        "identifiers": [{"value": code, "scheme": "dossier"}],
        "procedure": {"code": "2.000986", "name": "Liên thông khai sinh"},
        "applicant": {"kind": "citizen", "name": "Rơ Châm Mẫu Thử", "born_on": "1996"},
        "dates": {"due": "2026-03-12T17:00:00+07:00"},
        "subject": None,
        "components": [{"code": "KQ1", "name": "Giấy chứng sinh", "attachments": list(papers)}],
        "fees": [{"amount": 8000, "paid": True}],
        "extensions": {"civil": {"name": "Rơ Châm Bé Mẫu"}},
    }


@pytest.mark.parametrize(("protocol", "files"), WAYS)
async def test_a_dossier_crosses_and_what_becomes_of_it_comes_back(protocol: str, files: str, tmp_path: Path) -> None:
    servers = SecurityServers(protocol=protocol, attachments=files)
    async with open_both(tmp_path, servers) as (province, department):
        paper = {"name": "giấy.pdf", "sha256": await province.upload(PAPER)}
        dossier = submission("H21.129-260302-0042", paper)
        await province.send({"message_id": "m-1", "event": {"kind": "submitted"}, "dossier": dossier})

        arrived = await department.receive()

        assert arrived["event"] == {"kind": "submitted"}
        assert arrived["dossier"] == dossier
        assert await department.download(paper["sha256"]) == PAPER

        named = {"identifiers": dossier["identifiers"]}
        reply = {"in_reply_to": arrived["message_id"]}
        file = {"name": "khai-sinh.pdf", "sha256": await department.upload(RESULT)}
        result = {"name": "Giấy khai sinh", "attachments": [file]}
        await department.send({"message_id": "r-1", "event": {"kind": "accepted"}, "dossier": named, **reply})
        await department.send({"message_id": "r-2", "event": {"kind": "completed"}, "dossier": named | {"results": [result]}, **reply})

        accepted, completed = await province.receive(), await province.receive()

        assert [accepted["event"]["kind"], completed["event"]["kind"]] == ["accepted", "completed"]
        assert completed["dossier"] == named | {"results": [result]}
        assert await province.download(file["sha256"]) == RESULT
        sent = [id_ for name, id_ in servers.calls if name in {"SendTransfer", "POST /transfers"}]
        assert {accepted["in_reply_to"], completed["in_reply_to"]} == {arrived["message_id"]} == {sent[0]}


@pytest.mark.parametrize("error", ["Server.ServerProxy.ServiceFailed", "silent"])
@pytest.mark.parametrize(("protocol", "files"), WAYS[::2])
async def test_an_outage_midway_loses_nothing_doubles_nothing_and_keeps_the_order(
    protocol: str, files: str, error: str, tmp_path: Path
) -> None:
    servers = SecurityServers(protocol=protocol, attachments=files)
    codes = [f"H21.129-260302-{number:04d}" for number in range(1, 5)]
    async with open_both(tmp_path, servers) as (province, department):
        paper = {"name": "giấy.pdf", "sha256": await province.upload(PAPER)}
        await province.send({"message_id": f"{codes[0]}-submitted", "event": {"kind": "submitted"}, "dossier": submission(codes[0], paper)})
        arrived = [await department.receive()]

        await servers.stop()  # nobody listens
        for code in codes:
            for event in EVENTS:
                if (code, event) != (codes[0], "submitted"):
                    await province.send({"message_id": f"{code}-{event}", "event": {"kind": event}, "dossier": submission(code, paper)})
        servers.answer_with, servers.after = ("", False) if error == "silent" else (error, True)
        servers.fault = "silent" if error == "silent" else ""
        await servers.start()  # from now on every message is taken, and none is answered; questions are
        arrived += [await department.receive() for _ in range(len(codes) * len(EVENTS) - 1)]

        orders = defaultdict(list)
        for transfer in arrived:
            orders[transfer["dossier"]["identifiers"][0]["value"]].append(transfer["event"]["kind"])
        assert orders == {code: list(EVENTS) for code in codes}
        assert len({transfer["message_id"] for transfer in arrived}) == len(arrived)
        sends = Counts(id_ for name, id_ in servers.calls if name in {"SendTransfer", "POST /transfers"})
        assert set(sends) == {transfer["message_id"] for transfer in arrived}
        assert set(sends.values()) == {1}  # what may have arrived is asked about, and not sent again
        async with department.client.post("/v1/inbox/lease", json={"limit": 5}) as answer:
            assert (await answer.json())["items"] == []


@pytest.mark.parametrize(("protocol", "files"), WAYS[::2])
async def test_a_provider_that_is_away_behind_its_security_server_gets_everything_when_it_is_back(
    protocol: str, files: str, tmp_path: Path
) -> None:
    servers = SecurityServers(protocol=protocol, attachments=files)
    code = "H21.129-260302-0007"
    async with open_both(tmp_path, servers) as (province, department):
        back = servers.behind[PROVIDER]
        servers.behind[PROVIDER] = GatewayBehind("http://127.0.0.1:9", "key")
        for event in EVENTS:
            await province.send({"message_id": event, "event": {"kind": event}, "dossier": submission(code)})
        await servers.called(3)

        servers.behind[PROVIDER] = back

        arrived = [await department.receive() for _ in EVENTS]
        assert [transfer["event"]["kind"] for transfer in arrived] == list(EVENTS)


async def test_the_agency_of_the_simulator_calls_back_and_is_heard_once(tmp_path: Path) -> None:
    servers = SecurityServers()
    await servers.start()
    async with open_side(tmp_path, servers, CLIENT, PROVIDER) as province:
        await province.send({"message_id": "m-1", "event": {"kind": "submitted"}, "dossier": submission("H21.129-260302-0046")})

        async def has_arrived() -> bool:
            return bool(servers.agency.transfers)

        await eventually(has_arrived)
        (taken,) = servers.agency.transfers

        said = [await servers.say(taken, kind) for kind in (EventKind.ACCEPTED, EventKind.ACCEPTED, EventKind.COMPLETED)]
        heard = [await province.receive(), await province.receive()]

        servers.connect("http://127.0.0.1:1", "no gateway is here")
        refused = await servers.say(taken, EventKind.WITHDRAWN)
    await servers.stop()

    assert (said, refused) == ([True] * 3, False)
    assert [(one["event"]["kind"], one["in_reply_to"]) for one in heard] == [(kind, taken.message_id) for kind in ("accepted", "completed")]


@pytest.mark.slow
@pytest.mark.parametrize(("protocol", "files"), WAYS)
async def test_a_file_of_200_mb_crosses_in_little_memory(protocol: str, files: str, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, CHILD, "200", protocol, files, tmp_path, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()

    found = json.loads(output)
    assert found["is_same"]
    assert found["grown_kib"] < MOST_GROWTH_KIB
