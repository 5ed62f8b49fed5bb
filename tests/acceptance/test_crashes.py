"""kill -9 of the whole process under load loses nothing, doubles nothing, and keeps the order of each dossier."""

import asyncio
import random
import socket
import sys
from asyncio.subprocess import Process
from importlib.metadata import entry_points
from pathlib import Path

import aiohttp
import pytest
import yaml

from gateway.demo.arrival import heard
from gateway.demo.desk import Desk
from gateway.demo.place import CIVIL, DIALECTS, PORTAL, write_place
from gateway.simulation import Simulator
from tests.serving import TOWN

SENT = 60
COURSE = ["accepted", "processing", "completed"]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def serve(folder: Path, port: int) -> Process:
    arguments = ["-m", "gateway.cli", "serve", "--site", str(folder), "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert (await process.stdout.readline()).startswith(b"ready")
    return process


async def insist(desk: Desk, number: int) -> None:
    """Send until it is accepted, as a system does whose gateway went away."""
    while True:
        try:
            await desk.send([number])
        except (aiohttp.ClientError, TimeoutError):
            await asyncio.sleep(0.1)
        else:
            return


async def fetch(desk: Desk) -> int:
    try:
        return await desk.fetch()
    except (aiohttp.ClientError, TimeoutError, KeyError):
        return 0


def told(desk: Desk) -> list[list[str]]:
    """What the desk was told of each dossier."""
    return [by_sender[CIVIL] for by_sender in heard(desk.arrived).values()]


def is_over(desk: Desk, agencies: dict[str, Simulator]) -> bool:
    kept = [len(getattr(agencies[name], "dossiers", {})) for name in (CIVIL, PORTAL)]
    return kept == [SENT, SENT] and sum("completed" in events for events in told(desk)) == SENT


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_killing_the_process_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    await kill_again_and_again(tmp_path, None)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_killing_it_again_and_again_beside_its_database_and_broker_loses_and_doubles_nothing(
    tmp_path: Path, database: str, vhost: str
) -> None:
    await kill_again_and_again(tmp_path, {"postgres": database, "rabbitmq": vhost})


async def kill_again_and_again(folder: Path, backing: dict[str, str] | None) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    agencies: dict[str, Simulator] = {}
    for name in TOWN:
        (entry,) = entry_points(group="lienthong.simulators", name=DIALECTS[name])
        agencies[name] = entry.load()()
        await agencies[name].start()
    write_place(folder, {name: agency.config() for name, agency in agencies.items()}, backing)
    site = yaml.safe_load((folder / "site.yaml").read_text())
    site["timing"] |= {"lease_seconds": 2, "call_seconds": 1}
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    port = free_port()
    process = await serve(folder, port)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        desk = Desk(session, [f"http://127.0.0.1:{port}"])
        sending = asyncio.gather(*(insist(desk, number) for number in range(1, SENT + 1)))
        for _ in range(5):
            await asyncio.sleep(chance.uniform(0.05, 0.8))
            process.kill()
            await process.wait()
            process = await serve(folder, port)
            await fetch(desk)
        await sending
        async with asyncio.timeout(90):
            while not is_over(desk, agencies):
                if not await fetch(desk):
                    await asyncio.sleep(0.1)
    process.terminate()
    await process.wait()
    for agency in agencies.values():
        await agency.stop()

    assert process.returncode == 0
    assert [key for key, count in agencies[CIVIL].effects.items() if count > 1] == []
    assert [key for key, count in agencies[PORTAL].effects.items() if count > 1 and "/" not in key] == []
    # Civil registration tells where a dossier stands when it is asked: a step may pass between two questions, none comes out of order.
    assert {events[-1] for events in told(desk)} == {"completed"}
    assert all(events == sorted(events, key=COURSE.index) for events in told(desk))
