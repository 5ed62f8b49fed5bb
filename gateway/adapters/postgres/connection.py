"""Connect to the database and bring its schema up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from gateway.adapters.ledger_rules.migration import outstanding, read_migrations
from gateway.adapters.postgres.foreign import AWAY
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from asyncpg import Connection, Pool, Record

__all__ = ["connect", "migrate", "open_pool"]

MIGRATIONS = "gateway.adapters.postgres.migrations"
#: Any number that no other program uses for the same purpose on this database.
LOCK = 0x6C69656E74686F6E
#: A commit is waited for; the planner never compiles for statements this small.
SETTINGS = {"application_name": "lienthong", "jit": "off", "synchronous_commit": "on", "timezone": "UTC"}

#: Every statement of the writer looks rows up by their keys; without fresh statistics the planner would rather read whole tables.
BY_KEY = {
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
}


async def connect(dsn: str, *, seconds: float) -> Connection[Record]:
    """Open the writer's connection, whose every statement ends within `seconds`. Raises `RetryLater`."""
    try:
        return await asyncpg.connect(dsn, timeout=seconds, command_timeout=seconds, server_settings={**SETTINGS, **BY_KEY})
    except AWAY as error:
        raise RetryLater(f"the ledger database cannot be reached: {type(error).__name__}", code="ledger_away") from error


async def open_pool(dsn: str, *, size: int, seconds: float) -> Pool[Record]:
    """Open the connections of the readers. Raises `RetryLater`."""
    try:
        return await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            timeout=seconds,
            command_timeout=seconds,
            server_settings={**SETTINGS, "default_transaction_read_only": "on"},
        )
    except AWAY as error:
        raise RetryLater(f"the ledger database cannot be reached: {type(error).__name__}", code="ledger_away") from error


async def migrate(connection: Connection[Record]) -> None:
    """Make the outstanding steps of the schema, all or none, one process at a time. Raises `NeedsPerson`."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration"
            " (number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        found = await connection.fetch("SELECT number, checksum FROM migration")
        applied = {number: checksum for number, checksum in found}  # noqa: C416 - a record is no pair to dict()
        for step in outstanding(read_migrations(MIGRATIONS), applied):
            await connection.execute(step.sql)
            await connection.execute(
                "INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)",
                step.number,
                step.name,
                step.checksum,
            )
