"""kill -9 between any two steps of a transfer loses nothing, doubles nothing, and keeps the order of each dossier; on both backings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from itertools import product, zip_longest
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gateway.demo.place import CIVIL, DEPARTMENT, PORTAL
from tests.acceptance.crash_points.steps import SIDES, Point
from tests.acceptance.crash_points.trial import Report, attempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.devservers import Postgres, RabbitMQ

Place: TypeAlias = Callable[[], AbstractAsyncContextManager[Mapping[str, str] | None]]
Deaths: TypeAlias = tuple[Point, ...]

PUSHED = (CIVIL, DEPARTMENT, PORTAL)
#: Every step of a transfer, wherever it comes from and goes to: whatever changes something outside the process. First what is passed at its
#: beginning; the last ones of these only when an agency had its trouble.
BEGINNING = (
    "accept from commune-desk",
    "accept from department-one-stop",
    "accept from national-portal",
    "answer /systems/{system}/{path}",
    "answer /v1/attachments",
    "answer /v1/transfers",
    "deliver civil-registration: change",
    "deliver civil-registration: question",
    "grant",
    "keep a content",
    "poll department-one-stop: forget",
    "settle as deferred",
    "settle as unknown",
    "delay",
    "reconcile civil-registration: question",
)
#: What is passed again and again while anything is under way.
MIDDLE = (
    "acknowledge",
    "deliver national-portal: change",
    "deliver national-portal: question",
    "lease",
    "poll department-one-stop: keep",
    "poll department-one-stop: question",
    "publish",
    "settle as delivered",
    "sweep",
)
#: What is passed when something comes back.
END = (
    "accept from civil-registration",
    "answer /v1/inbox/lease",
    "answer /v1/inbox/{delivery_id}/acknowledge",
    "deliver department-one-stop: change",
    "deliver department-one-stop: question",
    "inbox: lease",
    "inbox: settle as delivered",
    "poll civil-registration: forget",
    "poll civil-registration: grant",
    "poll civil-registration: keep",
    "poll civil-registration: keep a content",
    "poll civil-registration: mark asked",
    "poll civil-registration: question",
    "poll department-one-stop: mark asked",
)


def both_sides(steps: Iterable[str]) -> list[Point]:
    return [Point(side, step) for step, side in product(steps, SIDES)]


#: Each point once. Who dies at the beginning leaves enough for the next to die in the middle, and for one more to die at the end: three
#: points take little longer than one.
ONCE: list[Deaths] = [tuple(filter(None, points)) for points in zip_longest(*map(both_sides, (BEGINNING, MIDDLE, END)))]
#: What is passed only when a gateway makes good what the one before it left: that one died when an agency had answered and nothing was
#: settled, or when something was accepted and nowhere but in the ledger.
AGAIN: list[Deaths] = [
    *((Point("after", f"deliver {name}: change"), Point(side, f"reconcile {name}: question")) for name, side in product(PUSHED, SIDES)),
    *((Point("before", "publish"), Point("after", "sweep that found work"), last) for last in both_sides(("publish", "lease"))),
]
#: Two processes at once, on two cores.
WIDTH = 2
#: A lease runs out soon, and what is not on its way is missed at once; or nothing runs out, so that only the planned steps are passed.
HASTE = {"lease_seconds": 1.0, "sweep_every_seconds": 0.2, "sweep_grace_seconds": 0.2}
LEISURE = {"lease_seconds": 20.0, "sweep_every_seconds": 0.2, "sweep_grace_seconds": 20.0}


def embedded() -> AbstractAsyncContextManager[None]:
    return nullcontext()


def scaled(postgres: Postgres, rabbitmq: RabbitMQ) -> Place:
    """An empty database and an empty virtual host for each trial."""

    one_at_a_time = asyncio.Lock()  # the node is told by a program that comes under one name

    @asynccontextmanager
    async def place() -> AsyncIterator[Mapping[str, str]]:
        async with one_at_a_time:
            addresses = {"postgres": await postgres.fresh_database(), "rabbitmq": await rabbitmq.fresh_vhost()}
        yield addresses
        async with one_at_a_time:
            await rabbitmq.drop_vhost(addresses["rabbitmq"])
            await postgres.drop_database(addresses["postgres"])

    return place


async def run(folder: Path, place: Place, deaths: Deaths, *, trouble: bool, timing: Mapping[str, float] = HASTE) -> Report:
    async with place() as backing:
        return await attempt(folder, backing, deaths, timing=timing, trouble=trouble)


async def find_faults(folder: Path, place: Place) -> str:
    """Try all points. What the second of two asks about is then what the first one left, so nobody else is in trouble."""
    limit = asyncio.Semaphore(WIDTH)

    async def one(number: int, deaths: Deaths, *, trouble: bool) -> list[str]:
        async with limit:
            report = await run(folder / str(number), place, deaths, trouble=trouble)
        return [f"{number}, died {', then '.join(map(str, deaths))}: {fault}" for fault in report.faults]

    tried = [(deaths, True) for deaths in ONCE] + [(deaths, False) for deaths in AGAIN]
    found = await asyncio.gather(*(one(number, deaths, trouble=trouble) for number, (deaths, trouble) in enumerate(tried)))
    return "\n".join(fault for faults in found for fault in faults)


async def require_all_steps_tried(folder: Path, place: Place) -> None:
    """A step that is new, or gone, is to be written into the lists above."""
    report = await run(folder, place, (), trouble=True, timing=LEISURE)

    assert report.faults == []
    assert report.passed[0] == {str(point) for deaths in ONCE for point in deaths}


@pytest.mark.slow
async def test_every_step_is_tried_embedded(tmp_path: Path) -> None:
    await require_all_steps_tried(tmp_path, embedded)


@pytest.mark.slow
async def test_every_step_is_tried_scaled(tmp_path: Path, postgres: Postgres, rabbitmq: RabbitMQ) -> None:
    await require_all_steps_tried(tmp_path, scaled(postgres, rabbitmq))


@pytest.mark.slow
@pytest.mark.timeout(600)  # about a minute on two cores of its own
async def test_a_process_killed_between_any_two_steps_loses_nothing_embedded(tmp_path: Path) -> None:
    assert await find_faults(tmp_path, embedded) == ""


@pytest.mark.slow
@pytest.mark.timeout(600)  # about a minute on two cores of its own
async def test_a_process_killed_between_any_two_steps_loses_nothing_scaled(tmp_path: Path, postgres: Postgres, rabbitmq: RabbitMQ) -> None:
    assert await find_faults(tmp_path, scaled(postgres, rabbitmq)) == ""
