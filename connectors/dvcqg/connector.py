"""The open connection to the national portal: it takes dossiers and steps, and it sends dossiers of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import msgspec

from connectors.dvcqg.intake import Intake
from connectors.dvcqg.session import Session
from connectors.dvcqg.translate import load_tables, write_documents
from connectors.dvcqg.wire import LOOK_UP, SUBMIT, Exists, Expired, No, Yes
from gateway.sdk import Delivered, Document, EventKind, Outcome, Read, Rejected, RetryLater, Route

if TYPE_CHECKING:
    from connectors.dvcqg.config import Config
    from connectors.dvcqg.wire import Verdict
    from gateway.sdk import Context, Inbound, Outgoing

__all__ = ["Portal"]

#: The one status in which a dossier gets several steps: there the status does not tell whether the last one arrived.
PROCESSING = "4"


class Portal:
    """A connector; see `gateway.sdk.Connector`, `Reconciles` and `Serves`."""

    def __init__(self, config: Config, context: Context) -> None:
        """Compile the tables; nothing is sent."""
        self._config = config
        self._tables = load_tables(config.variant)
        self._session = Session(config, context.http, context.clock)
        self._intake = Intake(config=config, context=context, tables=self._tables)

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the calls, see `write_documents`."""
        return write_documents(outgoing, self._tables, self._config)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:  # noqa: ARG002 - the documents say it all
        """Make the calls in order and stop at the first that is refused. Repeating them is harmless: the portal keeps a dossier once by its
        code, and a step with the same content says nothing new.
        """
        reference = ""
        for document in documents:
            items = msgspec.json.decode(document.body, type=list[dict[str, Any]])
            reference = items[0]["MaHoSo"]
            if document.operation == SUBMIT:
                verdict = await self._submit(items)
            else:
                verdict, _ = await self._session.call(document.operation, items)
            if isinstance(verdict, No):
                return Rejected(code=verdict.code, text=verdict.text)
        return Delivered(reference=reference)

    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        """Ask for the dossier. A submission arrived when the dossier is there with its status, a step when the portal shows its status. In
        doubt None: sending again is harmless.
        """
        documents = self.write(outgoing)
        if len(documents) != 1:
            return None
        item = msgspec.json.decode(documents[0].body, type=list[dict[str, Any]])[-1]
        rows = await self._look_up(item["MaHoSo"])
        if documents[0].operation == SUBMIT:
            submitted = outgoing.accepted.transfer.event.kind is EventKind.SUBMITTED
            known = submitted and any(_status(row) == item["TrangThaiHoSo"] for row in rows)
        else:
            known = item["TrangThai"] != PROCESSING and any(_status(row) == item["TrangThai"] for row in rows)
        return Delivered(reference=item["MaHoSo"]) if known else None

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read a call of the portal, see `Intake.read`."""
        return self._intake.read(inbound)

    def routes(self) -> tuple[Route, ...]:
        """The route at which the portal hands over dossiers and steps."""
        return (Route(method="POST", path="mapi/g", handle=self._intake.take),)

    async def close(self) -> None:
        """Hold nothing."""

    async def _submit(self, items: list[dict[str, Any]]) -> Verdict:
        """Send a dossier as new or as an update, as the portal needs it; "already there" turns the one into the other."""
        updating = bool(await self._look_up(items[0]["MaHoSo"]))
        verdict, _ = await self._session.call(SUBMIT, items, updating=updating)
        if isinstance(verdict, Exists) and not updating:
            verdict, _ = await self._session.call(SUBMIT, items, updating=True)
        return verdict

    async def _look_up(self, code: str) -> list[dict[str, Any]]:
        """Ask for a dossier by its code; nothing when the portal has none. Raises `RetryLater` when it cannot be asked."""
        verdict, reply = await self._session.call(LOOK_UP, [{"MaHoSo": code}], safe=True)
        match verdict:
            case Yes() | Exists():
                return [row for row in reply.result if row]
            case No():
                return []
            case Expired():
                raise RetryLater("the portal ended the session", code="session_expired")
            case _:
                assert_never(verdict)


def _status(row: dict[str, Any]) -> str:
    """The status that a look-up shows, as text."""
    return str(row.get("TrangThaiHoSo", ""))
