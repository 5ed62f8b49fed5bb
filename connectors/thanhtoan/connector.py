"""The open connection to a payment platform: it takes payment requests, and tells or is asked what became of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_never

import msgspec

from connectors.thanhtoan.translate import load_tables, read_result, request_of, write_request
from connectors.thanhtoan.wire import Exists, Refusal, Taken, encode_question, encode_reply, judge, link_of, read_row, read_told
from gateway.sdk import Answer, Delivered, Line, Malformed, News, Polled, Rejected, Route

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from connectors.thanhtoan.config import Config
    from gateway.sdk import Accept, Case, Context, Document, Inbound, Outcome, Outgoing, Read

__all__ = ["PaymentPlatform"]

JSON = {"content-type": "application/json"}
#: The code of a payment that nobody made yet.
WAITING = "1"
PENDING = frozenset({WAITING, "PENDING"})


class PaymentPlatform:
    """A connector; see `gateway.sdk.Connector`, `Reconciles`, `Polls` and `Serves`."""

    def __init__(self, config: Config, context: Context) -> None:
        """Compile the tables; nothing is sent."""
        self.poll_every = timedelta(seconds=config.poll_every_seconds)
        self._config = config
        self._context = context
        self._tables = load_tables(config.style)
        self._line = Line(config.access, url=config.url, seconds=config.seconds, http=context.http, clock=context.clock)

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the payment request, see `write_request`."""
        return (write_request(outgoing, self._tables, self._config),)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Send the request. One of the same id is there already: nobody pays twice. Where it can be paid goes back as a transfer of its own."""
        (document,) = documents
        request = request_of(outgoing)
        verdict = judge(await self._line.request("POST", self._config.create_path, headers=JSON, body=document.body), self._config)
        match verdict:
            case Taken(pay_url=url):
                await self._keep_link(request, url)
                return Delivered(reference=request)
            case Exists():
                return Delivered(reference=request, note="it was there already")
            case Refusal(code=code, text=text):
                return Rejected(code=code, text=text)
            case _:
                assert_never(verdict)

    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        """Ask for the payment by its id: there, the request arrived, and where it can be paid is told if it was not before."""
        request = request_of(outgoing)
        row = await self._ask(request)
        if row is None:
            return None
        await self._keep_link(request, link_of(row))
        return Delivered(reference=request)

    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        """Ask what became of every open request; one that still waits is no news."""
        _ = checkpoint
        for case in cases:
            row = await self._ask(case.reference) if case.reference else None
            if news := _told(case.reference, row):
                yield Polled(news=news)

    async def receive(self, news: News) -> tuple[Read, ...]:
        """Read what became of a payment."""
        return (read_result(msgspec.json.decode(news.body, type=dict[str, Any]), self._tables),)

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read what the platform tells; raises `Malformed` with every fault, or when its checksum is not right."""
        return (read_result(read_told(inbound.body, self._config), self._tables),)

    def routes(self) -> tuple[Route, ...]:
        """The route at which the platform tells what became of a payment."""
        return (Route(method="POST", path="ket-qua", handle=self._take),)

    async def close(self) -> None:
        """Hold nothing."""

    async def _take(self, inbound: Inbound, accept: Accept) -> Answer:
        """Ask for the payment that the platform tells of, and accept what it answers: the checksums of some leave out the state, so that what is
        told is no more than a reason to ask. A fault is answered in the platform's own way.
        """
        try:
            (told,) = self.read(inbound)
            request = str(told.transfer.dossier.extensions["thanhtoan"]["request"])
            news = _told(request, await self._ask(request))
            for read in [read for one in news for read in await self.receive(one)]:
                await accept(read)
        except Malformed as error:
            paths = ", ".join(problem.path or "message" for problem in error.problems)
            return Answer(status=200, media_type="application/json", body=encode_reply(problem=paths))
        return Answer(status=200, media_type="application/json", body=encode_reply())

    async def _keep_link(self, request: str, url: str) -> None:
        """Tell where a payment can be made, if that is known."""
        if url:
            await self._context.keep([_news({"MaTraCuuTT": request, "status": WAITING, "UrlThanhToan": url})])

    async def _ask(self, request: str) -> dict[str, Any] | None:
        """Ask for a payment; None when the platform has none of that id. Raises `RetryLater` when it cannot be asked."""
        body = encode_question(request, self._config)
        return read_row(await self._line.request("POST", self._config.ask_path, headers=JSON, body=body, safe=True), self._config)


def _told(request: str, row: dict[str, Any] | None) -> tuple[News, ...]:
    """What an answer about a payment tells; nothing while it waits."""
    return () if row is None or str(row["status"]).strip() in PENDING else (_news({"MaTraCuuTT": request, **row}),)


def _news(row: dict[str, Any]) -> News:
    """One row as it came."""
    return News(body=msgspec.json.encode(row), media_type="application/json")
