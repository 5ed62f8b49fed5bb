"""The broker stopped, emptied and started again under load: the doors go on accepting, and everything arrives."""

import asyncio
from importlib.metadata import entry_points
from pathlib import Path

import aiohttp
import pytest

from gateway.demo.desk import Desk
from gateway.demo.place import CIVIL, DIALECTS, PORTAL, write_place
from gateway.demo.processes import run_processes
from gateway.devservers import private_postgres, private_rabbitmq
from gateway.simulation import Simulator
from tests.serving import TOWN

SENT = 80


def kept(agency: Simulator) -> int:
    return len(getattr(agency, "dossiers", {}))


@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_losing_the_whole_broker_under_load_loses_nothing(tmp_path: Path) -> None:
    agencies: dict[str, Simulator] = {}
    for name in TOWN:
        (entry,) = entry_points(group="lienthong.simulators", name=DIALECTS[name])
        agencies[name] = entry.load()()
        await agencies[name].start()
    async with private_postgres() as postgres, private_rabbitmq() as rabbitmq:
        backing = {"postgres": await postgres.fresh_database(), "rabbitmq": rabbitmq.url()}
        write_place(tmp_path, {name: agency.config() for name, agency in agencies.items()}, backing)

        async with run_processes(tmp_path, ("door", "worker", "poller")) as doors, aiohttp.ClientSession() as session:
            desk = Desk(session, doors)
            await desk.send(range(1, SENT // 2))
            await rabbitmq.kill()
            await rabbitmq.wipe()
            await desk.send(range(SENT // 2, SENT + 1))
            accepted_without_broker = desk.accepted
            await rabbitmq.start()
            async with asyncio.timeout(120):
                while kept(agencies[CIVIL]) < SENT or kept(agencies[PORTAL]) < SENT:
                    await desk.fetch()
                    await asyncio.sleep(0.2)
    for agency in agencies.values():
        await agency.stop()

    assert accepted_without_broker == SENT
    assert [key for key, count in agencies[CIVIL].effects.items() if count > 1] == []
    assert [key for key, count in agencies[PORTAL].effects.items() if count > 1 and "/" not in key] == []
