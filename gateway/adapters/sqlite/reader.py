"""Looks into the file through connections that cannot write, in threads of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.adapters.ledger_rules.audit import Audit
from gateway.adapters.ledger_rules.page import page_of, where
from gateway.adapters.ledger_rules.row import delivery_of
from gateway.adapters.sqlite.cell import (
    NEWS,
    ROW,
    identifier_of,
    instant,
    instant_or_none,
    kept_of,
    receipt_of,
    row_of,
)
from gateway.adapters.sqlite.connection import open_reader
from gateway.adapters.sqlite.refused import REFUSED, refused_of
from gateway.adapters.sqlite.statement import select
from gateway.domain.delivery import State
from gateway.domain.errors import RetryLater
from gateway.domain.journal import microseconds
from gateway.ports import Case, DossierRecord, JournalEntry, TransferRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from pathlib import Path

    from gateway.domain.dossier import Identifier
    from gateway.ports import Filter, JournalCheck, Kept, Page, RefusedNews

__all__ = ["SqliteReader"]

T = TypeVar("T")

TRANSFER = "id, message_id, sender, dossier_id, digest, accepted_at, destinations, event, procedure"
JOURNAL = "number, at, transfer_id, delivery_id, before, after, who, why, chain"


class SqliteReader:
    """Fulfils `Reader`; any number of calls at once. It may look at a file that another process writes."""

    def __init__(self, path: Path, *, threads: int = 2) -> None:
        """Keep the path; connections are opened by the threads that need them."""
        self._path = path
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ledger-reader")
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def close(self) -> None:
        """Wait for what is being read, and close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._opened:
            connection.close()

    async def transfer(self, transfer_id: str) -> TransferRecord | None:
        """As `Reader.transfer`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE id = ?", transfer_id)  # noqa: S608 - a constant
        return _transfer_of(found[0]) if found else None

    async def sent(self, sender: str, message_id: str) -> TransferRecord | None:
        """As `Reader.sent`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE sender = ? AND message_id = ?", sender, message_id)  # noqa: S608 - a constant
        return _transfer_of(found[0]) if found else None

    async def payload(self, transfer_id: str, *, raw: bool = False) -> bytes | None:
        """As `Reader.payload`."""
        column = "coalesce(raw, canonical)" if raw else "canonical"
        found = await self._rows(f"SELECT {column} FROM transfer WHERE id = ?", transfer_id)  # noqa: S608 - a constant
        return found[0][0] if found else None

    async def dossier(self, identifier: str, *, scheme: str | None = None) -> DossierRecord | None:
        """As `Reader.dossier`."""
        return await self._run(lambda connection: _dossier(connection, identifier, scheme))

    async def may_read(self, system: str, attachments: Collection[str]) -> frozenset[str]:
        """As `Reader.may_read`."""
        keys = [(bytes.fromhex(sha256), system) for sha256 in attachments]
        statement = "WITH k(a, b) AS (VALUES $rows) SELECT k.a FROM k CROSS JOIN attachment_reader ON sha256 = k.a AND system = k.b"
        found = await self._run(lambda connection: list(select(connection, statement, keys)))
        return frozenset(cells[0].hex() for cells in found)

    async def deliveries(self, which: Filter, *, cursor: str | None = None, limit: int = 100) -> Page:
        """As `Reader.deliveries`."""
        condition, values = where(which, cursor, mark=lambda number: f"?{number}", time=microseconds)
        found = await self._rows(
            f"SELECT {ROW} FROM delivery WHERE {condition} ORDER BY accepted_at, id LIMIT {int(limit) + 1}",  # noqa: S608 - marks only
            *values,
        )
        return page_of([delivery_of(row_of(cells)) for cells in found], limit)

    async def transfers(self, dossier_id: str) -> tuple[TransferRecord, ...]:
        """As `Reader.transfers`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE dossier_id = ? ORDER BY number", dossier_id)  # noqa: S608 - a constant
        return tuple(_transfer_of(cells) for cells in found)

    async def journal(self, *, transfer_id: str | None = None, after: int = 0, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """As `Reader.journal`."""
        one = "" if transfer_id is None else "AND transfer_id = ?3"
        found = await self._rows(
            f"SELECT {JOURNAL} FROM journal WHERE number > ?1 {one} ORDER BY number LIMIT ?2",  # noqa: S608 - constants
            after,
            limit,
            *([] if transfer_id is None else [transfer_id]),
        )
        return tuple(_entry_of(cells) for cells in found)

    async def verify_journal(self) -> JournalCheck:
        """As `Reader.verify_journal`; reads a page at a time, so that it never holds a reader for long."""
        audit = Audit()
        head = await self._rows("SELECT number, chain FROM journal_head")
        number, chain = head[0]
        while rows := await self._rows(
            f"SELECT {JOURNAL} FROM journal WHERE number > ? AND number <= ? ORDER BY number LIMIT 2000",  # noqa: S608 - a constant
            audit.number,
            number,
        ):
            if broken := audit.read(rows):
                return broken
        return audit.end(number, chain)

    async def counts(self, *, now: datetime) -> tuple[tuple[str, State, int, float], ...]:
        """As `Reader.counts`."""
        found = await self._rows(
            "SELECT destination, state, count(*), min(accepted_at) FROM delivery"
            " WHERE state IN ('queued', 'sending', 'deferred', 'unknown', 'parked', 'waiting') GROUP BY destination, state"
        )
        return tuple(
            (destination, State(state), count, (now - instant(oldest)).total_seconds()) for destination, state, count, oldest in found
        )

    async def refused(self, *, news_id: str | None = None, limit: int = 100) -> tuple[RefusedNews, ...]:
        """As `Reader.refused`."""
        found = await self._rows(
            f"SELECT {REFUSED} FROM refused WHERE ?1 IS NULL OR id = ?1 ORDER BY refused_at DESC, id DESC LIMIT ?2",  # noqa: S608 - a constant
            news_id,
            limit,
        )
        return tuple(map(refused_of, found))

    async def open_cases(self, destination: str, *, asked_before: datetime, limit: int) -> tuple[Case, ...]:
        """As `Registers.open_cases`."""
        return await self._run(lambda connection: _cases(connection, destination, microseconds(asked_before), limit))

    async def checkpoint(self, name: str) -> str | None:
        """As `Registers.checkpoint`."""
        found = await self._rows("SELECT value FROM checkpoint WHERE name = ?", name)
        return found[0][0] if found else None

    async def unread(self, system: str, *, limit: int) -> tuple[Kept, ...]:
        """As `Registers.unread`."""
        found = await self._rows(f"SELECT {NEWS} FROM news WHERE system = ? ORDER BY number LIMIT ?", system, limit)  # noqa: S608 - a constant
        return tuple(map(kept_of, found))

    async def _rows(self, statement: str, *values: Any) -> list[Any]:
        """Read all rows of a statement."""
        return await self._run(lambda connection: connection.execute(statement, values).fetchall())

    async def _run(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Read in a thread. Raises `RetryLater` when the file cannot be read now."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, lambda: read(self._connection()))
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


def _transfer_of(cells: tuple[Any, ...]) -> TransferRecord:
    """Read a transfer, in the order of `TRANSFER`."""
    receipt = receipt_of(cells)
    return TransferRecord(
        id=receipt.transfer_id,
        sender=receipt.sender,
        message_id=receipt.message_id,
        dossier_id=receipt.dossier_id,
        event=cells[7],
        procedure=cells[8],
        accepted_at=receipt.accepted_at,
        receipt=receipt,
    )


def _entry_of(cells: tuple[Any, ...]) -> JournalEntry:
    """Read an entry of the journal, in the order of `JOURNAL`."""
    number, at, transfer_id, delivery_id, before, after, who, why, chain = cells
    return JournalEntry(
        number=number,
        at=instant(at),
        transfer_id=transfer_id,
        delivery_id=delivery_id,
        before=before,
        after=after,
        who=who,
        why=why,
        chain=chain.hex(),
    )


def _names(connection: sqlite3.Connection, dossier_id: str) -> tuple[Identifier, ...]:
    """Read the ids of a dossier, in the order they were learnt."""
    found = connection.execute(
        "SELECT value, scheme, issuer FROM identifier WHERE dossier_id = ? ORDER BY number",
        (dossier_id,),
    )
    return tuple(identifier_of(*cells) for cells in found)


def _dossier(connection: sqlite3.Connection, identifier: str, scheme: str | None) -> DossierRecord | None:
    """Find a dossier by the gateway's id, else by one of its own."""
    found = None
    if scheme is None:
        found = connection.execute("SELECT * FROM dossier WHERE id = ?", (identifier,)).fetchone()
    if found is None:
        found = connection.execute(
            "SELECT dossier.* FROM identifier JOIN dossier ON dossier.id = dossier_id"
            " WHERE value = ?1 AND (?2 IS NULL OR scheme = ?2) ORDER BY identifier.number LIMIT 1",
            (identifier, scheme),
        ).fetchone()
    if found is None:
        return None
    dossier_id, origin, procedure, opened_at = found
    return DossierRecord(
        id=dossier_id,
        origin=origin,
        procedure=procedure,
        opened_at=instant(opened_at),
        identifiers=_names(connection, dossier_id),
    )


def _cases(connection: sqlite3.Connection, destination: str, asked_before: int, limit: int) -> tuple[Case, ...]:
    """Read open cases with the ids of their dossiers."""
    found = connection.execute(
        "SELECT dossier_id, reference, opened_at, asked_at FROM open_case WHERE destination = ?"
        " AND (asked_at IS NULL OR asked_at <= ?) ORDER BY asked_at, opened_at LIMIT ?",
        (destination, asked_before, limit),
    ).fetchall()
    return tuple(
        Case(
            destination=destination,
            dossier_id=dossier_id,
            reference=reference,
            opened_at=instant(opened_at),
            asked_at=instant_or_none(asked_at),
            identifiers=_names(connection, dossier_id),
        )
        for dossier_id, reference, opened_at, asked_at in found
    )
