"""Looks into the database through connections that cannot write."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.audit import Audit
from gateway.adapters.ledger_rules.page import page_of, where
from gateway.adapters.ledger_rules.row import delivery_of
from gateway.adapters.postgres.cell import NEWS, ROW, identifier_of, kept_of, receipt_of, row_of
from gateway.adapters.postgres.foreign import AWAY
from gateway.adapters.postgres.refused import REFUSED, refused_of
from gateway.domain.delivery import State
from gateway.domain.errors import RetryLater
from gateway.domain.journal import microseconds
from gateway.ports import Case, DossierRecord, JournalEntry, TransferRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from asyncpg import Pool, Record

    from gateway.adapters.ledger_rules.change import JournalRow
    from gateway.domain.dossier import Identifier
    from gateway.ports import Filter, JournalCheck, Kept, Page, RefusedNews

__all__ = ["PostgresReader"]

TRANSFER = "id, message_id, sender, dossier_id, digest, accepted_at, destinations, event, procedure"
JOURNAL = "number, at, transfer_id, delivery_id, before, after, who, why, chain"


class PostgresReader:
    """Fulfils `Reader`; any number of calls at once, as many at a time as the pool has connections."""

    def __init__(self, pool: Pool[Record], *, seconds: float) -> None:
        """Keep the pool; a free connection is waited for at most `seconds`."""
        self._pool = pool
        self._seconds = seconds

    async def transfer(self, transfer_id: str) -> TransferRecord | None:
        """As `Reader.transfer`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE id = $1", transfer_id)  # noqa: S608 - a constant
        return _transfer_of(found[0]) if found else None

    async def sent(self, sender: str, message_id: str) -> TransferRecord | None:
        """As `Reader.sent`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE sender = $1 AND message_id = $2", sender, message_id)  # noqa: S608 - a constant
        return _transfer_of(found[0]) if found else None

    async def payload(self, transfer_id: str, *, raw: bool = False) -> bytes | None:
        """As `Reader.payload`."""
        column = "coalesce(raw, canonical)" if raw else "canonical"
        found = await self._rows(f"SELECT {column} FROM transfer WHERE id = $1", transfer_id)  # noqa: S608 - a constant
        return found[0][0] if found else None

    async def dossier(self, identifier: str, *, scheme: str | None = None) -> DossierRecord | None:
        """As `Reader.dossier`."""
        found: list[Record] = []
        if scheme is None:
            found = await self._rows("SELECT id, origin, procedure, opened_at FROM dossier WHERE id = $1", identifier)
        if not found:
            found = await self._rows(
                "SELECT dossier.id, origin, procedure, opened_at FROM identifier JOIN dossier ON dossier.id = dossier_id"
                " WHERE value = $1 AND ($2::text IS NULL OR scheme = $2) ORDER BY identifier.number LIMIT 1",
                identifier,
                scheme,
            )
        if not found:
            return None
        dossier_id, origin, procedure, opened_at = found[0]
        names = await self._names([dossier_id])
        return DossierRecord(
            id=dossier_id,
            origin=origin,
            procedure=procedure,
            opened_at=opened_at,
            identifiers=names.get(dossier_id, ()),
        )

    async def may_read(self, system: str, attachments: Collection[str]) -> frozenset[str]:
        """As `Reader.may_read`."""
        names = [bytes.fromhex(sha256) for sha256 in attachments]
        found = await self._rows("SELECT sha256 FROM attachment_reader WHERE sha256 = ANY($1::bytea[]) AND system = $2", names, system)
        return frozenset(cells[0].hex() for cells in found)

    async def deliveries(self, which: Filter, *, cursor: str | None = None, limit: int = 100) -> Page:
        """As `Reader.deliveries`."""
        condition, values = where(which, cursor, mark=lambda number: f"${number}", time=lambda at: at)
        found = await self._rows(
            f"SELECT {ROW} FROM delivery WHERE {condition} ORDER BY accepted_at, id LIMIT {int(limit) + 1}",  # noqa: S608 - marks only
            *values,
        )
        return page_of([delivery_of(row_of(cells)) for cells in found], limit)

    async def transfers(self, dossier_id: str) -> tuple[TransferRecord, ...]:
        """As `Reader.transfers`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE dossier_id = $1 ORDER BY number", dossier_id)  # noqa: S608 - a constant
        return tuple(_transfer_of(cells) for cells in found)

    async def journal(self, *, transfer_id: str | None = None, after: int = 0, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """As `Reader.journal`."""
        one = "" if transfer_id is None else "AND transfer_id = $3"
        found = await self._rows(
            f"SELECT {JOURNAL} FROM journal WHERE number > $1 {one} ORDER BY number LIMIT $2",  # noqa: S608 - constants
            after,
            limit,
            *([] if transfer_id is None else [transfer_id]),
        )
        return tuple(_entry_of(cells) for cells in found)

    async def verify_journal(self) -> JournalCheck:
        """As `Reader.verify_journal`; reads a page at a time."""
        audit = Audit()
        head = await self._rows("SELECT number, chain FROM journal_head")
        number, chain = head[0]
        while rows := await self._rows(
            f"SELECT {JOURNAL} FROM journal WHERE number > $1 AND number <= $2 ORDER BY number LIMIT 2000",  # noqa: S608 - a constant
            audit.number,
            number,
        ):
            if broken := audit.read(map(_told, rows)):
                return broken
        return audit.end(number, chain)

    async def counts(self, *, now: datetime) -> tuple[tuple[str, State, int, float], ...]:
        """As `Reader.counts`."""
        found = await self._rows(
            "SELECT destination, state, count(*), min(accepted_at) FROM delivery"
            " WHERE state IN ('queued', 'sending', 'deferred', 'unknown', 'parked', 'waiting')"
            " GROUP BY destination, state ORDER BY destination, state"
        )
        return tuple((destination, State(state), count, (now - oldest).total_seconds()) for destination, state, count, oldest in found)

    async def refused(self, *, news_id: str | None = None, limit: int = 100) -> tuple[RefusedNews, ...]:
        """As `Reader.refused`."""
        found = await self._rows(
            f"SELECT {REFUSED} FROM refused WHERE $1::text IS NULL OR id = $1 ORDER BY refused_at DESC, id DESC LIMIT $2",  # noqa: S608 - a constant
            news_id,
            limit,
        )
        return tuple(map(refused_of, found))

    async def open_cases(self, destination: str, *, asked_before: datetime, limit: int) -> tuple[Case, ...]:
        """As `Registers.open_cases`."""
        found = await self._rows(
            "SELECT dossier_id, reference, opened_at, asked_at FROM open_case WHERE destination = $1"
            " AND (asked_at IS NULL OR asked_at <= $2) ORDER BY asked_at NULLS FIRST, opened_at LIMIT $3",
            destination,
            asked_before,
            limit,
        )
        names = await self._names([cells[0] for cells in found])
        return tuple(
            Case(
                destination=destination,
                dossier_id=dossier_id,
                reference=reference,
                opened_at=opened_at,
                asked_at=asked_at,
                identifiers=names.get(dossier_id, ()),
            )
            for dossier_id, reference, opened_at, asked_at in found
        )

    async def checkpoint(self, name: str) -> str | None:
        """As `Registers.checkpoint`."""
        found = await self._rows("SELECT value FROM checkpoint WHERE name = $1", name)
        return found[0][0] if found else None

    async def _names(self, dossiers: Sequence[str]) -> dict[str, tuple[Identifier, ...]]:
        """Read the ids of dossiers, in the order they were learnt."""
        names: dict[str, list[Identifier]] = defaultdict(list)
        for dossier_id, *cells in await self._rows(
            "SELECT dossier_id, value, scheme, issuer FROM identifier WHERE dossier_id = ANY ($1::text[]) ORDER BY number",
            dossiers,
        ):
            names[dossier_id].append(identifier_of(*cells))
        return {dossier_id: tuple(found) for dossier_id, found in names.items()}

    async def unread(self, system: str, *, limit: int) -> tuple[Kept, ...]:
        """As `Registers.unread`."""
        found = await self._rows(f"SELECT {NEWS} FROM news WHERE system = $1 ORDER BY number LIMIT $2", system, limit)  # noqa: S608 - a constant
        return tuple(map(kept_of, found))

    async def _rows(self, statement: str, *values: object) -> list[Record]:
        """Read all rows of a statement. Raises `RetryLater` when the database cannot be read now."""
        if any(isinstance(value, str) and "\0" in value for value in values):
            return []  # PostgreSQL would refuse it; nothing that is stored has one
        try:
            async with self._pool.acquire(timeout=self._seconds) as connection:
                return await connection.fetch(statement, *values)
        except AWAY as error:
            raise RetryLater("the ledger database cannot be read now", code="ledger_away") from error


def _told(cells: Record) -> JournalRow:
    """Read an entry of the journal as it was chained."""
    number, at, transfer_id, delivery_id, before, after, who, why, chain = cells
    return number, microseconds(at), transfer_id, delivery_id, before, after, who, why, chain


def _transfer_of(cells: Record) -> TransferRecord:
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


def _entry_of(cells: Record) -> JournalEntry:
    """Read an entry of the journal, in the order of `JOURNAL`."""
    number, at, transfer_id, delivery_id, before, after, who, why, chain = cells
    return JournalEntry(
        number=number,
        at=at,
        transfer_id=transfer_id,
        delivery_id=delivery_id,
        before=before,
        after=after,
        who=who,
        why=why,
        chain=chain.hex(),
    )
