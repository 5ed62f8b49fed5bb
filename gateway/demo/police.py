"""The police: their register of residents stands behind security servers; they take births there, and call back when one is entered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.demo.arrival import Arrival, hashes
from gateway.demo.place import POLICE, key_of
from gateway.domain.event import EventKind
from gateway.domain.transfer import attachments, primary_identifier

if TYPE_CHECKING:
    from gateway.domain.transfer import Transfer

__all__ = ["Police"]

AT_ONCE = 8


class Police:
    """The agency behind the simulated security servers; `arrived` are the births with their papers."""

    def __init__(self, servers: Any, door: str) -> None:
        """Keep the servers, and put the gateway behind its own."""
        self._servers = servers
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._untold: list[Transfer] = []
        self.arrived: list[Arrival] = []
        servers.connect(f"{door}/systems/{POLICE}", key_of(POLICE))

    async def answer(self) -> None:
        """Enter what came, and tell it; a gateway that cannot take that now is told again later."""
        new = self._servers.agency.transfers[len(self.arrived) :]
        self.arrived += [self._arrival(transfer) for transfer in new]
        telling = [*self._untold, *new]
        taken = await asyncio.gather(*(self._tell(transfer) for transfer in telling))
        self._untold = [transfer for transfer, was_taken in zip(telling, taken, strict=True) if not was_taken]

    async def _tell(self, transfer: Transfer) -> bool:
        """Say that a birth is entered; tell whether the gateway has taken that."""
        async with self._limit:
            return bool(await self._servers.say(transfer, EventKind.COMPLETED))

    def _arrival(self, transfer: Transfer) -> Arrival:
        """A birth with the files that came along."""
        files = [self._servers.agency.files[one.sha256] for _, one in attachments(transfer.dossier)]
        return Arrival(code=primary_identifier(transfer.dossier).value, event=transfer.event.kind, papers=hashes(files))
