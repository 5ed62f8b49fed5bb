"""The private servers that the other integration tests stand on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aio_pika
import asyncpg
import pytest

from gateway.devservers import ServerMissing, private_postgres, private_rabbitmq
from gateway.devservers.child import find_program

if TYPE_CHECKING:
    from gateway.devservers import Postgres, RabbitMQ

DURABLE = aio_pika.DeliveryMode.PERSISTENT


async def test_what_postgres_has_committed_survives_its_death() -> None:
    async with private_postgres() as server:
        url = await server.fresh_database()
        await run_sql(url, "CREATE TABLE paper (name text); INSERT INTO paper VALUES ('birth certificate')")

        await server.kill()
        assert not server.is_running
        await server.start()

        assert await read_value(url, "SELECT name FROM paper") == "birth certificate"
        assert await read_value(url, "SHOW fsync") == "on"


async def test_a_wiped_postgres_starts_empty() -> None:
    async with private_postgres() as server:
        url = await server.fresh_database()

        await server.wipe()
        await server.start()

        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await asyncpg.connect(url)


async def test_what_rabbitmq_has_confirmed_survives_its_death() -> None:
    async with private_rabbitmq() as node:
        url = await node.fresh_vhost()
        await put(url, b"birth certificate")
        await node.remember_queues()

        await node.kill()
        assert not node.is_running
        await node.start()

        assert await take(url) == b"birth certificate"
        await node.wipe()
        await node.start()
        with pytest.raises(aio_pika.exceptions.AMQPError):
            await aio_pika.connect(url)


async def test_each_test_has_an_empty_database(database: str, postgres: Postgres) -> None:
    other = await postgres.fresh_database()
    await run_sql(other, "CREATE TABLE paper (name text)")

    assert await read_value(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0

    await postgres.drop_database(other)


async def test_each_test_has_an_empty_virtual_host(vhost: str, rabbitmq: RabbitMQ) -> None:
    other = await rabbitmq.fresh_vhost()
    await put(other, b"birth certificate")

    async with await aio_pika.connect(vhost) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.get_queue("papers")

    await rabbitmq.drop_vhost(other)


def test_a_missing_server_is_named_with_its_package() -> None:
    with pytest.raises(ServerMissing, match="no-such-server is not installed: install the distribution's package no-package"):
        find_program("no-such-server", also_in=("/usr/lib/*/bin",), package="no-package")


async def run_sql(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def read_value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def put(url: str, body: bytes) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("papers", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(body, delivery_mode=DURABLE), "papers", timeout=10)


async def take(url: str) -> bytes:
    async with asyncio.timeout(20), await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue("papers")
        async with queue.iterator(no_ack=True) as messages:
            async for message in messages:
                return message.body
    pytest.fail("the queue is empty")
