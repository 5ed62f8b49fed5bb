"""How values lie in the columns of both ledgers, and how they are read back; only instants differ between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import UNSET

from gateway.adapters.ledger_rules.row import Row
from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.domain.errors import Problem
from gateway.domain.journal import microseconds
from gateway.domain.receipt import Receipt
from gateway.domain.transfer import digest
from gateway.ports import JournalEntry, Kept, News, RefusedNews, TransferRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.ledger_rules.change import JournalRow
    from gateway.adapters.ledger_rules.command import Refuse
    from gateway.ports import Acceptance

__all__ = ["JOURNAL", "NEWS", "REFUSED", "ROW", "TRANSFER", "Cells", "Record", "identifier_of", "issuer_cell"]

#: The columns of a delivery, in the order of `Cells.of_row` and `Cells.row`.
ROW = (
    "id, transfer_id, destination, dossier_id, position, state, attempts, accepted_at, changed_at, due_at, publish_at, "
    "lease_until, failing_since, fence, owner, ask_first, cause, text, reference, replayed_after"
)
#: The columns of an entry, in the order of `Cells.entry` and `Cells.told`.
JOURNAL = "number, at, transfer_id, delivery_id, before, after, who, why, chain"
#: The columns of news, in the order of `Cells.of_kept` and `Cells.kept`.
NEWS = "id, system, kept_at, media_type, memo, body, again"
#: What is shown of refused news, in the order of `Cells.refused`; `Cells.of_refused` adds memo and body.
REFUSED = "id, system, kept_at, refused_at, code, problems, media_type, sha256, size"
#: The columns of a transfer, in the order of `Cells.transfer`; the first seven are its receipt.
TRANSFER = "id, message_id, sender, dossier_id, digest, accepted_at, destinations, event, procedure"

_encode = msgspec.json.Encoder().encode
_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_problems = msgspec.json.Decoder(tuple[Problem, ...]).decode


class Record(Protocol):
    """One row, as either database gives it."""

    def __getitem__(self, index: int, /) -> Any:
        """Give the cell of a column."""

    def __iter__(self) -> Iterator[Any]:
        """Give all cells."""


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """Reads and writes cells; `instant` reads an instant and `at` writes one."""

    instant: Callable[[Any], datetime]
    at: Callable[[datetime], Any]

    def instant_or_none(self, cell: Any) -> datetime | None:
        """Read an instant that may be missing."""
        return None if cell is None else self.instant(cell)

    def at_or_none(self, instant: datetime | None) -> Any:
        """Write an instant that may be missing."""
        return None if instant is None else self.at(instant)

    def of_row(self, row: Row) -> tuple[Any, ...]:
        """Write a delivery."""
        return (
            row.id,
            row.transfer_id,
            row.destination,
            row.dossier_id,
            row.position,
            row.state.value,
            row.attempts,
            self.at(row.accepted_at),
            self.at(row.changed_at),
            self.at(row.due_at),
            self.at(row.publish_at),
            self.at_or_none(row.lease_until),
            self.at_or_none(row.failing_since),
            row.fence,
            row.owner,
            row.ask_first,
            row.cause,
            row.text,
            row.reference,
            row.replayed_after,
        )

    def row(self, cells: Record) -> Row:
        """Read a delivery."""
        return Row(
            id=cells[0],
            transfer_id=cells[1],
            destination=cells[2],
            dossier_id=cells[3],
            position=cells[4],
            state=State(cells[5]),
            attempts=cells[6],
            accepted_at=self.instant(cells[7]),
            changed_at=self.instant(cells[8]),
            due_at=self.instant(cells[9]),
            publish_at=self.instant(cells[10]),
            lease_until=self.instant_or_none(cells[11]),
            failing_since=self.instant_or_none(cells[12]),
            fence=cells[13],
            owner=cells[14],
            ask_first=bool(cells[15]),
            cause=cells[16],
            text=cells[17],
            reference=cells[18],
            replayed_after=cells[19],
        )

    def of_transfer(self, item: Acceptance, receipt: Receipt) -> tuple[Any, ...]:
        """Write a transfer: id, sender, message_id, dossier_id, event, procedure, digest, accepted_at, destinations, raw_media_type,
        canonical, raw.
        """
        return (
            item.transfer_id,
            item.sender,
            item.message_id,
            receipt.dossier_id,
            str(item.event),
            item.procedure,
            item.digest,
            self.at(item.accepted_at),
            _encode(receipt.destinations).decode(),
            item.raw_media_type,
            item.canonical,
            None if item.raw == item.canonical else item.raw,
        )

    def receipt(self, cells: Record) -> Receipt:
        """Read the receipt of a transfer."""
        return Receipt(
            transfer_id=cells[0],
            message_id=cells[1],
            sender=cells[2],
            dossier_id=cells[3],
            digest=cells[4],
            accepted_at=self.instant(cells[5]),
            destinations=_decode_names(cells[6]),
        )

    def transfer(self, cells: Record) -> TransferRecord:
        """Read a transfer without its payloads."""
        receipt = self.receipt(cells)
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

    def told(self, cells: Record) -> JournalRow:
        """Read an entry of the journal as it was chained."""
        number, at, transfer_id, delivery_id, before, after, who, why, chain = cells
        return number, microseconds(self.instant(at)), transfer_id, delivery_id, before, after, who, why, chain

    def entry(self, cells: Record) -> JournalEntry:
        """Read an entry of the journal."""
        number, at, transfer_id, delivery_id, before, after, who, why, chain = cells
        return JournalEntry(
            number=number,
            at=self.instant(at),
            transfer_id=transfer_id,
            delivery_id=delivery_id,
            before=before,
            after=after,
            who=who,
            why=why,
            chain=chain.hex(),
        )

    def of_kept(self, kept: Kept) -> tuple[Any, ...]:
        """Write news."""
        return (kept.id, kept.system, self.at(kept.kept_at), kept.news.media_type, kept.news.memo, kept.news.body, kept.again)

    def kept(self, cells: Record) -> Kept:
        """Read news."""
        name, system, kept_at, media_type, memo, body, again = cells
        news = News(body=body, media_type=media_type, memo=memo)
        return Kept(id=name, system=system, kept_at=self.instant(kept_at), news=news, again=bool(again))

    def of_refused(self, refused: Refuse) -> tuple[Any, ...]:
        """Write refused news: what is shown of them, then memo and body."""
        kept, news = refused.kept, refused.kept.news
        when = (self.at(kept.kept_at), self.at(refused.at))
        why = (refused.code, _encode(refused.problems).decode())
        return (kept.id, kept.system, *when, *why, news.media_type, digest(news.body), len(news.body), news.memo, news.body)

    def refused(self, cells: Record) -> RefusedNews:
        """Read what is shown of refused news."""
        name, system, kept_at, refused_at, code, problems, media_type, sha256, size = cells
        return RefusedNews(
            id=name,
            system=system,
            kept_at=self.instant(kept_at),
            refused_at=self.instant(refused_at),
            code=code,
            problems=_decode_problems(problems),
            media_type=media_type,
            sha256=sha256,
            size=size,
        )


def issuer_cell(name: Identifier) -> str | None:
    """Write an issuer: NULL when not said, empty when said to be none."""
    return None if name.issuer is UNSET else (name.issuer or "")


def identifier_of(value: str, scheme: str, issuer: str | None) -> Identifier:
    """Read an identifier."""
    said = UNSET if issuer is None else (issuer or None)
    return Identifier(value=value, scheme=scheme, issuer=said)
