"""What a connector is given, what it gives, and what it must be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import msgspec

from gateway.domain.dossier import Identifier
from gateway.domain.errors import NeedsPerson
from gateway.domain.receipt import Receipt
from gateway.domain.transfer import AcceptedTransfer, Transfer
from gateway.ports import BlobStore, Case, Clock, News
from gateway.soap import Soap

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from gateway.domain.outcome import Outcome

__all__ = [
    "Accept",
    "Answer",
    "Connector",
    "Context",
    "Document",
    "Http",
    "HttpAnswer",
    "HttpStream",
    "Inbound",
    "Manifest",
    "Outgoing",
    "Plugin",
    "Polled",
    "Polls",
    "Read",
    "Reconciles",
    "Route",
    "Serves",
]


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery, as a connector gets it. `key` is the same for every attempt: give it to the agency as the message id wherever its
    dialect has a place for one. `identifiers` are all ids of the dossier that the gateway knows; those whose scheme is `system` are the
    destination's own.
    """

    key: str
    system: str
    attempt: int
    accepted: AcceptedTransfer
    identifiers: tuple[Identifier, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One message in the agency's dialect: which operation, its media type and its bytes."""

    operation: str
    media_type: str
    body: bytes


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came from an agency: the body is already limited in size and time. Header names are lower case.

    `chunks` streams the body where its route `streams` (the body itself is empty then), within the limits of attachments.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    media_type: str
    chunks: AsyncIterator[bytes] | None = None


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector read: the canonical transfer, and the part of the message that it was read from. `ends_case`: the agency has nothing
    more to say of what it was asked, and is asked no more.
    """

    transfer: Transfer
    raw: bytes
    media_type: str
    ends_case: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway answers an agency, in the agency's dialect."""

    status: int
    media_type: str
    body: bytes


class Polled(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of an agency: its news, and the checkpoint that is right once they are kept (None: the old one stays)."""

    news: tuple[News, ...] = ()
    checkpoint: str | None = None


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of an agency's server, whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpStream(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of an agency's server as it comes, to be read once. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Http(Protocol):
    """The one way out to an agency's HTTP server."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        safe: bool = False,
        seconds: float | None = None,
    ) -> HttpAnswer:
        """Send a request and read the whole answer, whatever its status.

        Raises `RetryLater` when nothing left this machine (no connection, no name), or when `safe` says that asking twice is harmless;
        raises `OutcomeUnknown` when the request may have arrived and no whole answer came in time.
        """

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        safe: bool = False,
        seconds: float | None = None,
    ) -> AbstractAsyncContextManager[HttpStream]:
        """Send a request and read the answer while it comes, inside `async with`; as long as a download may take, or so many seconds.
        Raises what `request` raises, also while the answer is read.
        """

    def fetch(self, url: str, *, headers: Mapping[str, str] | None = None, method: str = "GET") -> AsyncIterator[bytes]:
        """Stream a download; some systems want another method for it. Raises `RetryLater` when it breaks or its status is 5xx, `Refused`
        when it is 4xx.
        """


async def _sent_nothing(_: str) -> None:
    """Answer for a system that sent nothing before."""


async def _no_place(_: Sequence[News]) -> None:
    """Answer where there is no place to keep anything."""
    raise NeedsPerson("there is no place here to keep news", code="defect")


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector is given when it is opened: the name of its system, and its ways to the outside.

    `receipt_of` finds the receipt of what the system sent before, by its message id. Raises `RetryLater` when the ledger cannot be read.
    `keep` is for what an agency tells in the very answer to a delivery: when it returns the news are on the disk, and are read by `receive`
    with the next poll, whatever becomes of the delivery. Raises `RetryLater` when the ledger cannot commit.
    """

    system: str
    http: Http
    soap: Soap
    blobs: BlobStore
    clock: Clock
    receipt_of: Callable[[str], Awaitable[Receipt | None]] = _sent_nothing
    keep: Callable[[Sequence[News]], Awaitable[None]] = _no_place


Accept: TypeAlias = "Callable[[Read], Awaitable[Receipt]]"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """An inbound route of a connector, below `/systems/<system>/`; `handle` gets the message and a way to accept what it reads.

    The caller is already authenticated as the system. `accept` raises `Malformed`, `Refused` or `RetryLater`; whatever `handle` raises
    of those is answered by the gateway, unless the dialect has its own way to say it. `streams`: the body may hold files and is not read
    before the route is called. `wsdl` names the agency's own WSDL below `schemas/`: the route shows it, and the schemas that it names, to
    whoever asks for `?wsdl`, with its own address in the place of the agency's; errors are answered as SOAP faults there.
    """

    method: str
    path: str
    handle: Callable[[Inbound, Accept], Awaitable[Answer]]
    streams: bool = False
    wsdl: str = ""


class Connector(Protocol):
    """One open connection to one system of an agency."""

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Translate into the agency's dialect; pure. Raises `Malformed` when the dialect cannot say it."""

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Send what `write` made. Answers an outcome, or raises an error of the gateway; nothing else."""

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Translate from the agency's dialect; pure. Raises `Malformed` with every fault and its path."""

    async def close(self) -> None:
        """Let go of everything it holds."""


@runtime_checkable
class Reconciles(Protocol):
    """A connector whose dialect can be asked whether a delivery arrived."""

    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        """Ask: an outcome when the agency knows the delivery, None when it surely does not. Raises `RetryLater` when it cannot be asked."""


@runtime_checkable
class Polls(Protocol):
    """A connector that must ask its agency for news. `poll_every` is the pause between two polls."""

    poll_every: timedelta

    def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        """Ask for news of the open cases, or for what is new since the checkpoint, and read none of it: each answer is told as it came, and
        is on the disk before the next is asked for. Raises `RetryLater` when the agency cannot be asked.
        """

    async def receive(self, news: News) -> tuple[Read, ...]:
        """Read news, and fetch what they name. The same news have the same message ids. Raises `Malformed` with every fault, `RetryLater`
        when something of them cannot be fetched now.
        """


@runtime_checkable
class Serves(Protocol):
    """A connector with inbound routes of its own."""

    def routes(self) -> tuple[Route, ...]:
        """Name the routes."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a connector says of itself, read from `manifest.yaml` in its folder."""

    name: str
    title: str
    title_vi: str
    owner: str
    dialect: str
    source: str


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """What the entry point of a connector names: manifest, the type of its configuration, and how to open it.

    `config` is a msgspec Struct type that refuses unknown fields; `open` is given an instance of it.
    """

    manifest: Manifest
    config: type[msgspec.Struct]
    open: Callable[[Any, Context], Connector]
