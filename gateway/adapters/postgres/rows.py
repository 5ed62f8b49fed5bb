"""Reads rows from the database through connections that cannot write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.adapters.postgres.foreign import AWAY
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from asyncpg import Pool, Record

__all__ = ["PostgresRows"]


class PostgresRows:
    """Fulfils `Rows`; any number of calls at once, as many at a time as the pool has connections."""

    def __init__(self, pool: Pool[Record], *, seconds: float) -> None:
        """Keep the pool; a free connection is waited for at most `seconds`."""
        self._pool = pool
        self._seconds = seconds

    async def __call__(self, statement: str, *values: Any) -> list[Record]:
        """Read all rows."""
        if any(isinstance(value, str) and "\0" in value for value in values):
            return []  # PostgreSQL would refuse it; nothing that is stored has one
        try:
            async with self._pool.acquire(timeout=self._seconds) as connection:
                return await connection.fetch(statement, *values)
        except AWAY as error:
            raise RetryLater("the ledger database cannot be read now", code="ledger_away") from error
