"""The demonstration ends with every dossier where it belongs, on both backings; without `--once` it goes on serving until it is told to end."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import Process

import aiohttp
import pytest

from gateway.demo.place import CIVIL, DESK, INSURANCE, POLICE, key_of

HEADERS = {"Authorization": f"Bearer {key_of(DESK)}"}


async def demonstration(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "demo", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )


async def told(process: Process, wanted: str) -> str:
    """Read what it tells until a line holds this; answers all that was told."""
    assert process.stdout is not None
    output = ""
    async with asyncio.timeout(100):
        while wanted not in output:
            line = await process.stdout.readline()
            assert line, output
            output += line.decode()
    return output


def address(output: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", output)
    assert found is not None, output
    return found.group()


async def end(process: Process) -> int:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(40):
        await process.communicate()
    assert process.returncode is not None
    return process.returncode


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("arguments", [["--once"], ["--once", "--scaled"]], ids=["embedded", "scaled"])
async def test_every_dossier_of_the_demonstration_arrives(arguments: list[str]) -> None:
    process = await demonstration(*arguments)

    async with asyncio.timeout(220):
        output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    assert "every dossier arrived once and in order" in output.decode()


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_it_goes_on_serving_until_it_is_told_to_end() -> None:
    process = await demonstration()
    output = await told(process, "lienthong trace")
    door = address(output)

    async with aiohttp.ClientSession(door) as session:
        answers = {}
        for path in ("/healthz", "/readyz", "/metrics", "/", "/v1/docs", "/v1/openapi.json"):
            async with session.get(path) as answer:
                answers[path] = answer.status
        async with session.get("/v1/dossiers/H21.129-260302-0001/trace", headers=HEADERS) as answer:
            trace = await answer.json()
        assert await end(process) == 0
        with pytest.raises(aiohttp.ClientError):
            await session.get("/healthz")

    assert "every dossier arrived once and in order" in output
    assert set(answers.values()) == {200}, answers
    events = {
        sender: [one["event"] for one in trace["transfers"] if one["sender"] == sender] for sender in (DESK, CIVIL, INSURANCE, POLICE)
    }
    assert events == {
        DESK: ["submitted"],
        CIVIL: ["accepted", "processing", "completed"],
        INSURANCE: ["accepted", "completed"],
        POLICE: ["completed"],
    }
    assert len(trace["transfers"]) == 7
    assert {one["state"] for one in trace["deliveries"]} == {"delivered"}


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_told_to_end_midway_it_says_so_and_leaves_nothing_running() -> None:
    process = await demonstration()
    door = address(await told(process, "gateway (embedded, one process): "))

    assert await end(process) == 1

    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{door}/healthz")
