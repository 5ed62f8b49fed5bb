"""Every metric of the catalogue is fed, on both backings: by a dossier that waits for its queue, and by one that goes the whole way."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.adapters.prometheus import CATALOGUE
from gateway.app import Gateway, Role, open_gateway
from gateway.cli.options import read_site
from gateway.demo.desk import Desk
from gateway.demo.place import CIVIL, DIALECTS, write_place
from gateway.domain.delivery import State
from gateway.operations import ActOn, Operations
from gateway.ports import Filter
from gateway.testing.queue_contract import eventually
from gateway.web.serve import open_doors
from tests.serving import TOWN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path


@pytest.fixture
async def configs() -> AsyncIterator[dict[str, Mapping[str, str]]]:
    """Simulated agencies, and how they are called."""
    async with AsyncExitStack() as stack:
        found = {}
        for name in TOWN:
            (entry,) = entry_points(group="lienthong.simulators", name=DIALECTS[name])
            agency = entry.load()()
            await agency.start()
            stack.push_async_callback(agency.stop)
            found[name] = agency.config()
        yield found


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Gateway, Desk]]:
    """Run the gateway of a site, nothing of its role begun, with a desk at its door."""
    async with (
        open_gateway(read_site(folder)) as gateway,
        open_doors(gateway, "127.0.0.1", 0) as door,
        aiohttp.ClientSession() as session,
    ):
        yield gateway, Desk(session, [door])


def fed(gateway: Gateway) -> set[str]:
    """Name the metrics that say anything but zero."""
    text = gateway.telemetry.exposition()[0].decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name.removesuffix("_count") for sample in samples if sample.value and not sample.name.endswith(("_created", "_bucket"))}


async def park_what_waits_for(gateway: Gateway, destination: str) -> None:
    """Park the deliveries of a destination, as a person would."""
    waiting = await gateway.reader.deliveries(Filter(destination=destination))
    operations = Operations(ledger=gateway.ledger, reader=gateway.reader, clock=gateway.clock, publish=gateway.publisher.publish)
    names = tuple(each.id for each in waiting.deliveries)
    await operations.carry_out(ActOn(to=State.PARKED, who="officer", why="to be looked at", delivery_ids=names))


async def measure_all(folder: Path) -> None:
    """Let a dossier arrive while the queue is closed, then let a gateway work, and look at the metrics of both."""
    async with running(folder) as (gateway, desk):
        await gateway.queue.close()
        await desk.send([1])
        await gateway.publisher.close()
        await park_what_waits_for(gateway, CIVIL)
        await gateway.start(Role.DOOR)
        await until_fed(gateway, {"lienthong_lanes_blocked"})
        waiting = fed(gateway)

    async with running(folder) as (gateway, desk):
        await gateway.start(Role.ALL)
        await desk.send([2])
        await desk.send([2])
        await desk.send_malformed()
        await until_fed(gateway, {"lienthong_swept_total", "lienthong_polled_transfers_total", "lienthong_delivered_total"})
        working = fed(gateway)

    assert {each.name for each in CATALOGUE} - waiting - working == set()
    assert "lienthong_publish_failed_total" in waiting
    assert "lienthong_queue_connected" not in waiting
    assert "lienthong_publish_failed_total" not in working


async def until_fed(gateway: Gateway, names: set[str]) -> None:
    """Return when these metrics are fed."""

    async def are_fed() -> bool:
        return names <= fed(gateway)

    await eventually(are_fed)


async def test_every_metric_is_fed_on_the_embedded_backing(tmp_path: Path, configs: Mapping[str, Mapping[str, str]]) -> None:
    write_place(tmp_path, configs, None)

    await measure_all(tmp_path)


async def test_every_metric_is_fed_on_the_scaled_backing(
    tmp_path: Path, configs: Mapping[str, Mapping[str, str]], database: str, vhost: str
) -> None:
    write_place(tmp_path, configs, {"postgres": database, "rabbitmq": vhost})

    await measure_all(tmp_path)
