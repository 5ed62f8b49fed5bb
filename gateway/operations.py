"""What an operator asks of a gateway, running or not: list, show, trace, replay, park, discard, read again, verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Malformed, Problem, Refused
from gateway.ports import Act, DossierRecord, Filter, JournalCheck, JournalEntry, RefusedNews, Revision, TransferRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from gateway.backing import LedgerSet
    from gateway.ports import Clock, Reader, Work

__all__ = [
    "ActOn",
    "Acted",
    "Counts",
    "Deliveries",
    "ListDeliveries",
    "ListRefused",
    "Operations",
    "RefusedList",
    "RefusedShown",
    "Request",
    "Revise",
    "ShowDelivery",
    "ShowRefused",
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


class ListRefused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """List news that could not be accepted, the newest first."""

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 100


class ShowRefused(msgspec.Struct, frozen=True, kw_only=True, tag="show_refused"):
    """Show what is wrong with refused news, and all that happened to them."""

    news_id: str


class Revise(msgspec.Struct, frozen=True, kw_only=True, tag="revise"):
    """Have refused news read again, or discard them."""

    news_ids: tuple[str, ...]
    again: bool
    who: Annotated[str, Meta(min_length=1)]
    why: Annotated[str, Meta(min_length=1)]


class TakeStock(msgspec.Struct, frozen=True, kw_only=True, tag="counts"):
    """Count what is not final, by destination and state."""


class VerifyLedger(msgspec.Struct, frozen=True, kw_only=True, tag="verify"):
    """Check the hash chain of the whole journal."""


Request: TypeAlias = ActOn | ListDeliveries | ListRefused | Revise | ShowDelivery | ShowRefused | TakeStock | TraceDossier | VerifyLedger
Reply: TypeAlias = "Acted | Counts | Deliveries | JournalCheck | RefusedList | RefusedShown | Shown | Trace"


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """The deliveries found."""

    deliveries: tuple[Delivery, ...]
    more: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery, its transfer, and all that happened to it."""

    delivery: Delivery
    transfer: TransferRecord
    journal: tuple[JournalEntry, ...]


class RefusedList(msgspec.Struct, frozen=True, kw_only=True):
    """The refused news found."""

    refused: tuple[RefusedNews, ...]


class RefusedShown(msgspec.Struct, frozen=True, kw_only=True):
    """Refused news, and all that happened to them."""

    refused: RefusedNews
    journal: tuple[JournalEntry, ...]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier's transfers and where each of them went."""

    dossier: DossierRecord
    transfers: tuple[TransferRecord, ...]
    deliveries: tuple[Delivery, ...]


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What an act did, and what it could not do, by delivery or news."""

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

    async def carry_out(self, request: Request) -> Reply:
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
            case ListRefused(limit=limit):
                return RefusedList(refused=await self._reader.refused(limit=limit))
            case ShowRefused(news_id=news_id):
                return await self._show_refused(news_id)
            case Revise():
                return await self._revise(request)
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

    async def _show_refused(self, news_id: str) -> RefusedShown:
        """Show refused news."""
        found = await self._reader.refused(news_id=news_id)
        if not found:
            raise Malformed([Problem(path="news_id", rule="no such news are refused")], code="not_found")
        return RefusedShown(refused=found[0], journal=await self._reader.journal(transfer_id=news_id))

    async def _act(self, request: ActOn) -> Acted:
        """Act on each delivery."""

        async def act(delivery_id: str) -> None:
            wanted = Act(delivery_id=delivery_id, to=request.to, who=request.who, why=request.why, at=self._clock.now())
            self._publish(await self._ledger.act(wanted))

        return await _each(request.delivery_ids or await self._parked(request), act)

    async def _revise(self, request: Revise) -> Acted:
        """Revise each of the news."""

        async def revise(news_id: str) -> None:
            wanted = Revision(news_id=news_id, again=request.again, who=request.who, why=request.why, at=self._clock.now())
            await self._ledger.revise(wanted)

        return await _each(request.news_ids, revise)

    async def _parked(self, request: ActOn) -> tuple[str, ...]:
        """Name the parked deliveries that the request means; an unnarrowed request means none."""
        if request.destination is None and request.cause is None:
            raise Malformed([Problem(path="act", rule="name deliveries, a destination or a cause")])
        which = Filter(destination=request.destination, cause=request.cause, states=(State.PARKED,))
        page = await self._reader.deliveries(which, limit=request.limit)
        return tuple(delivery.id for delivery in page.deliveries)


async def _each(names: Iterable[str], act: Callable[[str], Awaitable[None]]) -> Acted:
    """Act on each by itself; one that cannot be acted on does not hold the others."""
    done: list[str] = []
    refused: dict[str, str] = {}
    for name in names:
        try:
            await act(name)
        except (Malformed, Refused) as error:
            refused[name] = str(error)
        else:
            done.append(name)
    return Acted(done=tuple(done), refused=refused)
