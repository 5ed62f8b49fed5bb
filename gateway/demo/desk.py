"""The one-stop desk of the commune: a system that speaks the canonical form by REST and fetches what comes for it."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.demo.arrival import Arrival
from gateway.demo.place import DESK, PORTAL, key_of
from gateway.demo.story import birth, malformed, paper, portal_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

__all__ = ["Desk", "push_from_portal"]

AT_ONCE = 8


class Desk:
    """Sends births, fetches its inbox; `arrived` is what came, in order."""

    def __init__(self, session: aiohttp.ClientSession, doors: Sequence[str]) -> None:
        """Use the doors in turn."""
        self._session = session
        self._doors = itertools.cycle(doors)
        self._headers = {"Authorization": f"Bearer {key_of(DESK)}", "Content-Type": "application/json"}
        self.arrived: list[Arrival] = []
        self.accepted = 0
        self.refusal: dict[str, Any] = {}

    async def send(self, numbers: Sequence[int]) -> None:
        """Send births with their papers, some at once; a door that says "not now" is asked again."""
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with limit:
                await self._send(number)

        await asyncio.gather(*(one(number) for number in numbers))

    async def send_malformed(self) -> None:
        """Send a faulty transfer and keep the answer."""
        async with self._session.post(f"{next(self._doors)}/v1/transfers", data=malformed(), headers=self._headers) as answer:
            self.refusal = {"status": answer.status, **await answer.json(content_type=None)}

    async def fetch(self) -> int:
        """Fetch what waits and acknowledge it; tell how much it was."""
        door = next(self._doors)
        asked = {"limit": 50, "hold_seconds": 30}
        async with self._session.post(f"{door}/v1/inbox/lease", json=asked, headers=self._headers) as answer:
            items = (await answer.json())["items"]
        for item in items:
            accepted = item["accepted"]
            transfer = accepted["transfer"]
            code = min(transfer["dossier"]["identifiers"], key=lambda one: one["scheme"] != "dossier")["value"]
            self.arrived.append(Arrival(code=code, sender=accepted["sender"], event=transfer["event"]["kind"]))
            place = f"{door}/v1/inbox/{item['delivery_id']}/acknowledge"
            async with self._session.post(place, json={"lease": item["lease"]}, headers=self._headers) as answer:
                answer.raise_for_status()
        return len(items)

    async def _send(self, number: int) -> None:
        """Upload the paper of a birth, then send the birth."""
        door = next(self._doors)
        async with self._session.post(f"{door}/v1/attachments", data=paper(number), headers=self._headers) as answer:
            answer.raise_for_status()
            stored = await answer.json()
        body = msgspec.json.encode(birth(number, sha256=stored["sha256"], size=stored["size"]))
        while True:
            async with self._session.post(f"{door}/v1/transfers", data=body, headers=self._headers) as answer:
                if answer.status != 503:
                    answer.raise_for_status()
                    self.accepted += 1
                    return
            await asyncio.sleep(0.2)


async def push_from_portal(session: aiohttp.ClientSession, door: str, numbers: Sequence[int]) -> int:
    """Hand dossiers over as the portal does, ten in a call; tell how many calls were answered with success."""
    done = 0
    for first in range(0, len(numbers), 10):
        items = [portal_item(number) for number in numbers[first : first + 10]]
        call = {"session": "demonstration", "madonvi": "000.00.00.H21", "service": "DongBoHoSoMC", "isUpdating": "False", "data": items}
        headers = {"X-Api-Key": key_of(PORTAL)}
        async with session.post(f"{door}/systems/{PORTAL}/mapi/g", json=call, headers=headers) as answer:
            done += str((await answer.json(content_type=None)).get("error_code")) == "0"
    return done
