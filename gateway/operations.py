"""What an operator asks of a gateway, running or not: list, show, trace, replay, park, discard, verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Malformed, Problem, Refused
from gateway.ports import Act, DossierRecord, Filter, JournalCheck, JournalEntry, TransferRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.backing import LedgerSet
    from gateway.ports import Clock, Reader, Work

__all__ = [
    "ActOn",
    "Acted",
    "Counts",
    "Deliveries",
    "ListDeliveries",
    "Operations",
    "Request",
    "ShowDelivery",
    "Shown",
    "TakeStock",
    "Trace",
    "TraceDossier",
    "VerifyLedger",
]


class ListDeliveries(msgspec.Struct, frozen=True, kw_only=True, tag="deliveries"):
    """List deliveries, oldest first."""

    destination: str | None = None
    states: tuple[State, ...] = ()
    cause: str | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 100


class ShowDelivery(msgspec.Struct, frozen=True, kw_only=True, tag="show"):
    """Show one delivery with its journal."""

    delivery_id: str


class TraceDossier(msgspec.Struct, frozen=True, kw_only=True, tag="trace"):
    """Follow a dossier, named by any of its ids."""

    identifier: str


class ActOn(msgspec.Struct, frozen=True, kw_only=True, tag="act"):
    """Replay (to queued), park or discard (to cancelled): deliveries by id, or all parked ones of a destination or a cause."""

    to: State
    who: Annotated[str, Meta(min_length=1)]
    why: Annotated[str, Meta(min_length=1)]
    delivery_ids: tuple[str, ...] = ()
    destination: str | None = None
    cause: str | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000


class TakeStock(msgspec.Struct, frozen=True, kw_only=True, tag="counts"):
    """Count what is not final, by destination and state."""


class VerifyLedger(msgspec.Struct, frozen=True, kw_only=True, tag="verify"):
    """Check the hash chain of the whole journal."""


Request: TypeAlias = ListDeliveries | ShowDelivery | TraceDossier | ActOn | TakeStock | VerifyLedger


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """The deliveries found."""

    deliveries: tuple[Delivery, ...]
    more: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery, its transfer, and all that happened to it."""

    delivery: Delivery
    transfer: TransferRecord
    journal: tuple[JournalEntry, ...]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier's transfers and where each of them went."""

    dossier: DossierRecord
    transfers: tuple[TransferRecord, ...]
    deliveries: tuple[Delivery, ...]


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What an act did, and what it could not do, by delivery."""

    done: tuple[str, ...]
    refused: dict[str, str]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What is not final: (destination, state, how many, age of the oldest in seconds)."""

    pending: tuple[tuple[str, State, int, float], ...]


class Operations:
    """Carries out requests on a ledger; `publish` hands on what an act made ready (the sweeper does it where there is no queue)."""

    def __init__(self, *, ledger: LedgerSet, reader: Reader, clock: Clock, publish: Callable[[Iterable[Work]], None]) -> None:
        """Keep the ports."""
        self._ledger = ledger
        self._reader = reader
        self._clock = clock
        self._publish = publish

    async def carry_out(self, request: Request) -> Deliveries | Shown | Trace | Acted | Counts | JournalCheck:
        """Answer a request. Raises `Malformed` when it names nothing."""
        match request:
            case ListDeliveries():
                return await self._list(request)
            case ShowDelivery(delivery_id=delivery_id):
                return await self._show(delivery_id)
            case TraceDossier(identifier=identifier):
                return await self._trace(identifier)
            case ActOn():
                return await self._act(request)
            case TakeStock():
                return Counts(pending=await self._reader.counts(now=self._clock.now()))
            case VerifyLedger():
                return await self._reader.verify_journal()

    async def _list(self, request: ListDeliveries) -> Deliveries:
        """List one page."""
        which = Filter(destination=request.destination, states=request.states, cause=request.cause)
        page = await self._reader.deliveries(which, limit=request.limit)
        return Deliveries(deliveries=page.deliveries, more=page.cursor is not None)

    async def _show(self, delivery_id: str) -> Shown:
        """Show one delivery."""
        page = await self._reader.deliveries(Filter(delivery_id=delivery_id), limit=1)
        if not page.deliveries:
            raise Malformed([Problem(path="delivery_id", rule="no such delivery")], code="not_found")
        delivery = page.deliveries[0]
        transfer = await self._reader.transfer(delivery.transfer_id)
        if transfer is None:
            raise Malformed([Problem(path="delivery_id", rule="its transfer is not in the ledger")], code="not_found")
        journal = await self._reader.journal(transfer_id=delivery.transfer_id)
        return Shown(
            delivery=delivery, transfer=transfer, journal=tuple(entry for entry in journal if entry.delivery_id in {"", delivery_id})
        )

    async def _trace(self, identifier: str) -> Trace:
        """Follow a dossier."""
        dossier = await self._reader.dossier(identifier)
        if dossier is None:
            raise Malformed([Problem(path="dossier", rule="no dossier has this id")], code="not_found")
        transfers = await self._reader.transfers(dossier.id)
        page = await self._reader.deliveries(Filter(dossier_id=dossier.id), limit=1000)
        return Trace(dossier=dossier, transfers=transfers, deliveries=page.deliveries)

    async def _act(self, request: ActOn) -> Acted:
        """Act on each delivery by itself; one that cannot be acted on does not hold the others."""
        delivery_ids = request.delivery_ids or await self._parked(request)
        done: list[str] = []
        refused: dict[str, str] = {}
        for delivery_id in delivery_ids:
            act = Act(delivery_id=delivery_id, to=request.to, who=request.who, why=request.why, at=self._clock.now())
            try:
                self._publish(await self._ledger.act(act))
            except (Malformed, Refused) as error:
                refused[delivery_id] = str(error)
            else:
                done.append(delivery_id)
        return Acted(done=tuple(done), refused=refused)

    async def _parked(self, request: ActOn) -> tuple[str, ...]:
        """Name the parked deliveries that the request means; an unnarrowed request means none."""
        if request.destination is None and request.cause is None:
            raise Malformed([Problem(path="act", rule="name deliveries, a destination or a cause")])
        which = Filter(destination=request.destination, cause=request.cause, states=(State.PARKED,))
        page = await self._reader.deliveries(which, limit=request.limit)
        return tuple(delivery.id for delivery in page.deliveries)
