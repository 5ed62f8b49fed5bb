"""Send a transfer; read it, its deliveries and receipt; follow a dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Malformed, Problem, Refused
from gateway.domain.transfer import Transfer
from gateway.ports import DossierRecord, Filter, TransferRecord
from gateway.web.body import decode, read_body
from gateway.web.caller import caller, require_concern

if TYPE_CHECKING:
    from gateway.domain.agency import System
    from gateway.domain.receipt import Receipt
    from gateway.web.doors import Doors

__all__ = ["DossierTrace", "TransferDoor", "TransferView"]


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as its sender or receiver sees it."""

    record: TransferRecord
    transfer: Transfer


class DossierTrace(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier's transfers and deliveries, as far as they concern the caller."""

    dossier: DossierRecord
    transfers: tuple[TransferRecord, ...]
    deliveries: tuple[Delivery, ...]


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of deliveries; `cursor` asks for the next."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None


class TransferDoor:
    """The handlers about transfers."""

    def __init__(self, doors: Doors) -> None:
        """Keep what the doors are given."""
        self._doors = doors

    async def send(self, request: web.Request) -> web.Response:
        """Accept a transfer: 202 with a receipt, or 200 with the stored receipt of a repetition."""
        system = caller(request, self._doors.directory())
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(reason="send application/json")
        body = await read_body(request, self._doors.limits)
        try:
            transfer = _with_key(body, request.headers.get("Idempotency-Key"))
            receipt, new = await self._doors.acceptor.accept(system.name, transfer, raw=body, raw_media_type="application/json")
        except (Malformed, Refused) as error:
            self._doors.telemetry.refused(sender=system.name, code=error.code)
            raise
        return _answer(receipt, status=202 if new else 200, location=f"/v1/transfers/{receipt.transfer_id}")

    async def read(self, request: web.Request) -> web.Response:
        """Read a transfer with its canonical content."""
        record = await self._record(request)
        payload = await self._doors.reader.payload(record.id)
        if payload is None:
            raise Refused("the content of this transfer was purged", code="not_found")
        return _answer(TransferView(record=record, transfer=msgspec.json.decode(payload, type=Transfer)))

    async def receipt(self, request: web.Request) -> web.Response:
        """Read the receipt of a transfer."""
        return _answer((await self._record(request)).receipt)

    async def deliveries(self, request: web.Request) -> web.Response:
        """Read the deliveries of a transfer: all for its sender, its own for a receiver."""
        system = caller(request, self._doors.directory())
        record = await self._record(request)
        mine = None if record.sender == system.name else system.name
        page = await self._doors.reader.deliveries(Filter(transfer_id=record.id, destination=mine), limit=100)
        return _answer(DeliveryPage(deliveries=page.deliveries, cursor=None))

    async def list_deliveries(self, request: web.Request) -> web.Response:
        """List the deliveries of what the caller sent (`role=sender`, the default) or of what goes to it (`role=destination`)."""
        system = caller(request, self._doors.directory())
        which, limit = _filter(request, system)
        page = await self._doors.reader.deliveries(which, cursor=request.query.get("cursor"), limit=limit)
        return _answer(DeliveryPage(deliveries=page.deliveries, cursor=page.cursor))

    async def trace(self, request: web.Request) -> web.Response:
        """Follow a dossier by any of its ids."""
        system = caller(request, self._doors.directory())
        reader = self._doors.reader
        dossier = await reader.dossier(request.match_info["identifier"], scheme=request.query.get("scheme"))
        transfers = await reader.transfers(dossier.id) if dossier else ()
        mine = [record for record in transfers if system.name in (record.sender, *record.receipt.destinations)]
        if dossier is None or not mine:
            raise Refused("no such dossier", code="not_found")
        page = await reader.deliveries(Filter(dossier_id=dossier.id), limit=1000)
        sent = {record.id for record in mine if record.sender == system.name}
        seen = tuple(one for one in page.deliveries if one.transfer_id in sent or one.destination == system.name)
        return _answer(DossierTrace(dossier=dossier, transfers=tuple(mine), deliveries=seen))

    async def _record(self, request: web.Request) -> TransferRecord:
        """Find the transfer that the path names."""
        system = caller(request, self._doors.directory())
        return await require_concern(self._doors.reader, system, request.match_info["transfer_id"])


def _with_key(body: bytes, key: str | None) -> Transfer:
    """Decode a transfer; an idempotency key is the message id where the body names none, and must equal it otherwise."""
    if key is None:
        return decode(body, Transfer)
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return decode(body, Transfer)
    if isinstance(value, dict) and value.get("message_id") is None:
        return decode(msgspec.json.encode(value | {"message_id": key}), Transfer)
    transfer = decode(body, Transfer)
    if transfer.message_id != key:
        problem = Problem(path="message_id", rule="differs from the header Idempotency-Key; send one of them, or the same in both")
        raise Malformed([problem], code="key_differs")
    return transfer


def _filter(request: web.Request, system: System) -> tuple[Filter, int]:
    """Read the query of a list; every fault at once."""
    problems = []
    states = []
    for name in request.query.getall("state", []):
        if name in {state.value for state in State}:
            states.append(State(name))
        else:
            problems.append(Problem(path="state", rule=f"one of {', '.join(State)}"))
    limit = request.query.get("limit", "100")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= 1000):
        problems.append(Problem(path="limit", rule="a number from 1 to 1000"))
    role = request.query.get("role", "sender")
    if role not in {"sender", "destination"}:
        problems.append(Problem(path="role", rule="sender or destination"))
    if problems:
        raise Malformed(problems)
    sender, destination = (system.name, None) if role == "sender" else (None, system.name)
    return Filter(states=tuple(states), sender=sender, destination=destination), int(limit)


def _answer(value: msgspec.Struct | Receipt, *, status: int = 200, location: str | None = None) -> web.Response:
    """Answer a value as JSON."""
    headers = {"Location": location} if location else None
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json", headers=headers)
