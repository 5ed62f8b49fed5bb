"""Measure dossiers crossing the gateway, from the first POST to the last delivery, beside a floor and FastStream in the same run.

`python -m tests.benchmarks.transfers [--transfers N] [--rounds N] [--only NAME …] [--json FILE]`, after `pip install -r requirements/bench.txt`.

One 4 KB dossier each, 256 connections, 256 deliveries at once, one agency that answers at once; sender and agency are one process of this program. Rounds are
interleaved and medians are told. Latency is measured at one rate for all: half of the slowest contestant's median.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from gateway.devservers import private_postgres, private_rabbitmq
from tests.benchmarks.contestant import BARE, EMBEDDED, FAST_STREAM, PLAIN, SCALED, SOAP, Running, run_gateway, run_program
from tests.benchmarks.cost import cost_of, family
from tests.benchmarks.dossier import dossier_of, rest_request, soap_request
from tests.benchmarks.load import Agency, Crossing, cross

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.devservers import Postgres, RabbitMQ

CONNECTIONS = 256
WARM = 500
ALL = (EMBEDDED, SCALED, PLAIN, FAST_STREAM, BARE, SOAP)
PROGRAMS = {PLAIN: ("plain", ("door", "worker")), FAST_STREAM: ("fast_stream", ("door", "worker")), BARE: ("bare", ("door",))}


class Bench:
    """Owns the servers, the agency and the numbers already used."""

    def __init__(self, postgres: Postgres, rabbitmq: RabbitMQ, agency: str, crossings: list[Crossing]) -> None:
        """Keep them."""
        self._postgres = postgres
        self._rabbitmq = rabbitmq
        self._agency = agency
        self._crossings = crossings
        self._next = 1

    @asynccontextmanager
    async def running(self, name: str) -> AsyncIterator[Running]:
        """Run a contestant with nothing left of earlier runs."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lienthong-benchmark-")))
            broker = await self._rabbitmq.fresh_vhost()
            stack.push_async_callback(self._rabbitmq.drop_vhost, broker)
            if name in {EMBEDDED, SOAP}:
                run = run_gateway(folder, self._agency, roles=["all"], backing=None, soap=name == SOAP)
            elif name == SCALED:
                database = await self._postgres.fresh_database()
                stack.push_async_callback(self._postgres.drop_database, database)
                run = run_gateway(folder, self._agency, roles=["door", "worker"], backing={"postgres": database, "rabbitmq": broker})
            else:
                module, roles = PROGRAMS[name]
                run = run_program(module, broker, self._agency, folder, roles)
            yield await stack.enter_async_context(run)

    async def cross(self, running: Running, count: int, pace: float = 0.0, *, soap: bool = False) -> Crossing:
        """Let so many new dossiers cross."""
        write = soap_request if soap else rest_request
        first, self._next = self._next, self._next + count
        return await cross(self._crossings, running.doors, write=write, first=first, count=count, connections=CONNECTIONS, pace=pace)

    async def measure(self, name: str, count: int, pace: float = 0.0) -> dict[str, float]:
        """Measure one contestant once, warm."""
        async with self.running(name) as running:
            await self.cross(running, WARM, soap=name == SOAP)
            before = _cpu(running)
            crossing = await self.cross(running, count, pace, soap=name == SOAP)
            after = _cpu(running)
            peak = max(cost_of([pid]).peak for pid in running.pids.values())
        found = {
            "rate": crossing.rate,
            "refused": crossing.refused,
            "repeated": crossing.repeated,
            "peak_mb": peak,
            "start_s": running.start_seconds,
        }
        found |= {f"cpu_{part}": (after[part] - before.get(part, 0.0)) / count * 1000 for part in after}
        for what, seconds in (("202", crossing.accepting()), ("delivered", crossing.delivering())):
            found |= {f"p50_{what}_ms": _at(seconds, 0.5) * 1000, f"p99_{what}_ms": _at(seconds, 0.99) * 1000}
        return found


def _cpu(running: Running) -> dict[str, float]:
    """CPU seconds of each process of a contestant, of the servers, and of this program."""
    found = {part: cost_of([pid]).cpu for part, pid in running.pids.items()}
    servers: dict[str, list[int]] = {"beam.smp": [], "postgres": []}
    for pid in family(os.getpid()):
        try:
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        servers.setdefault(name, []).append(pid)
    found |= {
        "rabbitmq": cost_of(servers["beam.smp"]).cpu,
        "postgres": cost_of(servers["postgres"]).cpu,
        "load": cost_of([os.getpid()]).cpu,
    }
    return found


def _at(ordered: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


async def run(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Measure everything."""
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(private_postgres())
        rabbitmq = await stack.enter_async_context(private_rabbitmq())
        crossings: list[Crossing] = []
        server = await asyncio.get_running_loop().create_server(lambda: Agency(crossings), "127.0.0.1", 0)
        stack.callback(server.close)
        bench = Bench(postgres, rabbitmq, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", crossings)
        names = [name for name in ALL if not options.only or any(name.startswith(only) for only in options.only)]
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(options.rounds):
            for name in names:
                rounds[name].append(await bench.measure(name, options.transfers))
                _say(name, rounds[name][-1])
        found = {name: _median(rounds[name]) for name in names}
        pace = min(one["rate"] for one in found.values()) / 2
        for name in names:
            paced = await bench.measure(name, max(WARM, int(pace * 5)), pace)
            found[name] |= {f"half_load_{key}": value for key, value in paced.items() if key.startswith("p")}
            found[name]["half_load_rate"] = pace
        return found


def _median(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of every figure."""
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}


def _say(name: str, found: dict[str, float]) -> None:
    """Print one measurement."""
    costs = ", ".join(
        f"{key.removeprefix('cpu_')} {value:.3f}" for key, value in found.items() if key.startswith("cpu_") and value > 0.0005
    )
    print(f"{name}: {found['rate']:.0f}/s, peak {found['peak_mb']:.0f} MB, ready in {found['start_s']:.1f} s, CPU s per 1000: {costs}")
    if found["refused"] or found["repeated"]:
        print(f"  refused {found['refused']:.0f}, repeated {found['repeated']:.0f}")


def _report(found: dict[str, dict[str, float]]) -> None:
    """Print the medians and the ratios."""
    print(f"\nmedians; a dossier has {len(dossier_of(1))} bytes")
    for name, one in found.items():
        _say(name, one)
        print(
            f"  at {one['half_load_rate']:.0f}/s: POST to 202 p50 {one['half_load_p50_202_ms']:.1f} ms, p99 {one['half_load_p99_202_ms']:.1f} ms;"
            f" POST to delivered p50 {one['half_load_p50_delivered_ms']:.1f} ms, p99 {one['half_load_p99_delivered_ms']:.1f} ms"
        )
    if SOAP in found and EMBEDDED in found:
        print(f"SOAP path / REST path: {found[SOAP]['rate'] / found[EMBEDDED]['rate']:.2f}")
    for other in (FAST_STREAM, PLAIN):
        for name in (EMBEDDED, SCALED, BARE):
            if name in found and other in found:
                print(f"{name.split(':')[0]} / {other.split(',')[0]}: {found[name]['rate'] / found[other]['rate']:.2f}")


def main() -> None:
    """Read the options, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = uvloop.run(run(options))
    _report(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
