"""The open connection to civil registration: it takes registrations, and is asked what became of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_never

import msgspec
import structlog

from connectors.hotich.bearer import Token
from connectors.hotich.translate import (
    StatusNews,
    load_tables,
    read_status,
    reference_of,
    write_registration,
)
from connectors.hotich.wire import Busy, Refusal, Taken, judge, read_statuses, with_files
from gateway.sdk import (
    Deferred,
    Delivered,
    Document,
    EventKind,
    HttpAnswer,
    Inbound,
    Malformed,
    NeedsPerson,
    Outcome,
    Polled,
    Problem,
    Read,
    Rejected,
    RetryLater,
    attachments,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence

    from connectors.hotich.config import Config
    from gateway.sdk import Case, Context, Identifier, Outgoing

__all__ = ["CivilRegistration"]

log = structlog.get_logger(__name__)
UNAUTHORISED = 401
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
        self._token = Token(config.keys, context.http, context.clock)

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the registration, see `write_registration`."""
        return (write_registration(outgoing, self._tables, self._config),)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Send the registration with its files. "Already received" is success: a repetition registers nothing twice."""
        (document,) = documents
        dossier = outgoing.accepted.transfer.dossier
        allowed = {file.sha256 for _, file in attachments(dossier) if isinstance(file.sha256, str)}
        await self._require_files(allowed)
        answer = await self._post(self._config.register_path, lambda: with_files(document.body, self._context.blobs, allowed), safe=False)
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

    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> Polled:
        """Ask for the status of every case, module by module, in batches; a status that cannot be read is said and passed over."""
        reads: list[Read] = []
        for module, batch in _batches(cases, self._config.poll_batch):
            for row in await self._ask(module, sorted(batch)):
                case = batch.get(_code(row))
                news = None if case is None else self._news(row, case.identifiers)
                if news is not None:
                    await self._keep(news)
                    reads.append(news.read)
        return Polled(reads=tuple(reads), checkpoint=checkpoint)

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

    def _news(self, row: dict[str, Any], known: Sequence[Identifier]) -> StatusNews | None:
        """Read one status, or say why it cannot be read."""
        try:
            return read_status(row, known=known, tables=self._tables)
        except Malformed as error:
            faults = [f"{problem.path}: {problem.rule}" for problem in error.problems]
            log.warning("polled_status_malformed", system=self._context.system, faults=faults)
            return None

    async def _require_files(self, hashes: Collection[str]) -> None:
        """Raise `NeedsPerson` when a content is gone: a stream that breaks in the middle would leave the outcome unknown."""
        for sha256 in hashes:
            if await self._context.blobs.info(sha256) is None:
                raise NeedsPerson("the content of a file was purged", code="purged")

    async def _keep(self, news: StatusNews) -> None:
        """Store the result files before the transfer that names them."""
        for sha256, content in news.files.items():
            await self._context.blobs.put(_once(content), expected_sha256=sha256)

    async def _ask(self, module: str, codes: Sequence[str]) -> list[dict[str, Any]]:
        """Ask for the statuses of dossiers of one module; raises `RetryLater` when it cannot be asked."""
        question = {"maTinh": self._config.province, "module": module, "maDinhDanhHoSo": codes}
        body = msgspec.json.encode(question)
        return read_statuses(await self._post(self._config.status_path, lambda: body, safe=True))

    async def _post(self, path: str, body: Callable[[], bytes | AsyncIterator[bytes]], *, safe: bool) -> HttpAnswer:
        """Send a request; when its token is refused, once more with a new one (nothing was done then)."""
        refused = None
        for _ in range(2):
            headers = await self._token.headers(refused=refused)
            answer = await self._context.http.request(
                "POST",
                self._config.url.rstrip("/") + path,
                headers={**headers, "content-type": "application/json"},
                body=body(),
                safe=safe,
                seconds=self._config.seconds,
            )
            if answer.status != UNAUTHORISED or not headers:
                break
            refused = headers["authorization"]
        return answer


def _batches(cases: Sequence[Case], size: int) -> Iterator[tuple[str, dict[str, Case]]]:
    """Sort cases by module and cut them into batches, each by the id that civil registration knows."""
    modules: dict[str, list[tuple[str, Case]]] = {}
    for case in cases:
        module, _, code = case.reference.partition(":")
        modules.setdefault(module, []).append((code, case))
    for module, found in modules.items():
        for start in range(0, len(found), size):
            yield module, dict(found[start : start + size])


def _code(row: dict[str, Any]) -> str:
    """The id by which a status names its dossier."""
    return str(row.get("maHoSoMCDT") or row.get("maHoSo") or "")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """Stream one piece."""
    yield content
