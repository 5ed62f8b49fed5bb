"""What the use cases ask of the outside: protocols, with their promises, and the values that cross them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from gateway.domain.delivery import Delivery, State
from gateway.domain.dossier import Identifier
from gateway.domain.errors import Problem
from gateway.domain.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

__all__ = [
    "Acceptance",
    "Accepted",
    "Act",
    "BlobInfo",
    "BlobStore",
    "Case",
    "Clock",
    "Conflict",
    "Desk",
    "DossierRecord",
    "Filter",
    "Handler",
    "JournalCheck",
    "JournalEntry",
    "Kept",
    "Lease",
    "LeaseLost",
    "Ledger",
    "News",
    "Page",
    "Queue",
    "Reader",
    "RefusedNews",
    "Registers",
    "Repeated",
    "Revision",
    "Settlement",
    "Telemetry",
    "TransferRecord",
    "Work",
]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What every value of this page is: immutable, built by names."""


# ---- what goes over the queue --------------------------------------------------------------------------------------


class Work(Value, frozen=True, kw_only=True):
    """One delivery to be made: all that a worker needs, so that it reads nothing before it delivers.

    `payload` is the canonical `AcceptedTransfer` as JSON, or None when it is too large to travel (read it from the ledger then).
    """

    delivery_id: str
    destination: str
    dossier_id: str
    transfer_id: str
    payload: bytes | None = None


Handler: TypeAlias = "Callable[[Work], Awaitable[None]]"


class Queue(Protocol):
    """Carries work to whoever consumes a destination. At least once, in no promised order; it may lose all it has."""

    async def publish(self, works: Sequence[Work]) -> None:
        """Hand over work; when it returns the queue holds all of it. Raises `RetryLater` when it may hold only a part or nothing."""

    async def delay(self, work: Work, after: timedelta) -> None:
        """Hand over work that is to be consumed about `after` from now; promise and errors as `publish`."""

    async def consume(self, destination: str, handler: Handler, *, concurrency: int) -> None:
        """Begin to call `handler` for the destination's work, at most `concurrency` at once, and return.

        Consuming goes on through lost connections until `close` or `stop`. Work whose handler raises comes again after a pause.
        """

    async def stop(self, destination: str) -> None:
        """Stop consuming a destination; return when no handler of it is running. What was not handled stays in the queue."""

    @property
    def connected(self) -> bool:
        """Tell whether work can be handed over, as far as is known."""

    async def depth(self, destination: str) -> int:
        """Count the work the queue holds for a destination, ready or in hand, not counting what is delayed."""

    async def close(self) -> None:
        """Stop consuming everything, wait for running handlers, and let go of the outside."""


# ---- what goes into the ledger -------------------------------------------------------------------------------------


class Acceptance(Value, frozen=True, kw_only=True):
    """A transfer to be committed. `digest` is over the canonical content: it decides whether a repetition is the same.

    `identifiers` tie it to a dossier: the ledger finds the dossier that has one of them, or opens a new one; all of them are
    remembered. `attachments` are the SHA-256 (hexadecimal) of what it names: whoever it concerns may read them from then on.
    `closes_case`: the sender's own case (it was asked to settle the dossier) ends with this.
    """

    transfer_id: str
    sender: str
    message_id: str
    digest: str
    event: str
    procedure: str
    identifiers: tuple[Identifier, ...]
    destinations: tuple[str, ...]
    canonical: bytes
    raw: bytes
    raw_media_type: str
    accepted_at: datetime
    attachments: tuple[str, ...] = ()
    closes_case: bool = False


class Accepted(Value, frozen=True, kw_only=True):
    """It is committed: the receipt, and the works that are at the head of their lane (payload left None)."""

    receipt: Receipt
    works: tuple[Work, ...]


class Repeated(Value, frozen=True, kw_only=True):
    """The same message was accepted before, with the same content: its stored receipt."""

    receipt: Receipt


class Conflict(Value, frozen=True, kw_only=True):
    """The same message id was accepted before from this sender, with other content. Nothing was changed."""

    receipt: Receipt


class Lease(Value, frozen=True, kw_only=True):
    """The right to make one attempt: `fence` grows with each lease of the delivery; `ask_first` when an earlier attempt's outcome is
    unknown; `identifiers` are all known ids of the dossier; `failing_since` is the first failure in a row, None when there is none;
    `tried` counts the attempts that ended since a person last replayed it.
    """

    delivery: Delivery
    fence: int
    ask_first: bool
    identifiers: tuple[Identifier, ...]
    failing_since: datetime | None
    tried: int = 0
    works: tuple[Work, ...] = ()


class Settlement(Value, frozen=True, kw_only=True):
    """What came of a lease. `state` is one of delivered, deferred, unknown, rejected, parked.

    `opens_case`: the destination now settles the dossier and must be asked how it stands (see `Registers`).
    `reference`: the destination's own id of the dossier; remembered as an identifier whose scheme is the destination.
    `ask_first`: whether a later attempt must ask what came of this one; None: as it was (after `unknown` it must).
    """

    delivery_id: str
    fence: int
    state: State
    at: datetime
    due_at: datetime | None = None
    cause: str = ""
    text: str = ""
    reference: str = ""
    opens_case: bool = False
    ask_first: bool | None = None


class LeaseLost(Exception):
    """The fence of a settlement is not the delivery's newest: somebody else holds it. Nothing was changed."""


class Ledger(Protocol):
    """The truth. Every method commits durably before it returns, or raises `RetryLater` and has (as far as is known) changed nothing.

    Lanes: of the deliveries with the same (destination, dossier) at most one is in an active state; the rest are `waiting`, in
    order of `position`; the commit that ends the active one makes the next `queued`. Every change of state is journalled in the
    same commit. Calls made at the same time share a commit; none waits for company.
    """

    async def accept(self, acceptance: Acceptance) -> Accepted | Conflict | Repeated:
        """Commit transfer, payloads, deliveries and journal in one transaction, once per (sender, message id)."""

    async def lease(self, delivery_id: str, *, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Take the delivery for one attempt: it becomes `sending`. None when it cannot be: unknown id, not due, final, parked, waiting,
        or leased by somebody whose lease runs on.
        """

    async def settle(self, settlement: Settlement) -> tuple[Work, ...]:
        """Commit the outcome of a lease and release the next of the lane; return what was released (payload None). Raises `LeaseLost`."""

    async def sweep(self, *, now: datetime, limit: int, grace: timedelta, skip: Collection[str] = ()) -> tuple[Work, ...]:
        """Make leases that ran out `unknown` (due now), then return work that is due and was not handed to the queue within `grace`:
        queued, deferred or unknown rows whose due time plus grace has passed. Each returned row is not returned again before
        `now + grace`. Destinations in `skip` (they fetch for themselves) are left out of what is returned.
        """

    async def grant(self, system: str, sha256: str) -> None:
        """Let a system read an attachment."""


class TransferRecord(Value, frozen=True, kw_only=True):
    """A transfer as the ledger keeps it, without its payloads."""

    id: str
    sender: str
    message_id: str
    dossier_id: str
    event: str
    procedure: str
    accepted_at: datetime
    receipt: Receipt


class DossierRecord(Value, frozen=True, kw_only=True):
    """A dossier as the ledger knows it: all its ids and who sent it first."""

    id: str
    origin: str
    procedure: str
    opened_at: datetime
    identifiers: tuple[Identifier, ...]


class JournalEntry(Value, frozen=True, kw_only=True):
    """One change of state. `chain` is the SHA-256 over the previous entry's chain and this entry: the journal cannot be altered unseen."""

    number: int
    at: datetime
    transfer_id: str
    delivery_id: str
    before: str
    after: str
    who: str
    why: str
    chain: str


class JournalCheck(Value, frozen=True, kw_only=True):
    """How many entries of the journal are sound, and the first that is not (None when all are) with what is wrong with it."""

    sound: int
    broken_at: int | None = None
    reason: str = ""


class Filter(Value, frozen=True, kw_only=True):
    """Which deliveries; every given field narrows it."""

    delivery_id: str | None = None
    destination: str | None = None
    dossier_id: str | None = None
    sender: str | None = None
    transfer_id: str | None = None
    states: tuple[State, ...] = ()
    cause: str | None = None
    due_before: datetime | None = None


class Page(Value, frozen=True, kw_only=True):
    """One page of deliveries, oldest first, and the cursor of the next page (None at the end)."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None


class RefusedNews(Value, frozen=True, kw_only=True):
    """News that could not be accepted: why, and which bytes (their SHA-256 and size). The ledger has the bytes themselves."""

    id: str
    system: str
    kept_at: datetime
    refused_at: datetime
    code: str
    problems: tuple[Problem, ...]
    media_type: str
    sha256: str
    size: int


class Reader(Protocol):
    """Looks into the ledger; never changes it."""

    async def transfer(self, transfer_id: str) -> TransferRecord | None:
        """Find a transfer by the gateway's id."""

    async def sent(self, sender: str, message_id: str) -> TransferRecord | None:
        """Find a transfer by the sender's own id of it."""

    async def payload(self, transfer_id: str, *, raw: bool = False) -> bytes | None:
        """Read the canonical payload (the JSON of `AcceptedTransfer`'s `transfer`), or the bytes as they came."""

    async def dossier(self, identifier: str, *, scheme: str | None = None) -> DossierRecord | None:
        """Find a dossier by any of its ids, or by the gateway's own."""

    async def may_read(self, system: str, attachments: Collection[str]) -> frozenset[str]:
        """Tell which of these attachments (SHA-256, 64 hexadecimal digits) a system may read."""

    async def deliveries(self, which: Filter, *, cursor: str | None = None, limit: int = 100) -> Page:
        """List deliveries, oldest accepted first."""

    async def transfers(self, dossier_id: str) -> tuple[TransferRecord, ...]:
        """List the transfers of a dossier, oldest first."""

    async def journal(self, *, transfer_id: str | None = None, after: int = 0, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """Read the journal in order, all of it or one transfer's."""

    async def verify_journal(self) -> JournalCheck:
        """Compute the chain of the whole journal again and compare it with what is stored."""

    async def refused(self, *, news_id: str | None = None, limit: int = 100) -> tuple[RefusedNews, ...]:
        """List refused news, all or those of one id, the newest first."""

    async def counts(self, *, now: datetime) -> tuple[tuple[str, State, int, float], ...]:
        """Count the not yet final deliveries: (destination, state, how many, age in seconds of the oldest)."""


class Act(Value, frozen=True, kw_only=True):
    """What a person does to one delivery. `to` is queued (replay), parked (park), or cancelled (discard)."""

    delivery_id: str
    to: State
    who: str
    why: str
    at: datetime


class Desk(Protocol):
    """Where a person acts on deliveries."""

    async def act(self, act: Act) -> tuple[Work, ...]:
        """Commit the act and its journal entry; return what became ready for the queue. Raises `Refused` when the table of transitions
        forbids it (the text names the state), `Malformed` when there is no such delivery.
        """

    async def revise(self, revision: Revision) -> None:
        """Commit the revision of refused news and its journal entry. Raises `Malformed` when no such news are refused."""


class Revision(Value, frozen=True, kw_only=True):
    """What a person does to refused news: have them read again, or else discard them for good."""

    news_id: str
    again: bool
    who: str
    why: str
    at: datetime


class Case(Value, frozen=True, kw_only=True):
    """A dossier that a destination settles and is asked about: its `reference` there, and when it was asked last."""

    destination: str
    dossier_id: str
    reference: str
    opened_at: datetime
    asked_at: datetime | None
    identifiers: tuple[Identifier, ...]


class News(Value, frozen=True, kw_only=True):
    """One document that an agency told when it was asked, as it came. `memo` is what its connector must know to read it, now or later;
    `tries` is how often it could not be read for lack of something that the agency was to add.
    """

    body: bytes
    media_type: str
    memo: str = ""
    tries: int = 0


class Kept(Value, frozen=True, kw_only=True):
    """News of a system, on the disk and not yet accepted. `again`: they were refused before, and a person wants them read once more."""

    id: str
    system: str
    kept_at: datetime
    news: News
    again: bool = False


class Registers(Protocol):
    """What pollers remember: open cases by destination, small named checkpoints, and news until they are accepted."""

    async def open_cases(self, destination: str, *, asked_before: datetime, limit: int) -> tuple[Case, ...]:
        """List open cases not asked about since, the longest unasked first."""

    async def mark_asked(self, destination: str, dossier_ids: Collection[str], *, at: datetime) -> None:
        """Remember that these were asked about."""

    async def checkpoint(self, name: str) -> str | None:
        """Read a checkpoint."""

    async def keep(self, news: Sequence[Kept], *, checkpoint: tuple[str, str] | None = None) -> None:
        """Keep news, and write the checkpoint (name, value) that speaks of them, in one commit."""

    async def unread(self, system: str, *, limit: int = 100) -> tuple[Kept, ...]:
        """List news that are kept, in the order they came."""

    async def forget(self, kept: Kept, *, at: datetime) -> None:
        """Keep news no longer: they are accepted; journalled when they were refused before."""

    async def refuse(self, kept: Kept, *, code: str, problems: Sequence[Problem], at: datetime) -> None:
        """Put news aside for a person, with what is wrong with them, and journal it."""


# ---- the rest ------------------------------------------------------------------------------------------------------


class BlobInfo(Value, frozen=True, kw_only=True):
    """A stored content: its SHA-256 (hexadecimal) and size in bytes."""

    sha256: str
    size: int


class BlobStore(Protocol):
    """Keeps attachments by the hash of their content; never the whole of one in memory."""

    async def put(self, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> BlobInfo:
        """Store a content durably. Raises `Malformed` when it is not what was expected, and keeps nothing then."""

    async def info(self, sha256: str) -> BlobInfo | None:
        """Tell whether a content is there, and its size."""

    def open(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a content in chunks of at most 256 KiB. Raises `Refused` when it is not there."""


class Telemetry(Protocol):
    """Where use cases tell what they measured; never raises, never waits, never gets anything personal."""

    def accepted(self, *, sender: str, event: str, seconds: float) -> None:
        """A transfer was committed, so many seconds after its checks began."""

    def repeated(self, *, sender: str) -> None:
        """A transfer came again and was answered with its stored receipt."""

    def refused(self, *, sender: str, code: str) -> None:
        """A transfer was not accepted."""

    def committed(self, *, commands: int, seconds: float) -> None:
        """The ledger made one commit of so many commands; told from any thread."""

    def published(self, *, seconds: float) -> None:
        """A batch was handed to the queue."""

    def publish_failed(self, *, count: int) -> None:
        """Work could not be handed to the queue; the sweeper will."""

    def attempted(self, *, destination: str, outcome: str, cause: str, seconds: float) -> None:
        """An attempt ended: delivered, deferred, unknown, rejected or parked."""

    def delivered(self, *, destination: str, seconds: float) -> None:
        """A delivery was settled, so many seconds after its transfer was accepted."""

    def swept(self, *, destination: str, count: int) -> None:
        """The sweeper published work again."""

    def polled(self, *, destination: str, transfers: int, failed: bool) -> None:
        """A poll of a system ended."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Tell the instant, in UTC."""
