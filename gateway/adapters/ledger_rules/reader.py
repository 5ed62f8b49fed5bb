"""Look into a ledger, in the SQL that both databases understand."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from gateway.adapters.ledger_rules.audit import Audit
from gateway.adapters.ledger_rules.cell import JOURNAL, NEWS, REFUSED, ROW, TRANSFER, identifier_of
from gateway.adapters.ledger_rules.page import OPEN, page_of, where
from gateway.adapters.ledger_rules.row import delivery_of
from gateway.domain.delivery import State
from gateway.ports import Case, DossierRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from gateway.adapters.ledger_rules.cell import Cells, Record
    from gateway.domain.dossier import Identifier
    from gateway.ports import Filter, JournalCheck, JournalEntry, Kept, Page, RefusedNews, TransferRecord

__all__ = ["LedgerReader", "Rows"]

#: How many entries of the journal are read at once, so that no reader is held for long.
AUDITED = 2000
#: How many values are looked for in one statement.
TOGETHER = 500

DOSSIER = (
    "SELECT dossier.id, origin, procedure, opened_at, value, scheme, issuer"
    " FROM dossier LEFT JOIN identifier ON dossier_id = dossier.id WHERE dossier.id = coalesce("
    "(SELECT id FROM dossier WHERE id = $1 AND CAST($2 AS text) IS NULL),"
    " (SELECT dossier_id FROM identifier WHERE value = $1 AND (CAST($2 AS text) IS NULL OR scheme = $2) ORDER BY number LIMIT 1))"
    " ORDER BY number"
)
CASES = (
    "SELECT a.dossier_id, reference, opened_at, asked_at, value, scheme, issuer FROM"
    " (SELECT dossier_id, reference, opened_at, asked_at FROM open_case WHERE destination = $1 AND (asked_at IS NULL OR asked_at <= $2)"
    " ORDER BY asked_at NULLS FIRST, opened_at LIMIT $3) AS a LEFT JOIN identifier ON identifier.dossier_id = a.dossier_id"
    " ORDER BY asked_at NULLS FIRST, opened_at, a.dossier_id, number"
)


class Rows(Protocol):
    """A database that can be read."""

    async def __call__(self, statement: str, *values: Any) -> Sequence[Record]:
        """Read all rows of a statement, whose values are marked `$1`, `$2` and so on. Raises `RetryLater` when it cannot be read now."""


class LedgerReader:
    """Fulfils `Reader`, and the reading part of `Registers`; any number of calls at once."""

    def __init__(self, rows: Rows, cells: Cells) -> None:
        """Keep where the rows come from, and how they are read."""
        self._rows = rows
        self._cells = cells

    async def transfer(self, transfer_id: str) -> TransferRecord | None:
        """As `Reader.transfer`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE id = $1", transfer_id)  # noqa: S608 - a constant
        return self._cells.transfer(found[0]) if found else None

    async def sent(self, sender: str, message_id: str) -> TransferRecord | None:
        """As `Reader.sent`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE sender = $1 AND message_id = $2", sender, message_id)  # noqa: S608 - a constant
        return self._cells.transfer(found[0]) if found else None

    async def payload(self, transfer_id: str, *, raw: bool = False) -> bytes | None:
        """As `Reader.payload`."""
        column = "coalesce(raw, canonical)" if raw else "canonical"
        found = await self._rows(f"SELECT {column} FROM transfer WHERE id = $1", transfer_id)  # noqa: S608 - a constant
        return found[0][0] if found else None

    async def dossier(self, identifier: str, *, scheme: str | None = None) -> DossierRecord | None:
        """As `Reader.dossier`."""
        found = await self._rows(DOSSIER, identifier, scheme)
        if not found:
            return None
        dossier_id, origin, procedure, opened_at, *_ = found[0]
        return DossierRecord(
            id=dossier_id,
            origin=origin,
            procedure=procedure,
            opened_at=self._cells.instant(opened_at),
            identifiers=_identifiers(found),
        )

    async def may_read(self, system: str, attachments: Collection[str]) -> frozenset[str]:
        """As `Reader.may_read`."""
        names = [bytes.fromhex(sha256) for sha256 in attachments]
        found: set[str] = set()
        for start in range(0, len(names), TOGETHER):
            some = names[start : start + TOGETHER]
            marks = ", ".join(f"${number}" for number in range(2, len(some) + 2))
            statement = f"SELECT sha256 FROM attachment_reader WHERE system = $1 AND sha256 IN ({marks})"  # noqa: S608 - marks only
            found.update(cells[0].hex() for cells in await self._rows(statement, system, *some))
        return frozenset(found)

    async def deliveries(self, which: Filter, *, cursor: str | None = None, limit: int = 100) -> Page:
        """As `Reader.deliveries`."""
        condition, values = where(which, cursor, time=self._cells.at)
        found = await self._rows(
            f"SELECT {ROW} FROM delivery WHERE {condition} ORDER BY accepted_at, id LIMIT {int(limit) + 1}",  # noqa: S608 - marks only
            *values,
        )
        return page_of([delivery_of(self._cells.row(cells)) for cells in found], limit)

    async def transfers(self, dossier_id: str) -> tuple[TransferRecord, ...]:
        """As `Reader.transfers`."""
        found = await self._rows(f"SELECT {TRANSFER} FROM transfer WHERE dossier_id = $1 ORDER BY number", dossier_id)  # noqa: S608 - a constant
        return tuple(map(self._cells.transfer, found))

    async def journal(self, *, transfer_id: str | None = None, after: int = 0, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """As `Reader.journal`."""
        one, values = ("", ()) if transfer_id is None else ("AND transfer_id = $3", (transfer_id,))
        statement = f"SELECT {JOURNAL} FROM journal WHERE number > $1 {one} ORDER BY number LIMIT $2"  # noqa: S608 - constants
        return tuple(map(self._cells.entry, await self._rows(statement, after, limit, *values)))

    async def verify_journal(self) -> JournalCheck:
        """As `Reader.verify_journal`."""
        audit = Audit()
        ((number, chain),) = await self._rows("SELECT number, chain FROM journal_head")
        statement = f"SELECT {JOURNAL} FROM journal WHERE number > $1 AND number <= $2 ORDER BY number LIMIT {AUDITED}"  # noqa: S608 - constants
        while rows := await self._rows(statement, audit.number, number):
            if broken := audit.read(map(self._cells.told, rows)):
                return broken
        return audit.end(number, chain)

    async def counts(self, *, now: datetime) -> tuple[tuple[str, State, int, float], ...]:
        """As `Reader.counts`."""
        found = await self._rows(
            f"SELECT destination, state, count(*), min(accepted_at) FROM delivery WHERE {OPEN}"  # noqa: S608 - a constant
            " GROUP BY destination, state ORDER BY destination, state"
        )
        age = [(now - self._cells.instant(cells[3])).total_seconds() for cells in found]
        return tuple((cells[0], State(cells[1]), cells[2], seconds) for cells, seconds in zip(found, age, strict=True))

    async def refused(self, *, news_id: str | None = None, limit: int = 100) -> tuple[RefusedNews, ...]:
        """As `Reader.refused`."""
        found = await self._rows(
            f"SELECT {REFUSED} FROM refused WHERE CAST($1 AS text) IS NULL OR id = $1 ORDER BY refused_at DESC, id DESC LIMIT $2",  # noqa: S608 - a constant
            news_id,
            limit,
        )
        return tuple(map(self._cells.refused, found))

    async def open_cases(self, destination: str, *, asked_before: datetime, limit: int) -> tuple[Case, ...]:
        """As `Registers.open_cases`."""
        found = await self._rows(CASES, destination, self._cells.at(asked_before), limit)
        return tuple(
            Case(
                destination=destination,
                dossier_id=dossier_id,
                reference=reference,
                opened_at=self._cells.instant(opened_at),
                asked_at=self._cells.instant_or_none(asked_at),
                identifiers=_identifiers(names),
            )
            for (dossier_id, reference, opened_at, asked_at), names in groupby(found, key=_case)
        )

    async def checkpoint(self, name: str) -> str | None:
        """As `Registers.checkpoint`."""
        found = await self._rows("SELECT value FROM checkpoint WHERE name = $1", name)
        return found[0][0] if found else None

    async def unread(self, system: str, *, limit: int) -> tuple[Kept, ...]:
        """As `Registers.unread`."""
        statement = f"SELECT {NEWS} FROM news WHERE system = $1 ORDER BY number LIMIT $2"  # noqa: S608 - a constant
        return tuple(map(self._cells.kept, await self._rows(statement, system, limit)))


def _case(cells: Record) -> tuple[str, str, Any, Any]:
    """Tell the rows of one case from those of another."""
    return cells[0], cells[1], cells[2], cells[3]


def _identifiers(rows: Iterable[Record]) -> tuple[Identifier, ...]:
    """Read the identifiers at the end of rows, in the order they were learnt; a dossier without any has one row without a value."""
    return tuple(identifier_of(value, scheme, issuer) for *_, value, scheme, issuer in rows if value is not None)
