"""Plays the demonstration and judges it."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from contextlib import AsyncExitStack
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from rich.console import Console
from rich.live import Live
from rich.table import Table

from gateway.demo.cast import gather_cast
from gateway.demo.desk import push_from_portal
from gateway.demo.judgement import judge, list_faults
from gateway.demo.place import DEPARTMENT, DESK, DIALECTS, PORTAL, WARD, key_of, write_place
from gateway.demo.processes import run_processes
from gateway.demo.story import BIRTHS, ONLINE, department_document, paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.demo.cast import Cast
    from gateway.demo.step import Step
    from gateway.simulation import Simulator

__all__ = ["play"]

OUTAGE_SECONDS = 4
DEADLINE_SECONDS = 150


async def play(*, once: bool, scaled: bool) -> int:
    """Play; answers 0 when every good dossier arrived once and in order, and the malformed one was refused with its faults.

    SIGTERM and Ctrl-C end it, and every process of it.
    """
    console = Console()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lienthong-demo-")))
        agencies = {name: await _start_agency(stack, dialect) for name, dialect in DIALECTS.items()}
        backing = await _start_servers(stack, console) if scaled else None
        write_place(folder, {WARD: {}, **{name: agency.config() for name, agency in agencies.items()}}, backing)
        roles = ("door", "door", "worker", "worker", "poller") if scaled else ("all",)
        doors = await stack.enter_async_context(run_processes(folder, roles))
        of = f"on RabbitMQ and PostgreSQL, {len(roles)} processes" if scaled else "embedded, one process"
        console.print(f"gateway ({of}): {' '.join(doors)}\nsite {folder}", soft_wrap=True, highlight=False)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)))
        cast = gather_cast(agencies, session, doors)
        with Live(_table(judge(cast), "0 s"), console=console, refresh_per_second=2) as live:
            seconds = await _play_story(cast, session, doors, live, stop)
        faults = list_faults(cast, judge(cast))
        for fault in faults:
            console.print(f"[red]✗ {fault}")
        console.print(
            "[red]not every dossier arrived as it should"
            if faults
            else f"[green]✓ every dossier arrived once and in order, in {seconds:.1f} s"
        )
        if not once and not faults:
            console.print(_what_to_try(doors[0], folder), soft_wrap=True, highlight=False)
            await stop.wait()
        return 1 if faults else 0


def _what_to_try(door: str, folder: Path) -> str:
    """Say how to look around while it goes on."""
    return f"""still serving; Ctrl-C ends it
  look   {door}/v1/docs and {door}/metrics
  ask    curl -H 'Authorization: Bearer {key_of(DESK)}' {door}/v1/dossiers/H21.129-260302-0001/trace
  trace  lienthong trace H21.129-260302-0001 --site {folder}"""


def _table(steps: Sequence[Step], note: str) -> Table:
    """Draw where things stand."""
    table = Table("step", title=f"Lienthong · {note}", title_justify="left")
    for column in ("done", "of", "wrong"):
        table.add_column(column, justify="right")
    for one in steps:
        style = "red" if one.wrong else "green" if one.done == one.of else ""
        table.add_row(one.name, str(one.done), str(one.of), str(one.wrong or ""), style=style)
    return table


async def _play_story(cast: Cast, session: aiohttp.ClientSession, doors: tuple[str, ...], live: Live, stop: asyncio.Event) -> float:
    """Send everything, let one destination fail for a while, fetch until all is there, the time is over, or it is to stop; answers how many
    seconds that took.
    """
    begun = time.monotonic()
    sending = asyncio.gather(
        cast.desk.send(range(1, BIRTHS[DESK] + 1)),
        cast.ward.send(range(1, BIRTHS[WARD] + 1)),
        push_from_portal(session, doors[0], range(1, ONLINE + 1)),
        cast.desk.send_malformed(),
    )
    for number in range(1, BIRTHS[DEPARTMENT] + 1):
        papers = {f"giay-chung-sinh-{number}.pdf": paper(number, DEPARTMENT)}
        cast.agencies[DEPARTMENT].submit(department_document(number), papers)
    portal = cast.agencies[PORTAL]
    portal.fault = "unavailable"
    while (seconds := time.monotonic() - begun) < DEADLINE_SECONDS and not stop.is_set():
        if seconds > OUTAGE_SECONDS:
            portal.fault = ""
        cast.insurance.answer()
        fetched = await asyncio.gather(cast.desk.fetch(), cast.ward.fetch(), cast.police.answer())
        if not any(fetched):
            await asyncio.sleep(0.1)
        steps = judge(cast)
        live.update(_table(steps, f"{seconds:.0f} s{' · the national portal is down' if portal.fault else ''}"))
        if sending.done() and not list_faults(cast, steps):
            break
    await sending
    return time.monotonic() - begun


async def _start_agency(stack: AsyncExitStack, dialect: str) -> Simulator:
    """Start the simulator that a connector ships."""
    (entry,) = entry_points(group="lienthong.simulators", name=dialect)
    agency: Simulator = entry.load()()
    await agency.start()
    stack.push_async_callback(agency.stop)
    return agency


async def _start_servers(stack: AsyncExitStack, console: Console) -> dict[str, str]:
    """Start a private RabbitMQ and a private PostgreSQL."""
    from gateway.devservers import private_postgres, private_rabbitmq  # noqa: PLC0415 - only the scaled demonstration starts servers

    console.print("starting PostgreSQL and RabbitMQ …")
    postgres = await stack.enter_async_context(private_postgres())
    rabbitmq = await stack.enter_async_context(private_rabbitmq())
    return {"postgres": await postgres.fresh_database(), "rabbitmq": await rabbitmq.fresh_vhost()}
