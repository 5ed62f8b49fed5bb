"""Reads rows from the file through connections that cannot write, in threads of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from gateway.adapters.sqlite.connection import open_reader
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["SqliteRows"]


class SqliteRows:
    """Fulfils `Rows`; any number of calls at once. It may look at a file that another process writes."""

    def __init__(self, path: Path, *, threads: int = 2) -> None:
        """Keep the path; connections are opened by the threads that need them."""
        self._path = path
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ledger-reader")
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def __call__(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read all rows in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, statement, values)

    async def close(self) -> None:
        """Wait for what is being read, and close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._opened:
            connection.close()

    def _read(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Read all rows; SQLite marks values by question marks."""
        try:
            return self._connection().execute(statement.replace("$", "?"), values).fetchall()
        except sqlite3.OperationalError as error:
            raise RetryLater("the ledger cannot be read now", code="ledger_failed") from error

    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = open_reader(self._path)
            self._own.connection = connection
            self._opened.append(connection)
        return connection
