"""What the connector contract works with: a connector opened on its simulator, its examples, and a blob store in memory."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.domain.agency import System
from gateway.pipeline.recover import Stuck, recover
from gateway.ports import BlobInfo, Case
from gateway.registry import open_connector
from gateway.sdk import (
    AcceptedTransfer,
    Context,
    Deferred,
    Identifier,
    Inbound,
    Malformed,
    Outgoing,
    Problem,
    Read,
    Receipt,
    Refused,
    Rejected,
    Transfer,
    Unknown,
    digest,
    primary_identifier,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from gateway.pipeline.recover import Ended
    from gateway.sdk import Connector, News, Outcome, Plugin
    from gateway.simulation import Simulator

__all__ = ["SYSTEM", "Bench", "Folder", "InboundExample", "MemoryBlobs", "Tray", "code_of", "personal_values"]

#: The name that the connector's system has in the contract.
SYSTEM = "there"
ACCEPTED_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class InboundExample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of `examples/inbound`: the message (a `body` of text stays as it is, anything else is sent as JSON) and what is read from it.

    `events` are the kinds of the transfers, in order; `problems` the paths of the faults instead.
    """

    about: str
    path: str = ""
    method: str = "POST"
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    media_type: str = "application/json"
    body: Any
    events: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def message(self) -> Inbound:
        """The message as a door hands it over."""
        return self.message_of(self.body)

    def message_of(self, body: object) -> Inbound:
        """The message with another body."""
        content = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
        return Inbound(method=self.method, path=self.path, query=self.query, headers=self.headers, body=content, media_type=self.media_type)


class Folder:
    """The folder of a connector: what the contract reads from it."""

    def __init__(self, plugin: Plugin) -> None:
        """Find the folder by the file in which the configuration is written."""
        self.root = Path(inspect.getfile(plugin.config)).parent
        self.name = self.root.name

    def outgoing(self) -> tuple[Transfer, ...]:
        """The canonical transfers that the connector must be able to send; by file name."""
        return tuple(
            msgspec.json.decode(path.read_bytes(), type=Transfer) for path in sorted((self.root / "examples/outgoing").glob("*.json"))
        )

    def inbound(self) -> tuple[InboundExample, ...]:
        """The messages that the connector must be able to read; by file name."""
        paths = sorted((self.root / "examples/inbound").glob("*.json"))
        return tuple(msgspec.json.decode(path.read_bytes(), type=InboundExample) for path in paths)

    def files(self) -> Iterator[bytes]:
        """The contents that the examples name by their hash."""
        yield from (path.read_bytes() for path in sorted((self.root / "examples/files").glob("*")))


class MemoryBlobs:
    """A blob store in memory, for the contract."""

    def __init__(self) -> None:
        """Begin empty."""
        self.contents: dict[str, bytes] = {}

    async def put(self, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> BlobInfo:
        """Store a content; promise as `BlobStore.put`."""
        return self.hold(b"".join([chunk async for chunk in chunks]), expected_sha256)

    def hold(self, content: bytes, expected_sha256: str | None = None) -> BlobInfo:
        """Store a content at once."""
        found = digest(content)
        if expected_sha256 not in {None, found}:
            raise Malformed([Problem(path="sha256", rule="the content has another SHA-256", found=found)])
        self.contents[found] = content
        return BlobInfo(sha256=found, size=len(content))

    async def info(self, sha256: str) -> BlobInfo | None:
        """Tell whether a content is there."""
        content = self.contents.get(sha256)
        return None if content is None else BlobInfo(sha256=sha256, size=len(content))

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a content in small pieces."""
        content = self.contents.get(sha256)
        if content is None:
            raise Refused("no such content", code="unknown_blob")
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Tell the instant, in UTC."""
        return datetime.now(UTC)


class Tray:
    """Accepts what a route hands over, once by message id, as the gateway does."""

    def __init__(self) -> None:
        """Begin empty."""
        self.transfers: dict[str, Transfer] = {}

    async def accept(self, read: Read) -> Receipt:
        """Keep a transfer. Raises `Refused` when its message id came before with other content."""
        transfer = read.transfer
        if self.transfers.setdefault(transfer.message_id, transfer) != transfer:
            raise Refused("this message id was accepted before with other content", code="conflict")
        return _receipt(transfer.message_id)

    async def receipt_of(self, message_id: str) -> Receipt | None:
        """Find the receipt of what was accepted."""
        return _receipt(message_id) if message_id in self.transfers else None


def _receipt(message_id: str) -> Receipt:
    """The receipt of a message."""
    return Receipt(
        transfer_id="t-1",
        message_id=message_id,
        sender=SYSTEM,
        dossier_id="d-1",
        digest="0" * 64,
        accepted_at=ACCEPTED_AT,
        destinations=(),
    )


class Bench:
    """A connector, opened on its running simulator as the gateway opens it."""

    def __init__(self, plugin: Plugin, simulator: Simulator, *, call_seconds: float = 2.0) -> None:
        """Keep what is opened by `async with`."""
        self.plugin = plugin
        self.simulator = simulator
        self.folder = Folder(plugin)
        self.blobs = MemoryBlobs()
        self.tray = Tray()
        self.texts: list[str] = []
        self.kept: list[News] = []
        self._http = AiohttpHttp(call_seconds=call_seconds, connect_seconds=1.0)
        self.connector: Connector

    async def __aenter__(self) -> Self:
        """Start the simulator, store the files of the examples, open the connector."""
        await self.simulator.start()
        await self._http.__aenter__()
        for content in self.folder.files():
            self.blobs.hold(content)
        self.connector = self.open(self.simulator.config())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connector, stop the simulator."""
        await self.connector.close()
        await self._http.__aexit__(kind, error, trace)
        await self.simulator.stop()

    def open(self, config: dict[str, Any]) -> Connector:
        """Open a connector with a configuration, as a site does."""
        system = System(name=SYSTEM, agency="H21", connector=self.plugin.manifest.name, config=config)
        context = Context(
            system=SYSTEM,
            http=self._http,
            soap=ZeepSoap(self._http, SystemClock()),
            blobs=self.blobs,
            clock=SystemClock(),
            receipt_of=self.tray.receipt_of,
            keep=self._keep,
        )
        return open_connector(system, self.plugin, context)

    async def _keep(self, news: Sequence[News]) -> None:
        """Keep what the agency told in the answer to a delivery."""
        self.kept += news

    def outgoing(self, number: int = 1, *, example: int = 0) -> Outgoing:
        """A delivery of an example, as dossier `number`: its dossier code ends with that number."""
        transfer = self.folder.outgoing()[example]
        numbered = tuple(msgspec.structs.replace(one, value=f"{one.value[:-4]}{number:04d}") for one in transfer.dossier.identifiers)
        dossier = msgspec.structs.replace(transfer.dossier, identifiers=numbered)
        transfer = msgspec.structs.replace(transfer, message_id=f"{transfer.message_id}-{number}", dossier=dossier)
        accepted = AcceptedTransfer(
            id=f"t-{number}-{example}", sender="origin", dossier_id=f"d-{number}", accepted_at=ACCEPTED_AT, transfer=transfer
        )
        return Outgoing(key=f"k-{number}-{example}", system=SYSTEM, attempt=1, accepted=accepted, identifiers=numbered)

    async def attempt(self, outgoing: Outgoing) -> Ended:
        """Write and deliver, as a worker does; every text that comes of it is kept in `texts`."""

        async def once() -> Outcome:
            return await self.connector.deliver(outgoing, self.connector.write(outgoing))

        ended = await recover(once, seconds=20, delivery_id=outgoing.key)
        self.texts.append(_text(ended))
        return ended

    def case(self, outgoing: Outgoing, reference: str) -> Case:
        """The open case that a delivery left behind."""
        own = (Identifier(value=reference, scheme=SYSTEM),) if reference else ()
        return Case(
            destination=SYSTEM,
            dossier_id=outgoing.accepted.dossier_id,
            reference=reference,
            opened_at=ACCEPTED_AT,
            asked_at=None,
            identifiers=(*outgoing.identifiers, *own),
        )


def personal_values(transfer: Transfer) -> set[str]:
    """Every text of a transfer that says who somebody is; none may be found in an error."""
    applicant = transfer.dossier.applicant
    if applicant is msgspec.UNSET:
        return set()
    found = [applicant.name, applicant.on_behalf_of, *(paper.number for paper in applicant.identity_documents)]
    if applicant.contact is not msgspec.UNSET:
        found += [applicant.contact.phone, applicant.contact.email]
    if applicant.address is not msgspec.UNSET:
        found.append(applicant.address.street)
    return {value for value in found if isinstance(value, str) and value}


def code_of(outgoing: Outgoing) -> str:
    """The code that people know the dossier by."""
    return primary_identifier(outgoing.accepted.transfer.dossier).value


def _text(ended: Ended) -> str:
    """What an outcome says in words."""
    match ended:
        case Deferred(reason=text) | Unknown(reason=text) | Rejected(text=text) | Stuck(text=text):
            return text
        case _:
            return ended.note
