"""A trial: a gateway that dies at chosen points and is started again, and what is to be said of it at the end."""

from __future__ import annotations

import asyncio
import itertools
import math
import signal
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from gateway.backing import open_ledger
from gateway.cli.options import read_site
from gateway.demo.place import DEPARTMENT, DESK, PORTAL
from gateway.domain.delivery import FINAL, State
from gateway.ports import Filter
from tests.acceptance.crash_points.child import Child
from tests.acceptance.crash_points.senders import ONLINE_COURSE
from tests.acceptance.crash_points.town import Town, open_town

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.domain.delivery import Delivery
    from gateway.ports import JournalEntry
    from tests.acceptance.crash_points.steps import Point

__all__ = ["Report", "attempt"]

#: How long a life may take to come to its point, and the last one to its end.
PATIENCE = 30


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The points that each life passed, and what was wrong at the end."""

    passed: list[set[str]]
    faults: list[str]


async def attempt(
    folder: Path, backing: Mapping[str, str] | None, deaths: Sequence[Point], *, timing: Mapping[str, float], trouble: bool
) -> Report:
    """Let everything be sent while one life of the gateway after the other dies at its point; then let a last one bring it to an end."""
    async with open_town(folder, backing, timing=timing, trouble=trouble) as town:
        lives = [Child(folder, town.port, life=life, last=last) for life, last in enumerate((*deaths, None))]
        fetching = asyncio.create_task(town.desk.fetch_for_ever())
        sending = asyncio.create_task(town.send_all())
        try:
            faults = await _live(town, lives, sending)
        finally:
            for task in (fetching, sending):
                task.cancel()
            left = await asyncio.gather(fetching, sending, return_exceptions=True)
            for life in lives:
                await life.kill()
        faults += [f"a sender failed: {error!r}" for error in left if isinstance(error, Exception)]
        faults += [*town.missing(), *town.doubled(), *await _read_ledger(folder, town)]
        return Report(passed=[life.passed() for life in lives if life.steps.exists()], faults=faults)


async def _live(town: Town, lives: Sequence[Child], sending: asyncio.Task[None]) -> list[str]:
    """Run one life after the other, until one does not end as it is to."""
    for life in lives[:-1]:
        if faults := await _die(life):
            return faults
    return await _end(town, lives[-1], sending)


async def _die(life: Child) -> list[str]:
    """Run a life that is to die."""
    life.start()
    try:
        async with asyncio.timeout(PATIENCE):
            code = await life.ended()
    except TimeoutError:
        await life.kill()
        return ["the point was never passed"]
    return [] if code == -signal.SIGKILL else [f"it ended with {code} before its point: {life.last_words()}"]


async def _end(town: Town, life: Child, sending: asyncio.Task[None]) -> list[str]:
    """Run a life until all is settled, and stop it."""
    life.start()
    settling = asyncio.create_task(_settle(town, life, sending))
    ending = asyncio.create_task(life.ended())
    try:
        async with asyncio.timeout(PATIENCE):
            code = await ending
            faults = await settling if code == 0 else [f"it stopped with {code}: {life.last_words()}"]
    except TimeoutError:
        faults = ["it came to no end"]
    settling.cancel()
    await life.kill()
    ended = await asyncio.gather(settling, return_exceptions=True)
    return [*faults, *(f"settling failed: {error!r}" for error in ended if isinstance(error, Exception))]


async def _settle(town: Town, life: Child, sending: asyncio.Task[None]) -> list[str]:
    """Wait until all is settled; then send everything again that was answered, and ask the gateway to stop."""
    await sending
    await town.settle()
    faults = await town.desk.send_again()
    await town.portal_sender.send()
    life.terminate()
    return faults


async def _read_ledger(folder: Path, town: Town) -> list[str]:
    """Say what is wrong in the ledger that was left."""
    async with open_ledger(read_site(folder)) as ledger:
        deliveries = (await ledger.reader.deliveries(Filter(), limit=1000)).deliveries
        journal = await ledger.reader.journal(limit=10_000)
        check = await ledger.reader.verify_journal()
        records = [await ledger.reader.transfer(name) for name in {one.transfer_id for one in deliveries}]
    senders = [record.sender for record in records if record is not None]
    kept = {record.receipt.transfer_id for record in records if record is not None}
    counted = {name: senders.count(name) for name in (DESK, DEPARTMENT, PORTAL)}
    wanted = {DESK: len(town.desk.receipts), DEPARTMENT: 1, PORTAL: len(ONLINE_COURSE)}
    return [
        *(f"{one.destination} {one.id} is {one.state}: {one.text}" for one in deliveries if one.state is not State.DELIVERED),
        *(f"a receipt without a transfer: {key}" for key, one in town.desk.receipts.items() if one["transfer_id"] not in kept),
        *([] if counted == wanted else [f"transfers in the ledger: {counted}, sent: {wanted}"]),
        *([] if check.broken_at is None else [f"the journal is broken at {check.broken_at}: {check.reason}"]),
        *_overtaken(deliveries, journal),
    ]


def _overtaken(deliveries: Sequence[Delivery], journal: Sequence[JournalEntry]) -> list[str]:
    """Name each delivery that was sent before the one before it in its lane was at its end."""
    sent: dict[str, int] = {}
    ended: dict[str, int] = {}
    for entry in journal:
        if entry.after == State.SENDING:
            sent.setdefault(entry.delivery_id, entry.number)
        elif entry.after in FINAL:
            ended[entry.delivery_id] = entry.number
    lanes: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for one in sorted(deliveries, key=lambda one: one.position):
        lanes[one.destination, one.dossier_id].append(one)
    pairs = [(first, second) for lane in lanes.values() for first, second in itertools.pairwise(lane)]
    return [
        f"{second.id} overtook {first.id} on its way to {second.destination}"
        for first, second in pairs
        if second.id in sent and sent[second.id] < ended.get(first.id, math.inf)
    ]
