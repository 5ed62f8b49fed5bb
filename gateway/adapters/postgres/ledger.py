"""The ledger in a database, for any number of processes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.ledger import GroupLedger
from gateway.adapters.ledger_rules.measure import untold
from gateway.adapters.ledger_rules.reader import LedgerReader
from gateway.adapters.postgres.cell import CELLS
from gateway.adapters.postgres.committer import Committer
from gateway.adapters.postgres.connection import connect, migrate, open_pool
from gateway.adapters.postgres.rows import PostgresRows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncpg import Connection, Record

    from gateway.adapters.ledger_rules.measure import Committed

__all__ = ["open_postgres_ledger"]


@asynccontextmanager
async def open_postgres_ledger(
    dsn: str, *, pool_size: int = 4, seconds: float = 10.0, committed: Committed = untold
) -> AsyncIterator[GroupLedger]:
    """Open the ledger and bring its schema up to date; at the end commit what is waiting and let go. `committed` is told of each
    commit.

    `pool_size` connections read and one writes; no statement takes longer than `seconds`. Raises `RetryLater` when the database cannot
    be reached, `NeedsPerson` when its schema is not one that this program may use. A connection lost later is opened again.
    """

    async def reconnect() -> Connection[Record]:
        return await connect(dsn, seconds=seconds)

    connection = await reconnect()
    try:
        await migrate(connection)
    finally:
        await connection.close()
    pool = await open_pool(dsn, size=pool_size, seconds=seconds)
    try:
        committer = Committer(reconnect, committed=committed)
        try:
            yield GroupLedger(committer.submit, LedgerReader(PostgresRows(pool, seconds=seconds), CELLS))
        finally:
            await committer.close()
    finally:
        pool.terminate()
