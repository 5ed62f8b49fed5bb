"""The open connection to civil registration: it takes registrations, and is asked what became of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_never

import msgspec

from connectors.hotich.translate import load_tables, read_status, reference_of, write_registration
from connectors.hotich.wire import Busy, Refusal, Taken, judge, read_statuses, with_files
from gateway.sdk import (
    Deferred,
    Delivered,
    Document,
    EventKind,
    HttpAnswer,
    Identifier,
    Inbound,
    Line,
    Malformed,
    NeedsPerson,
    News,
    Outcome,
    Polled,
    Problem,
    Read,
    Rejected,
    RetryLater,
    attachments,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Sequence

    from connectors.hotich.config import Config
    from gateway.sdk import Case, Context, Outgoing

__all__ = ["CivilRegistration"]

JSON = {"content-type": "application/json"}
#: While a dossier stands here, a supplement of it has not arrived.
AWAITS_SUPPLEMENT = "2"


class CivilRegistration:
    """A connector; see `gateway.sdk.Connector`, `Reconciles` and `Polls`."""

    def __init__(self, config: Config, context: Context) -> None:
        """Compile the tables; nothing is sent."""
        self.poll_every = timedelta(seconds=config.poll_every_seconds)
        self._config = config
        self._context = context
        self._tables = load_tables(config.generation)
        access = (*((config.keys,) if config.keys else ()), *config.access)
        self._line = Line(access, url=config.url, seconds=config.seconds, http=context.http, clock=context.clock)

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the registration, see `write_registration`."""
        return (write_registration(outgoing, self._tables, self._config),)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Send the registration with its files. "Already received" is success: a repetition registers nothing twice."""
        (document,) = documents
        dossier = outgoing.accepted.transfer.dossier
        allowed = {file.sha256 for _, file in attachments(dossier) if isinstance(file.sha256, str)}
        await self._require_files(allowed)
        answer = await self._line.request("POST", self._config.register_path, headers=JSON, body=lambda: self._body(document, allowed))
        verdict = judge(answer, self._config)
        match verdict:
            case Taken():
                return Delivered(reference=reference_of(document))
            case Refusal(code=code, faults=faults):
                return Rejected(code=code, text="; ".join(faults))
            case Busy(code=code):
                return Deferred(reason=f"civil registration says not now ({code})", about_destination=False)
            case _:
                assert_never(verdict)

    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        """Ask for the dossier: there, it arrived; a supplement arrived when the dossier no longer waits for one."""
        (document,) = self.write(outgoing)
        reference = reference_of(document)
        module, _, code = reference.partition(":")
        rows = [row for row in await self._ask(module, [code]) if _code(row) == code]
        waits = any(str(row.get("trangThai")) == AWAITS_SUPPLEMENT for row in rows)
        supplement = outgoing.accepted.transfer.event.kind is EventKind.SUPPLEMENTED
        return Delivered(reference=reference) if rows and not (supplement and waits) else None

    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        """Ask for the status of every case, module by module, in batches; each batch is an answer."""
        _ = checkpoint
        for module, batch in _batches(cases, self._config.poll_batch):
            rows = await self._ask(module, sorted(batch))
            yield Polled(news=tuple(_news(row, batch[_code(row)]) for row in rows if _code(row) in batch))

    async def receive(self, news: News) -> tuple[Read, ...]:
        """Read one status, and store the result files before the transfer that names them."""
        row = msgspec.json.decode(news.body, type=dict[str, Any])
        status = read_status(row, known=msgspec.json.decode(news.memo, type=tuple[Identifier, ...]), tables=self._tables)
        for sha256, content in status.files.items():
            await self._context.blobs.put(_once(content), expected_sha256=sha256)
        return (status.read,)

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read an answer about statuses; raises `Malformed` with every fault of all of them."""
        try:
            rows = read_statuses(HttpAnswer(status=200, headers={}, body=inbound.body))
        except RetryLater as error:
            raise Malformed([Problem(path="", rule="an answer about statuses", found=error.code)]) from error
        reads: list[Read] = []
        problems: list[Problem] = []
        for index, row in enumerate(rows):
            try:
                reads.append(read_status(row, known=(), tables=self._tables, place=f"value[{index}]").read)
            except Malformed as error:
                problems += error.problems
        if problems:
            raise Malformed(problems)
        return tuple(reads)

    async def close(self) -> None:
        """Hold nothing."""

    def _body(self, document: Document, allowed: Collection[str]) -> bytes | AsyncIterator[bytes]:
        """The request: a stream when files go with it."""
        return with_files(document.body, self._context.blobs, allowed) if allowed else document.body

    async def _require_files(self, hashes: Collection[str]) -> None:
        """Raise `NeedsPerson` when a content is gone: a stream that breaks in the middle would leave the outcome unknown."""
        for sha256 in hashes:
            if await self._context.blobs.info(sha256) is None:
                raise NeedsPerson("the content of a file was purged", code="purged")

    async def _ask(self, module: str, codes: Sequence[str]) -> list[dict[str, Any]]:
        """Ask for the statuses of dossiers of one module; raises `RetryLater` when it cannot be asked."""
        question = {"maTinh": self._config.province, "module": module, "maDinhDanhHoSo": codes}
        body = msgspec.json.encode(question)
        return read_statuses(await self._line.request("POST", self._config.status_path, headers=JSON, body=body, safe=True))


def _batches(cases: Sequence[Case], size: int) -> Iterator[tuple[str, dict[str, Case]]]:
    """Sort cases by module and cut them into batches, each by the id that civil registration knows."""
    modules: dict[str, list[tuple[str, Case]]] = {}
    for case in cases:
        module, _, code = case.reference.partition(":")
        modules.setdefault(module, []).append((code, case))
    for module, found in modules.items():
        for start in range(0, len(found), size):
            yield module, dict(found[start : start + size])


def _news(row: dict[str, Any], case: Case) -> News:
    """One status as it came, with the ids under which the gateway knows the dossier."""
    return News(body=msgspec.json.encode(row), media_type="application/json", memo=msgspec.json.encode(case.identifiers).decode())


def _code(row: dict[str, Any]) -> str:
    """The id by which a status names its dossier."""
    return str(row.get("maHoSoMCDT") or row.get("maHoSo") or "")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """Stream one piece."""
    yield content
