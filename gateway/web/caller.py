"""A known system at a door, and what it may see: what it sent or receives, and nothing else."""

from __future__ import annotations

import msgspec

from gateway.domain.agency import System
from gateway.domain.delivery import Delivery
from gateway.domain.errors import Refused
from gateway.domain.transfer import Transfer
from gateway.ports import DossierRecord, Filter, Page, TransferRecord
from gateway.systems import INBOX
from gateway.web.doors import Doors

__all__ = ["Caller", "Trace"]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier's transfers and deliveries, the oldest first, as far as they concern the caller."""

    dossier: DossierRecord
    transfers: tuple[TransferRecord, ...]
    deliveries: tuple[Delivery, ...]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A system that was let in. Raises `Refused` (not found) for what does not concern it: another's does not exist for it."""

    doors: Doors
    system: System

    def concerns(self, record: TransferRecord) -> bool:
        """Tell whether the caller sent a transfer or receives it."""
        return self.system.name in {record.sender, *record.receipt.destinations}

    def require_inbox(self) -> None:
        """Raise `Refused` for a system whose deliveries are pushed to it: two takers would fight over them."""
        if self.system.connector != INBOX:
            raise Refused("the deliveries of this system are pushed to it; it has no inbox", code="no_inbox")

    async def transfer_of(self, transfer_id: str) -> TransferRecord:
        """Find a transfer."""
        record = await self.doors.reader.transfer(transfer_id)
        if record is None or not self.concerns(record):
            raise Refused("no such transfer", code="not_found")
        return record

    async def content_of(self, record: TransferRecord) -> Transfer:
        """Read the canonical content of a transfer, unless it was purged."""
        payload = await self.doors.reader.payload(record.id)
        if payload is None:
            raise Refused("the content of this transfer was purged", code="not_found")
        return msgspec.json.decode(payload, type=Transfer)

    async def deliveries_of(self, record: TransferRecord, *, cursor: str | None, limit: int) -> Page:
        """Read a page of a transfer's deliveries: all for its sender, its own for a receiver."""
        mine = None if record.sender == self.system.name else self.system.name
        return await self.doors.reader.deliveries(Filter(transfer_id=record.id, destination=mine), cursor=cursor, limit=limit)

    async def trace(self, identifier: str, *, scheme: str | None) -> Trace:
        """Follow a dossier by any of its ids."""
        reader = self.doors.reader
        dossier = await reader.dossier(identifier, scheme=scheme)
        transfers = await reader.transfers(dossier.id) if dossier else ()
        mine = tuple(record for record in transfers if self.concerns(record))
        if dossier is None or not mine:
            raise Refused("no such dossier", code="not_found")
        sent = {record.id for record in mine if record.sender == self.system.name}
        deliveries = await self._all_deliveries(dossier.id)
        seen = tuple(one for one in deliveries if one.transfer_id in sent or one.destination == self.system.name)
        return Trace(dossier=dossier, transfers=mine, deliveries=seen)

    async def _all_deliveries(self, dossier_id: str) -> list[Delivery]:
        """Read every page of a dossier's deliveries."""
        which = Filter(dossier_id=dossier_id)
        page = await self.doors.reader.deliveries(which, limit=1000)
        found = list(page.deliveries)
        while page.cursor is not None:
            page = await self.doors.reader.deliveries(which, cursor=page.cursor, limit=1000)
            found += page.deliveries
        return found
