"""The open connection to a one-stop system: it hands dossiers over, takes what happened to them, and tells what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_never

import msgspec

from connectors.igate.api import Api
from connectors.igate.feed import FIRST, Feed
from connectors.igate.files import fetch_files, upload_files
from connectors.igate.translate import RECEIVE, STATUS, load_tables, read_document, write_document
from connectors.igate.wire import Exists, Refusal, Taken
from gateway.sdk import Answer, Delivered, Malformed, Problem, Rejected, Route

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from connectors.igate.config import Config
    from gateway.sdk import Accept, Case, Context, Document, Inbound, News, Outcome, Outgoing, Polled, Read

__all__ = ["OneStop"]

#: How often the files of a dossier are waited for, before it is told without them.
FILE_TRIES = 5


class OneStop:
    """A connector; see `gateway.sdk.Connector`, `Reconciles`, `Polls` and `Serves`."""

    def __init__(self, config: Config, context: Context) -> None:
        """Compile the tables; nothing is sent."""
        self.poll_every = timedelta(seconds=config.poll_every_seconds)
        self._config = config
        self._context = context
        self._tables = load_tables()
        self._api = Api(config, context)
        self._feed = Feed(config=config, context=context, api=self._api)

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the call, see `write_document`."""
        return (write_document(outgoing, self._tables),)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Send the files, then the call. A dossier that is there already is success: a repetition creates nothing twice."""
        (document,) = documents
        content: dict[str, Any] = msgspec.json.decode(document.body)
        await upload_files(content, outgoing, self._api)
        method = "POST" if document.operation == RECEIVE else "PUT"
        path = self._config.status_path if document.operation == STATUS else self._config.receive_path
        verdict = await self._api.change(method, path, content, key=outgoing.key)
        match verdict:
            case Taken(id=id_):
                return Delivered(reference=id_)
            case Exists(id=id_):
                return Delivered(reference=id_, note="it was there already")
            case Refusal(code=code, text=text):
                return Rejected(code=code, text=text)
            case _:
                assert_never(verdict)

    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        """Search by code. A submission arrived when the dossier is there, a status when the dossier shows it; of a supplement nothing can
        be seen, and sending it again under its key is harmless.
        """
        (document,) = self.write(outgoing)
        content = msgspec.json.decode(document.body)
        rows = await self._api.search({"code": content["code"], "page": "0", "size": "10", "spec": "page"})
        for row in rows:
            is_status = document.operation == STATUS and _status(row) == _status(content)
            if row.get("code") == content["code"] and (document.operation == RECEIVE or is_status):
                return Delivered(reference=str(row.get("id") or ""))
        return None

    def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        """Tell what changed, see `Feed.poll`; the open cases are among it."""
        _ = cases
        return self._feed.poll(checkpoint)

    async def receive(self, news: News) -> tuple[Read, ...]:
        """Read a dossier and fetch its files. Those that cannot be fetched are waited for, but not for ever: one broken file does not hold
        back the news of all others.
        """
        read = read_document(_json(news.body), system=self._context.system, tables=self._tables, is_first=news.memo == FIRST)
        transfer = await fetch_files(read.transfer, self._api, is_last_try=news.tries >= FILE_TRIES)
        return (msgspec.structs.replace(read, transfer=transfer),)

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read a message of the system: one dossier, or what happened to one; raises `Malformed` with every fault."""
        document = _json(inbound.body)
        creator = document.get("createdBy") if isinstance(document, dict) else None
        is_first = not (isinstance(creator, dict) and creator.get("username") == self._config.username)
        return (read_document(document, system=self._context.system, tables=self._tables, is_first=is_first),)

    def routes(self) -> tuple[Route, ...]:
        """The route at which the system tells of a dossier by itself."""
        return (Route(method="POST", path="dossier", handle=self._take),)

    async def close(self) -> None:
        """Hold nothing."""

    async def _take(self, inbound: Inbound, accept: Accept) -> Answer:
        """Accept what the system tells, with its files."""
        for read in self.read(inbound):
            await accept(msgspec.structs.replace(read, transfer=await fetch_files(read.transfer, self._api)))
        return Answer(status=200, media_type="application/json", body=b'{"affectedRows":1}')


def _json(body: bytes) -> Any:
    """Read JSON; raises `Malformed` when it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed([Problem(path="", rule="json")]) from error


def _status(document: dict[str, Any]) -> str:
    """The status code of a dossier, as text."""
    status = document.get("dossierStatus")
    return str(status.get("id", "")) if isinstance(status, dict) else ""
