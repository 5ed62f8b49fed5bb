"""Real processes of a gateway for tests: started by role, spoken to by signals, their log read as events."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.demo.place import CIVIL, DEPARTMENT, DIALECTS, PORTAL, write_place
from gateway.testing.queue_contract import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from signal import Signals

    from gateway.simulation import Simulator

__all__ = ["ROLES", "TOWN", "Serving", "place", "serving"]

#: The agencies of the demonstration that surround the gateway in tests.
TOWN = (CIVIL, DEPARTMENT, PORTAL)
#: The processes of either backing.
ROLES = {"embedded": ("all",), "scaled": ("door", "worker", "poller")}
PATIENCE_SECONDS = 40


class Serving(msgspec.Struct, kw_only=True):
    """One process of a gateway."""

    role: str
    process: Process
    address: str
    log: Path

    def signal(self, what: Signals) -> None:
        """Speak to it."""
        self.process.send_signal(what)

    def events(self, name: str) -> list[dict[str, Any]]:
        """What it has logged under a name."""
        lines = self.log.read_bytes().splitlines()
        return [event for line in lines if line.startswith(b"{") and (event := msgspec.json.decode(line))["event"] == name]

    async def says(self, name: str, *, times: int = 1) -> dict[str, Any]:
        """Wait until it has logged an event so many times; answers the last."""

        async def said() -> bool:
            return len(self.events(name)) >= times

        await eventually(said, within_seconds=PATIENCE_SECONDS)
        return self.events(name)[-1]

    async def ended(self) -> int:
        """Wait until it has ended by itself; answers its exit code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def place(folder: Path, backing: Mapping[str, str] | None) -> AsyncIterator[dict[str, Simulator]]:
    """Start three simulated agencies of the demonstration, and write a site that knows them."""
    async with AsyncExitStack() as stack:
        agencies: dict[str, Simulator] = {}
        for name in TOWN:
            (entry,) = entry_points(group="lienthong.simulators", name=DIALECTS[name])
            agencies[name] = entry.load()()
            await agencies[name].start()
            stack.push_async_callback(agencies[name].stop)
        write_place(folder, {name: agency.config() for name, agency in agencies.items()}, backing)
        yield agencies


@asynccontextmanager
async def serving(folder: Path, *roles: str) -> AsyncIterator[dict[str, Serving]]:
    """Run a process for each role until the block is left; what is still running then is killed."""
    running: dict[str, Serving] = {}
    try:
        for role in roles:
            running[role] = await _start(folder, role)
        yield running
    finally:
        for one in running.values():
            if one.process.returncode is None:
                one.process.kill()
                await one.process.wait()


async def _start(folder: Path, role: str) -> Serving:
    """Start a process and wait until it is ready."""
    log = folder / f"{role}.log"
    arguments = ["-m", "gateway.cli", "serve", "--site", str(folder), "--role", role, "--port", "0"]
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        line = await process.stdout.readline()
    assert line.startswith(b"ready: "), log.read_text()
    return Serving(role=role, process=process, address=line.removeprefix(b"ready: ").decode().strip(), log=log)
