"""What takes part in the crossing: the processes of each, and where their doors listen."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import yaml

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

__all__ = ["BARE", "EMBEDDED", "FAST_STREAM", "PLAIN", "SCALED", "SOAP", "Running", "run_gateway", "run_program"]

BARE = "ceiling: aiohttp in and out, one process, nothing between"
EMBEDDED = "embedded: SQLite, one process"
SCALED = "scaled: PostgreSQL + RabbitMQ, door and worker"
PLAIN = "floor: aio-pika, no ledger, door and worker"
FAST_STREAM = "FastStream, no ledger, door and worker"
SOAP = "embedded, SOAP in and X-Road SOAP out"
START_SECONDS = 60


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The processes of a contestant by what they do, the doors' addresses, and how long the slowest took from its start to ready."""

    pids: dict[str, int]
    doors: list[tuple[str, int]]
    start_seconds: float


@asynccontextmanager
async def run_gateway(
    folder: Path, agency: str, *, roles: Sequence[str], backing: dict[str, str] | None, soap: bool = False
) -> AsyncIterator[Running]:
    """Run the gateway on a site of its own: one sender, and one agency with the dialect of civil registration, or behind X-Road in SOAP."""
    _write_site(folder, agency, backing, soap=soap)
    commands = {
        f"{role}-{index}" if roles.count(role) > 1 else role: [
            "-m",
            "gateway.cli",
            "serve",
            "--site",
            str(folder),
            "--role",
            role,
            "--port",
            "0",
        ]
        for index, role in enumerate(roles)
    }
    async with _run(commands, folder) as running:
        yield running


@asynccontextmanager
async def run_program(module: str, broker: str, agency: str, folder: Path, roles: Sequence[str]) -> AsyncIterator[Running]:
    """Run the processes of one of the programs beside this one."""
    commands = {role: ["-m", f"tests.benchmarks.{module}", role, broker, agency] for role in roles}
    async with _run(commands, folder) as running:
        yield running


@asynccontextmanager
async def _run(commands: dict[str, list[str]], folder: Path) -> AsyncIterator[Running]:
    """Run processes until the block is left; each says when it is ready, and logs into the folder."""
    running: list[asyncio.subprocess.Process] = []
    pids: dict[str, int] = {}
    doors: list[tuple[str, int]] = []
    slowest = 0.0
    try:
        for name, command in commands.items():
            begun = time.perf_counter()
            with (folder / f"{name}.log").open("wb") as log:
                process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=log)
            running.append(process)
            pids[name] = process.pid
            assert process.stdout is not None
            async with asyncio.timeout(START_SECONDS):
                line = (await process.stdout.readline()).decode().strip()
            if not line.startswith("ready: "):
                raise RuntimeError(f"{name} did not start: {(folder / f'{name}.log').read_text()[-2000:]}")
            slowest = max(slowest, time.perf_counter() - begun)
            if "http" in line:
                host, _, port = line.rpartition("/")[2].rpartition(":")
                doors.append((host, int(port)))
        yield Running(pids=pids, doors=doors, start_seconds=slowest)
    finally:
        for process in running:
            if process.returncode is None:
                os.kill(process.pid, signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in running))


def _write_site(folder: Path, agency: str, backing: dict[str, str] | None, *, soap: bool) -> None:
    """Write the files of the site."""
    site: dict[str, object] = {"name": "Benchmark", "listen": {"port": 0}}
    if backing:
        site["backing"] = backing
    hotich = {"url": agency, "province": "52", "poll_every_seconds": 86400}
    xroad = {"url": agency, "client": "VN/GOV/H21/lienthong", "provider": "VN/GOV/G15/hotich", "verify_hash": False}
    connector, config = ("xroad", xroad) if soap else ("hotich", hotich)
    systems = [
        {"name": "desk", "agency": "H21.129", "connector": "inbox", "keys": [hashlib.sha256(b"benchmark").hexdigest()]},
        {"name": "civil", "agency": "G15", "connector": connector, "concurrency": 256, "config": config},
    ]
    agencies = [
        {"code": "H21", "name": "UBND tỉnh Mẫu", "level": "province"},
        {"code": "H21.129", "name": "UBND xã Mẫu", "level": "commune", "parent": "H21"},
        {"code": "G15", "name": "Bộ Tư pháp", "level": "ministry"},
    ]
    files = {"site.yaml": site, "systems.yaml": systems, "agencies.yaml": agencies, "routes.yaml": [{"senders": ["desk"], "to": ["civil"]}]}
    for name, value in files.items():
        (folder / name).write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
