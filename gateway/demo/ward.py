"""The desk of the ward: a system that speaks SOAP and nothing else."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.demo.arrival import Arrival, hashes
from gateway.demo.place import WARD, key_of
from gateway.demo.soap_line import SoapLine
from gateway.demo.story import birth, paper
from gateway.domain.transfer import primary_identifier
from gateway.web.soap.message import (
    Acknowledge,
    AcknowledgeResponse,
    Enclosure,
    GetDossier,
    GetDossierResponse,
    GetPending,
    GetPendingResponse,
    SendDossier,
    SendDossierResponse,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from gateway.web.soap.message import PendingDelivery

__all__ = ["Ward"]

AT_ONCE = 8


class Ward:
    """Sends births, fetches what waits with its papers; `arrived` is what came, in order."""

    def __init__(self, session: aiohttp.ClientSession, doors: Sequence[str]) -> None:
        """Use the doors in turn."""
        self._line = SoapLine(session, doors, WARD, key_of(WARD))
        self._limit = asyncio.Semaphore(AT_ONCE)
        self.arrived: list[Arrival] = []
        self.accepted = 0

    async def send(self, numbers: Sequence[int]) -> None:
        """Send births with their papers, some at once."""
        await asyncio.gather(*(self._send(number) for number in numbers))

    async def fetch(self) -> int:
        """Fetch what waits, read each, and acknowledge it; tell how much it was. No two are of one dossier."""
        pending, _ = await self._line.call(GetPending(limit=50, hold_seconds=30), GetPendingResponse)
        await asyncio.gather(*(self._take(delivery) for delivery in pending.deliveries))
        return len(pending.deliveries)

    async def _send(self, number: int) -> None:
        """Send a birth, its paper in the same message."""
        content = paper(number, WARD)
        transfer = birth(number, sha256=sha256(content).hexdigest(), size=len(content), system=WARD)
        message = SendDossier(transfer=transfer, attachments=(Enclosure(id="giay-chung-sinh", content=b""),))
        async with self._limit:
            await self._line.call(message, SendDossierResponse, {"giay-chung-sinh": content})
        self.accepted += 1

    async def _take(self, delivery: PendingDelivery) -> None:
        """Read a dossier with its contents, and say that it is here."""
        async with self._limit:
            read, contents = await self._line.call(GetDossier(transfer_id=delivery.transfer_id, contents="mtom"), GetDossierResponse)
            code = primary_identifier(read.transfer.dossier).value
            came = Arrival(code=code, sender=read.sender, event=read.transfer.event.kind, papers=hashes(contents.values()))
            self.arrived.append(came)
            answer = Acknowledge(delivery_id=delivery.delivery_id, lease=delivery.lease, reference=f"P-{code}")
            await self._line.call(answer, AcknowledgeResponse)
