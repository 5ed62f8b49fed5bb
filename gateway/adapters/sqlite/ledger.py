"""The ledger in one file, for one process."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.ledger import GroupLedger
from gateway.adapters.ledger_rules.measure import untold
from gateway.adapters.ledger_rules.reader import LedgerReader
from gateway.adapters.sqlite.cell import CELLS
from gateway.adapters.sqlite.connection import lock, open_writer
from gateway.adapters.sqlite.rows import SqliteRows
from gateway.adapters.sqlite.writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.adapters.ledger_rules.measure import Committed

__all__ = ["open_sqlite_ledger"]


@asynccontextmanager
async def open_sqlite_ledger(path: Path, *, committed: Committed = untold) -> AsyncIterator[GroupLedger]:
    """Open the ledger, made new when there is none; at the end commit what is waiting and close it. `committed` is told of each commit.

    Raises `NeedsPerson` when another process has it open, or when the file is not a ledger that this program may use.
    """
    descriptor = lock(path)
    try:
        connection = await asyncio.to_thread(open_writer, path)
        writer = Writer(connection, committed=committed)
        rows = SqliteRows(path)
        try:
            yield GroupLedger(writer.submit, LedgerReader(rows, CELLS))
        finally:
            await rows.close()
            await writer.close()
    finally:
        os.close(descriptor)
