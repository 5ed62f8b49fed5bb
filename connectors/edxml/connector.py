"""The open connection to an axis: it sends dossiers as official documents, and takes documents and what became of ours."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

import msgspec
import structlog

from connectors.edxml.bkav import SoapAxis
from connectors.edxml.contents import with_contents
from connectors.edxml.intake import hold, take_apart
from connectors.edxml.letter import LONGEST_ID, letter_of
from connectors.edxml.provincial import ProvincialAxis
from connectors.edxml.reading import read_paper
from connectors.edxml.translate import DOCUMENT, STATUS, load_tables, write_document
from connectors.edxml.vxp import NationalAxis
from connectors.edxml.wire import Exists, Refusal, Taken
from gateway.sdk import Answer, Delivered, Malformed, NeedsPerson, News, Polled, Rejected, RetryLater, Route, attachments

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

    from connectors.edxml.config import Config
    from connectors.edxml.wire import Axis, Item
    from gateway.sdk import Accept, Case, Context, Document, Inbound, Outcome, Outgoing, Read

__all__ = ["OfficialDocuments"]

AXES: Mapping[str, Callable[[Config, Context], Axis]] = MappingProxyType(
    {"bkav": SoapAxis, "provincial": ProvincialAxis, "vxp": NationalAxis}
)
log = structlog.get_logger(__name__)


class OfficialDocuments:
    """A connector; see `gateway.sdk.Connector`, `Reconciles`, `Polls` and `Serves`."""

    def __init__(self, config: Config, context: Context) -> None:
        """Compile the tables; nothing is sent."""
        self.poll_every = timedelta(seconds=config.poll_every_seconds)
        self._config = config
        self._context = context
        self._tables = load_tables()
        self._axis: Axis = AXES[config.style](config, context)
        self._faulty: set[str] = set()

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the message, see `write_document`."""
        return (write_document(outgoing, self._tables, self._config),)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Send the message with its contents. What the axis has already is success: a document has one id, however often it is sent."""
        (document,) = documents
        letter = letter_of(outgoing, self._config)
        allowed = {file.sha256 for _, file in attachments(outgoing.accepted.transfer.dossier) if isinstance(file.sha256, str)}
        for sha256 in allowed:
            if await self._context.blobs.info(sha256) is None:
                raise NeedsPerson("the content of a file was purged", code="purged")
        verdict = await self._axis.send(document, letter, lambda: with_contents(document.body, self._context.blobs, allowed))
        match verdict:
            case Taken():
                return Delivered(reference=_reference(letter.name.id, document))
            case Exists():
                return Delivered(reference=_reference(letter.name.id, document), note="the axis has it already")
            case Refusal(code=code, text=text):
                return Rejected(code=code, text=text)
            case _:
                assert_never(verdict)

    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        """Look for the document among what was sent. Of a status message nothing can be seen, and the same once more says nothing new."""
        (document,) = self.write(outgoing)
        letter = letter_of(outgoing, self._config)
        if document.operation == STATUS or not await self._axis.is_sent(letter):
            return None
        return Delivered(reference=_reference(letter.name.id, document))

    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        """Fetch what waits, the oldest first, each as it came into the blob store; it is answered for when it was read. One that cannot be
        had now is passed over, and holds back no other.
        """
        _ = cases, checkpoint
        listed = [*await self._axis.received(DOCUMENT), *await self._axis.received(STATUS)]
        waiting = sorted((one for one in listed if not one.is_answered), key=lambda one: one.created)
        failures: list[RetryLater] = []
        for item in waiting[: self._config.poll_most]:
            try:
                news = await self._fetch(item)
            except RetryLater as error:
                log.warning("polled_document_not_fetched", system=self._context.system, code=error.code)
                failures.append(error)
                continue
            yield Polled(news=(news,))
            await self._axis.acknowledge(item.id, is_done=item.id not in self._faulty)
            self._faulty.discard(item.id)
        if failures and len(failures) == len(waiting[: self._config.poll_most]):
            raise failures[0]

    async def receive(self, news: News) -> tuple[Read, ...]:
        """Take a document apart that lies in the blob store, and read it; what it came as stays there under its hash."""
        try:
            paper = await hold(self._context.blobs.open(news.body.decode()), self._context.blobs)
            read = read_paper(paper, system=self._context.system, tables=self._tables, config=self._config)
        except Malformed:
            self._faulty.add(news.memo)
            raise
        return (msgspec.structs.replace(read, raw=read.raw + b"<!--sha256 of all: " + news.body + b"-->"),)

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read a message; raises `Malformed` with every fault."""
        paper, _ = take_apart(inbound.body)
        return (read_paper(paper, system=self._context.system, tables=self._tables, config=self._config),)

    def routes(self) -> tuple[Route, ...]:
        """The route at which an axis or an agency hands messages over by itself."""
        return (Route(method="POST", path=DOCUMENT, handle=self._take),)

    async def close(self) -> None:
        """Hold nothing."""

    async def _fetch(self, item: Item) -> News:
        """Bring a document into the blob store as it is; the news names it."""
        info = await self._axis.fetch(item.id)
        return News(body=info.sha256.encode(), media_type="text/plain", memo=item.id)

    async def _take(self, inbound: Inbound, accept: Accept) -> Answer:
        """Accept a message that is handed over; a faulty one is answered with its faults in the dialect."""
        try:
            paper = await hold(_once(inbound.body), self._context.blobs)
            receipt = await accept(read_paper(paper, system=self._context.system, tables=self._tables, config=self._config))
        except Malformed as error:
            said = {"status": "FAIL", "ErrorCode": "22", "ErrorDesc": str(error)[:1000]}
            return Answer(status=200, media_type="application/json", body=msgspec.json.encode(said))
        said = {"status": "OK", "ErrorCode": "0", "ErrorDesc": "", "DocId": receipt.transfer_id}
        return Answer(status=200, media_type="application/json", body=msgspec.json.encode(said))


def _reference(id_: str, document: Document) -> str:
    """The id by which what becomes of a document is told; none for a status message, and where it is too long to be one."""
    return id_ if document.operation == DOCUMENT and len(id_) <= LONGEST_ID else ""


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """Stream one piece."""
    yield content
