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

from gateway.demo.desk import Desk, push_from_portal
from gateway.demo.place import CIVIL, DEPARTMENT, DESK, DIALECTS, PORTAL, key_of, write_place
from gateway.demo.processes import run_processes
from gateway.demo.story import department_document, paper

if TYPE_CHECKING:
    from gateway.simulation import Simulator

__all__ = ["play"]

DESK_SENT, DEPARTMENT_SENT, ONLINE_SENT = 110, 40, 60
BIRTHS_SENT = DESK_SENT + DEPARTMENT_SENT
OUTAGE_SECONDS = 4
DEADLINE_SECONDS = 60
COURSE = ["accepted", "processing", "completed"]
#: The same at the department, in the codes of its system.
DEPARTMENT_COURSE = [8, 2, 4]


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
        write_place(folder, {name: agency.config() for name, agency in agencies.items()}, backing)
        roles = ("door", "door", "worker", "worker", "poller") if scaled else ("all",)
        doors = await stack.enter_async_context(run_processes(folder, roles))
        of = f"on RabbitMQ and PostgreSQL, {len(roles)} processes" if scaled else "embedded, one process"
        console.print(f"gateway ({of}): {' '.join(doors)}\nsite {folder}", soft_wrap=True, highlight=False)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)))
        show = _Show(agencies, Desk(session, doors))
        with Live(show.table(), console=console, refresh_per_second=2) as live:
            await _play_story(show, session, doors, live, stop)
        faults = show.faults()
        for fault in faults:
            console.print(f"[red]✗ {fault}")
        console.print(
            "[red]not every dossier arrived as it should"
            if faults
            else f"[green]✓ every dossier arrived once and in order, in {show.seconds:.1f} s"
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


class _Show:
    """What is shown and judged."""

    def __init__(self, agencies: dict[str, Simulator], desk: Desk) -> None:
        """Begin the clock."""
        self.agencies = agencies
        self.desk = desk
        self.begun = time.monotonic()
        self.note = ""

    @property
    def seconds(self) -> float:
        """How long it has been."""
        return time.monotonic() - self.begun

    def births(self) -> list[list[str]]:
        """The events of each birth that came back to the desk."""
        return [events for code, events in self.desk.arrived.items() if code.startswith("H21.129-")]

    def online(self) -> list[list[str]]:
        """The events of each dossier that the portal handed over."""
        return [events for code, events in self.desk.arrived.items() if code.startswith("G22.")]

    def told(self) -> int:
        """Count the births of the department whose officials were told of every step, in order."""
        told = getattr(self.agencies[DEPARTMENT], "told", {})
        return sum(
            list(dict.fromkeys(steps)) == DEPARTMENT_COURSE and steps == [one for one in DEPARTMENT_COURSE for _ in range(steps.count(one))]
            for steps in told.values()
        )

    def table(self) -> Table:
        """Draw where things stand."""
        table = Table("step", title=f"Lienthong · {self.seconds:.0f} s {self.note}", title_justify="left")
        for column in ("done", "of"):
            table.add_column(column, justify="right")
        finished = sum(events[-1:] == COURSE[-1:] for events in self.births())
        for step, done, wanted in (
            ("births accepted from the desk of the commune", self.desk.accepted, DESK_SENT),
            ("births at civil registration", self._kept(CIVIL), BIRTHS_SENT),
            ("births at the national portal", self._kept(PORTAL), BIRTHS_SENT),
            ("births completed, told at the desk", finished, DESK_SENT),
            ("births completed, told at the department", self.told(), DEPARTMENT_SENT),
            ("online dossiers from the portal at the desk", len(self.online()), ONLINE_SENT),
        ):
            table.add_row(step, str(done), str(wanted), style="green" if done == wanted else "")
        return table

    def is_done(self) -> bool:
        """Tell whether nothing more is to come."""
        return not self.faults()

    def faults(self) -> list[str]:
        """List what is not as it should be."""
        desk = self.desk
        faults = []
        for name in (CIVIL, PORTAL):
            twice = [
                key for key, count in self.agencies[name].effects.items() if count > 1 and "/" not in key
            ]  # a step of processing has a "/"
            if self._kept(name) != BIRTHS_SENT:
                faults.append(f"{name} holds {self._kept(name)} of {BIRTHS_SENT} births")
            if twice:
                faults.append(f"{name} did {len(twice)} things twice")
        wrong = sum(list(dict.fromkeys(events)) != COURSE or events != sorted(events, key=COURSE.index) for events in self.births())
        if wrong or len(self.births()) != DESK_SENT:
            faults.append(f"{len(self.births())} of {DESK_SENT} births came back, {wrong} of them not in order or not to the end")
        if self.told() != DEPARTMENT_SENT:
            faults.append(f"{self.told()} of {DEPARTMENT_SENT} births were told at the department, to the end and in order")
        if len(self.online()) != ONLINE_SENT or any(len(events) != 1 for events in self.online()):
            faults.append(f"{len(self.online())} of {ONLINE_SENT} online dossiers are at the desk")
        papers = getattr(self.agencies[CIVIL], "files", {})
        if sum(paper(number) in papers.get(f"H21.129-260302-{number:04}", []) for number in range(1, DESK_SENT + 1)) != DESK_SENT:
            faults.append("not every paper is at civil registration as it was sent")
        if desk.refusal.get("status") != 422 or len(desk.refusal.get("problems", [])) < 3:
            faults.append("the malformed transfer was not refused with its faults")
        return faults

    def _kept(self, name: str) -> int:
        """Count the births that an agency holds."""
        return sum(code.startswith("H21.1") for code in getattr(self.agencies[name], "dossiers", {}))


async def _play_story(show: _Show, session: aiohttp.ClientSession, doors: tuple[str, ...], live: Live, stop: asyncio.Event) -> None:
    """Send everything, let one destination fail for a while, fetch until all is there, the time is over, or it is to stop."""
    sending = asyncio.gather(
        show.desk.send(range(1, DESK_SENT + 1)),
        push_from_portal(session, doors[0], range(1, ONLINE_SENT + 1)),
        show.desk.send_malformed(),
    )
    submit = getattr(show.agencies[DEPARTMENT], "submit")  # noqa: B009 - only this simulator has it
    for number in range(1, DEPARTMENT_SENT + 1):
        submit(department_document(number), {f"giay-chung-sinh-{number}.pdf": paper(1000 + number)})
    portal = show.agencies[PORTAL]
    portal.fault = "unavailable"
    show.note = "· the national portal is down"
    while show.seconds < DEADLINE_SECONDS and not stop.is_set():
        if portal.fault and show.seconds > OUTAGE_SECONDS:
            portal.fault, show.note = "", ""
        if not await show.desk.fetch():
            await asyncio.sleep(0.1)
        live.update(show.table())
        if sending.done() and show.is_done():
            break
    await sending


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
