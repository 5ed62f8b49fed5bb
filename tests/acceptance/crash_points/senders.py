"""Who sends and fetches in a trial, as real systems do: a message that nobody answered is sent again under its id."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
from msgspec import UNSET

from gateway.demo.place import DESK, PORTAL, key_of
from gateway.demo.story import HANOI, birth, paper, portal_item
from gateway.domain.delivery import FINAL
from gateway.domain.dossier import Dossier, Identifier
from gateway.domain.event import EventKind
from gateway.domain.transfer import Event, Transfer

__all__ = ["BIRTH", "LONG", "ONLINE", "ONLINE_COURSE", "STEPS", "Caller", "Desk", "PortalSender"]

#: A birth that goes everywhere and comes back; a dossier of which the desk tells step after step; one that the portal hands over.
BIRTH = birth(1, sha256="0" * 64, size=0).dossier.identifiers[0].value
LONG = "H21.129-260302-0002"
ONLINE = portal_item(1)["MaHoSo"]
ONLINE_COURSE = ["submitted", "processing", "completed"]
STEPS = 3


class Caller:
    """Calls the doors as one system, until it is answered."""

    def __init__(self, session: aiohttp.ClientSession, door: str, system: str) -> None:
        self._session = session
        self._door = door
        self._headers = {"Authorization": f"Bearer {key_of(system)}", "Content-Type": "application/json"}

    async def ask(self, method: str, path: str, body: object = None, params: Sequence[tuple[str, str]] = ()) -> tuple[int, Any] | None:
        """Make a call; tell the status and the JSON of its answer, None when there is none or it says "not now"."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        try:
            call = self._session.request(method, self._door + path, data=content, params=list(params), headers=self._headers)
            async with call as answer:
                read = await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return None
        return (answer.status, msgspec.json.decode(read) if read else None) if answer.status < 500 else None

    async def insist(self, method: str, path: str, body: object = None, params: Sequence[tuple[str, str]] = ()) -> tuple[int, Any]:
        """Make a call again and again until it is answered."""
        while True:
            if answered := await self.ask(method, path, body, params):
                return answered
            await asyncio.sleep(0.02)

    async def has_pending(self) -> bool:
        """Tell whether a delivery of what it sent is not at its end."""
        _, page = await self.insist("GET", "/v1/deliveries", params=[("limit", "1000")])
        return any(one["state"] not in FINAL for one in page["deliveries"])


class Desk(Caller):
    """The desk of a commune: sends a birth with its paper and a long dossier, fetches what comes for it.

    `receipts` are those it was given, by message id; `arrived` the deliveries that it was handed, in order, by dossier; `unannounced` those
    handed to it twice without a word.
    """

    def __init__(self, session: aiohttp.ClientSession, door: str) -> None:
        super().__init__(session, door, DESK)
        self.receipts: dict[str, Mapping[str, Any]] = {}
        self.arrived: dict[str, dict[str, str]] = defaultdict(dict)
        self.unannounced: list[str] = []
        self._sent: list[Transfer] = []

    async def send_birth(self) -> None:
        """Upload a paper, then send the birth that claims it."""
        _, stored = await self.insist("POST", "/v1/attachments", paper(1))
        await self._send(birth(1, sha256=stored["sha256"], size=stored["size"]))

    async def send_long(self) -> None:
        """Send a dossier to the portal alone, and what is done to it at once."""
        whole = birth(2, sha256="0" * 64, size=0)
        await self._send(
            msgspec.structs.replace(whole, recipients=(PORTAL,), dossier=msgspec.structs.replace(whole.dossier, components=())),
        )
        for number in range(1, STEPS + 1):
            when = HANOI + timedelta(hours=number)
            event = Event(kind=EventKind.PROCESSING, occurred_at=when, note=f"bước {number}")
            known = Dossier(identifiers=(Identifier(value=LONG, scheme="dossier"),), procedure=UNSET)
            await self._send(Transfer(message_id=f"long-{number}", event=event, dossier=known, recipients=(PORTAL,)))

    async def send_again(self) -> list[str]:
        """Send everything once more; name what was not answered with its stored receipt."""
        answers = [await self.insist("POST", "/v1/transfers", transfer) for transfer in self._sent]
        return [
            f"{transfer.message_id} was answered {status} {receipt}"
            for transfer, (status, receipt) in zip(self._sent, answers, strict=True)
            if (status, receipt) != (200, self.receipts[transfer.message_id])
        ]

    async def fetch_for_ever(self) -> None:
        """Fetch what waits and acknowledge it, again and again. Of what it could not acknowledge it forgets everything, and takes it again
        when it is handed out again.
        """
        while True:
            _, page = await self.insist("POST", "/v1/inbox/lease", {"limit": 50, "hold_seconds": 5})
            for item in page["items"]:
                self._take(item)
                acknowledged = await self.ask("POST", f"/v1/inbox/{item['delivery_id']}/acknowledge", {"lease": item["lease"]})
                assert acknowledged is None or acknowledged[0] in {204, 409}, acknowledged  # 409: it came too late
            await asyncio.sleep(0 if page["items"] else 0.05)

    def _take(self, item: Mapping[str, Any]) -> None:
        transfer = item["accepted"]["transfer"]
        (code,) = {one["value"] for one in transfer["dossier"]["identifiers"] if one["scheme"] == "dossier"}
        if item["delivery_id"] in self.arrived[code] and not item["repeated"]:
            self.unannounced.append(f"handed out again without a word: {item['delivery_id']}")
        self.arrived[code].setdefault(item["delivery_id"], transfer["event"]["kind"])

    async def _send(self, transfer: Transfer) -> None:
        self._sent.append(transfer)
        status, receipt = await self.insist("POST", "/v1/transfers", transfer)
        assert status in {200, 202}, receipt
        self.receipts[transfer.message_id] = receipt


class PortalSender(Caller):
    """The portal's own side: it hands over a dossier, then what is done to it."""

    def __init__(self, session: aiohttp.ClientSession, door: str) -> None:
        super().__init__(session, door, PORTAL)

    async def send(self) -> None:
        """Make every call until it is answered; all of it may be made again."""
        await self._call("DongBoHoSoMC", portal_item(1))
        for status, hour in (("4", "10"), ("9", "11")):
            step = {"MaHoSo": ONLINE, "NguoiXuLy": "Chuyên viên Mẫu", "ThoiDiemXuLy": f"20260303{hour}0000", "NoiDungXuLy": "Thẩm định"}
            await self._call("CapNhatTienDoHoSoMC", step | {"TrangThai": status})

    async def _call(self, service: str, item: Mapping[str, Any]) -> None:
        call = {"session": "trial", "madonvi": "000.00.00.H21", "service": service, "isUpdating": "False", "data": [item]}
        _, said = await self.insist("POST", f"/systems/{PORTAL}/mapi/g", call)
        assert said["error_code"] == "0", said
