"""A gateway that starts before its database and its broker waits for them, and not for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.adapters.prometheus import PrometheusTelemetry
from gateway.backing import open_backing
from gateway.domain.errors import NeedsPerson
from gateway.settings.site import Backing, Site, Timing
from gateway.testing.queue_contract import eventually
from tests.fault_proxy import FaultProxy, fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.devservers import Postgres, RabbitMQ


class Services(msgspec.Struct):
    """A database and a broker behind proxies, and the site of a gateway that uses them."""

    database: FaultProxy
    broker: FaultProxy
    site: Site


@pytest.fixture
async def services(postgres: Postgres, rabbitmq: RabbitMQ, database: str, vhost: str) -> AsyncIterator[Services]:
    async with fault_proxy(postgres.port) as first, fault_proxy(rabbitmq.port) as second:
        backing = Backing(
            postgres=database.replace(f":{postgres.port}/", f":{first.port}/"),
            rabbitmq=vhost.replace(f":{rabbitmq.port}/", f":{second.port}/"),
        )
        yield Services(database=first, broker=second, site=Site(name="late", backing=backing))


async def use(site: Site) -> None:
    """Open the backing of a site and use it."""
    async with open_backing(site, destinations=["agency-a"], telemetry=PrometheusTelemetry()) as backing:
        assert await backing.reader.transfer("nothing") is None
        assert await backing.queue.depth("agency-a") == 0


async def test_services_that_come_up_later_are_waited_for(services: Services) -> None:
    services.database.reset()
    services.broker.reset()

    with capture_logs() as logs:

        async def is_waited_for(service: str) -> bool:
            return any(each["event"] == "service_not_there_yet" and each["service"] == service for each in logs)

        starting = asyncio.create_task(use(services.site))
        await eventually(lambda: is_waited_for("postgres"))
        services.database.heal()
        await eventually(lambda: is_waited_for("rabbitmq"))
        assert not starting.done()
        services.broker.heal()

    await starting


@pytest.mark.parametrize("service", ["postgres", "rabbitmq"])
async def test_a_service_that_does_not_come_is_named_with_what_to_do(services: Services, service: str) -> None:
    proxy = services.database if service == "postgres" else services.broker
    proxy.reset()
    site = msgspec.structs.replace(services.site, timing=Timing(start_seconds=0.5))

    with pytest.raises(NeedsPerson, match=f"{service} could not be used within 0.5 seconds .*`backing.{service}` of site.yaml"):
        await use(site)


async def test_a_database_that_does_not_exist_is_told_as_such(database: str, vhost: str) -> None:
    site = Site(name="late", backing=Backing(postgres=f"{database}-elsewhere", rabbitmq=vhost), timing=Timing(start_seconds=0.2))

    with pytest.raises(NeedsPerson, match=r"postgres could not be used .*cannot be reached: InvalidCatalogNameError"):
        await use(site)


async def test_a_service_that_is_there_is_reached_at_once(services: Services) -> None:
    with capture_logs() as logs:
        await use(services.site)

    assert not [each for each in logs if each["event"] == "service_not_there_yet"]
