"""Private servers for the tests that need them: started once for the run, an empty place on them for each test.

How hard Hypothesis tries: `--hypothesis-profile=fast` in scripts/check, `full` everywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from hypothesis import settings

from gateway.devservers import Postgres, RabbitMQ, private_postgres, private_rabbitmq

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import pytest

settings.register_profile("full", deadline=None)  # a busy machine is no fault of the code
settings.register_profile("fast", settings.get_profile("full"), max_examples=15)
settings.load_profile("full")

NEEDS = {"postgres": "postgres", "database": "postgres", "rabbitmq": "rabbitmq", "vhost": "rabbitmq"}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark each test with the servers that its fixtures need, so that they can be chosen by `-m`."""
    for item in items:
        for name in {NEEDS[fixture] for fixture in getattr(item, "fixturenames", ()) if fixture in NEEDS}:
            item.add_marker(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    """The PostgreSQL of this run. A test that stops or kills it starts it again."""
    async with private_postgres() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rabbitmq() -> AsyncIterator[RabbitMQ]:
    """The RabbitMQ of this run. A test that stops, kills or wipes it starts it again."""
    async with private_rabbitmq() as node:
        yield node


@pytest_asyncio.fixture
async def database(postgres: Postgres) -> AsyncIterator[str]:
    """The address of an empty database, dropped after the test."""
    url = await postgres.fresh_database()
    yield url
    if postgres.is_running:
        await postgres.drop_database(url)


@pytest_asyncio.fixture
async def vhost(rabbitmq: RabbitMQ) -> AsyncIterator[str]:
    """The address of an empty virtual host, dropped after the test."""
    url = await rabbitmq.fresh_vhost()
    yield url
    if rabbitmq.is_running:
        await rabbitmq.drop_vhost(url)
