"""SIGHUP puts another reading of the site in force without stopping work, SIGTERM ends what is under way: real processes on both backings."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import yaml

from gateway.backing import open_ledger
from gateway.cli.options import read_site
from gateway.demo.arrival import heard
from gateway.demo.desk import Desk
from gateway.demo.place import CIVIL, DESK, PORTAL, key_of
from gateway.demo.story import paper
from gateway.testing.queue_contract import eventually
from tests.serving import ROLES, Serving, place, serving

if TYPE_CHECKING:
    from gateway.simulation import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
BACKINGS = ["embedded", pytest.param("scaled", marks=[pytest.mark.postgres, pytest.mark.rabbitmq])]


@pytest.fixture(params=BACKINGS)
def backing(request: pytest.FixtureRequest) -> dict[str, str] | None:
    """Nothing, or an empty database and virtual host."""
    if request.param == "embedded":
        return None
    return {"postgres": request.getfixturevalue("database"), "rabbitmq": request.getfixturevalue("vhost")}


@pytest.fixture
async def site(backing: dict[str, str] | None, tmp_path: Path) -> AsyncIterator[tuple[Path, dict[str, Simulator], tuple[str, ...]]]:
    """A site on a backing, its agencies, and the roles of its processes."""
    async with place(tmp_path, backing) as agencies:
        yield tmp_path, agencies, ROLES["scaled" if backing else "embedded"]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as opened:
        yield opened


def rewrite(folder: Path, file: str, change: Callable[[Any], Any]) -> None:
    path = folder / file
    path.write_text(yaml.safe_dump(change(yaml.safe_load(path.read_text()))))


def without(*names: str) -> Callable[[Any], Any]:
    return lambda systems: [one for one in systems if one["name"] not in names]


def door_of(running: dict[str, Serving]) -> Serving:
    return running.get("all") or running["door"]


def worker_of(running: dict[str, Serving]) -> Serving:
    return running.get("all") or running["worker"]


async def hang_up(running: dict[str, Serving], event: str, *, times: int = 1) -> list[str]:
    """Have every process read the site again; answers what each said."""
    for one in running.values():
        one.signal(signal.SIGHUP)
    return [str((await one.says(event, times=times)).get("reason", "")) for one in running.values()]


async def status_of(session: aiohttp.ClientSession, running: dict[str, Serving], system: str) -> int:
    headers = {"Authorization": f"Bearer {key_of(system)}"}
    async with session.get(f"{door_of(running).address}/v1/deliveries", headers=headers) as answer:
        return answer.status


async def is_sending(session: aiohttp.ClientSession, running: dict[str, Serving]) -> None:
    """Wait until an attempt is under way."""
    headers = {"Authorization": f"Bearer {key_of(DESK)}"}

    async def sending() -> bool:
        async with session.get(f"{door_of(running).address}/v1/deliveries?state=sending", headers=headers) as answer:
            return any(one["destination"] == CIVIL for one in (await answer.json())["deliveries"])

    await eventually(sending, within_seconds=60)


def kept(agency: Simulator) -> int:
    return len(getattr(agency, "dossiers", {}))


async def holds(agency: Simulator, count: int) -> None:
    async def there() -> bool:
        return kept(agency) >= count

    await eventually(there, within_seconds=60)


async def test_a_system_is_added_and_taken_away_while_work_is_under_way(
    site: tuple[Path, dict[str, Simulator], tuple[str, ...]], session: aiohttp.ClientSession
) -> None:
    folder, agencies, roles = site
    systems = (folder / "systems.yaml").read_text()
    routes = (folder / "routes.yaml").read_text()
    rewrite(folder, "systems.yaml", without(PORTAL))
    (folder / "routes.yaml").write_text(f"- {{senders: [{DESK}], to: [{CIVIL}]}}")
    agencies[CIVIL].fault, agencies[CIVIL].slow_seconds = "slow", 0.3

    async with serving(folder, *roles) as running:
        desk = Desk(session, [door_of(running).address])
        assert await status_of(session, running, PORTAL) == 401
        sending = asyncio.gather(desk.send(range(1, 9)))
        await holds(agencies[CIVIL], 1)

        (folder / "systems.yaml").write_text(systems)
        (folder / "routes.yaml").write_text(routes)
        await hang_up(running, "site_reloaded")
        assert await status_of(session, running, PORTAL) == 200
        await sending
        await desk.send(range(9, 13))
        await holds(agencies[PORTAL], 4)
        await holds(agencies[CIVIL], 12)

        rewrite(folder, "systems.yaml", without(CIVIL))
        (folder / "routes.yaml").write_text(f"- {{senders: [{DESK}], to: [{PORTAL}]}}")
        await hang_up(running, "site_reloaded", times=2)
        assert await status_of(session, running, CIVIL) == 401
        assert await status_of(session, running, DESK) == 200
        await desk.send([13])
        await holds(agencies[PORTAL], 5)

    assert {key: count for key, count in agencies[CIVIL].effects.items() if "/" not in key and count > 1} == {}
    assert kept(agencies[CIVIL]) == 12


async def test_a_faulty_site_is_refused_with_every_fault_and_the_old_one_stays_in_force(
    site: tuple[Path, dict[str, Simulator], tuple[str, ...]], session: aiohttp.ClientSession
) -> None:
    folder, agencies, roles = site
    systems = (folder / "systems.yaml").read_text()

    async with serving(folder, *roles) as running:
        desk = Desk(session, [door_of(running).address])
        (folder / "systems.yaml").write_text(systems.replace("connector: inbox", "connector: 7"))
        rewrite(folder, "routes.yaml", lambda found: [*found, {"to": "nobody"}])
        reasons = await hang_up(running, "site_not_reloaded")
        await desk.send([1])
        await holds(agencies[CIVIL], 1)

        (folder / "systems.yaml").write_bytes(b"\xff\xfe nothing that can be read")
        unread = await hang_up(running, "site_not_reloaded", times=2)
        (folder / "systems.yaml").write_text(systems)
        rewrite(folder, "routes.yaml", lambda found: found[:-1])
        await hang_up(running, "site_reloaded")
        await desk.send([2])
        await holds(agencies[CIVIL], 2)
        for one in running.values():
            one.signal(signal.SIGTERM)

        assert [await one.ended() for one in running.values()] == [0] * len(roles)
    assert all("systems.yaml" in reason and "connector" in reason and "routes.yaml" in reason for reason in reasons)
    assert all("systems.yaml" in reason for reason in unread)


async def test_an_attempt_under_way_ends_and_is_settled_before_the_process_does(
    site: tuple[Path, dict[str, Simulator], tuple[str, ...]], session: aiohttp.ClientSession
) -> None:
    folder, agencies, roles = site
    agencies[CIVIL].fault, agencies[CIVIL].slow_seconds = "slow", 1.5

    async with serving(folder, *roles) as running:
        await Desk(session, [door_of(running).address]).send([1])
        await is_sending(session, running)
        running_out = [one for role, one in running.items() if role != "poller"]
        for one in running_out:
            one.signal(signal.SIGTERM)

        assert [await one.ended() for one in running_out] == [0] * len(running_out)
        assert worker_of(running).events("stopped_before_attempts_ended") == []
    async with open_ledger(read_site(folder)) as ledger:
        journal = [entry for entry in await ledger.reader.journal() if entry.delivery_id.endswith(".0")]
    assert [entry.after for entry in journal][:3] == ["queued", "sending", "delivered"]
    assert agencies[CIVIL].effects["H21.129-260302-0001"] == 1


async def test_a_request_under_way_is_answered_before_the_process_ends(
    site: tuple[Path, dict[str, Simulator], tuple[str, ...]], session: aiohttp.ClientSession
) -> None:
    folder, _, roles = site
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        content = paper(1)
        yield content[:1000]
        begun.set()
        await go_on.wait()
        yield content[1000:]

    async with serving(folder, *roles) as running:
        door = door_of(running)
        headers = {"Authorization": f"Bearer {key_of(DESK)}"}
        uploading = asyncio.create_task(session.post(f"{door.address}/v1/attachments", data=slowly(), headers=headers).__aenter__())
        await begun.wait()
        for one in running.values():
            one.signal(signal.SIGTERM)
        await door.says("stopping")
        go_on.set()

        assert (await uploading).status == 201
        assert [await one.ended() for one in running.values()] == [0] * len(roles)
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{door.address}/healthz")


async def test_a_poll_under_way_ends_before_its_process_and_no_step_is_lost(
    site: tuple[Path, dict[str, Simulator], tuple[str, ...]], session: aiohttp.ClientSession
) -> None:
    folder, agencies, roles = site

    async with serving(folder, *roles) as running:
        await Desk(session, [door_of(running).address]).send(range(1, 6))
        await holds(agencies[CIVIL], 5)
        agencies[CIVIL].fault, agencies[CIVIL].slow_seconds = "slow", 0.7
        poller = running.get("all") or running["poller"]
        poller.signal(signal.SIGTERM)
        assert await poller.ended() == 0
        agencies[CIVIL].fault = ""

        async with serving(folder, poller.role) as again:
            desk = Desk(session, [again.get("all", door_of(running)).address])

            async def completed() -> bool:
                await desk.fetch()
                return sum(one.event == "completed" for one in desk.arrived) == 5

            await eventually(completed, within_seconds=60)
    assert list(heard(desk.arrived).values()) == [{CIVIL: ["accepted", "processing", "completed"]}] * 5
