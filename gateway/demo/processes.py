"""The processes of the gateway in the demonstration: one, or doors, workers and a poller."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.domain.errors import NeedsPerson

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

__all__ = ["run_processes"]

START_SECONDS = 30


@asynccontextmanager
async def run_processes(folder: Path, roles: Sequence[str]) -> AsyncIterator[tuple[str, ...]]:
    """Run a process for each role until the block is left; answers the addresses of the doors. Each logs into the site's folder."""
    running: list[Process] = []
    try:
        addresses = []
        for index, role in enumerate(roles):
            process = await _start(folder, role, index)
            running.append(process)
            addresses.append(await _address(process, folder / f"{role}-{index}.log"))
        yield tuple(address for address in addresses if address.startswith("http"))
    finally:
        for process in running:
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in running))


async def _start(folder: Path, role: str, index: int) -> Process:
    """Start a process."""
    with (folder / f"{role}-{index}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway.cli",
            "serve",
            "--site",
            str(folder),
            "--role",
            role,
            "--port",
            "0",
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )


async def _address(process: Process, log: Path) -> str:
    """Wait until a process is ready, and read where it listens."""
    if process.stdout is None:
        raise NeedsPerson("the process has no output")
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
    except TimeoutError:
        line = b""
    if not line.startswith(b"ready: "):
        said = await asyncio.to_thread(log.read_text, encoding="utf-8")
        raise NeedsPerson(f"a process of the gateway did not start: {said[-2000:]}")
    return line.removeprefix(b"ready: ").decode().strip()
