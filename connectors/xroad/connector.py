"""The open connection to a member of X-Road: it sends dossiers to its services, and offers it ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from connectors.xroad.rest_line import RestLine
from connectors.xroad.rest_service import RestService
from connectors.xroad.soap_line import SoapLine
from connectors.xroad.soap_service import SoapService
from connectors.xroad.translate import Callers
from connectors.xroad.wire import Refusal, Taken
from gateway.sdk import Delivered, Rejected

if TYPE_CHECKING:
    from connectors.xroad.config import Config
    from connectors.xroad.wire import Line
    from gateway.sdk import Context, Document, Inbound, Outcome, Outgoing, Read, Route

__all__ = ["XRoad"]


class XRoad:
    """A connector; see `gateway.sdk.Connector`, `Reconciles` and `Serves`."""

    def __init__(self, config: Config, context: Context) -> None:
        """Read the identifiers; nothing is sent."""
        callers = Callers(config)
        self._line: Line = SoapLine(config, context, callers) if config.protocol == "soap" else RestLine(config, context, callers)
        self._soap = SoapService(config, context, callers)
        self._rest = RestService(context, callers)

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the message; its X-Road id is the key of the delivery."""
        return (self._line.write(outgoing),)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Send the message and its files. A repetition has the same id: a provider answers it with the same receipt."""
        (document,) = documents
        verdict = await self._line.send(outgoing, document)
        match verdict:
            case Taken(receipt=receipt):
                return Delivered(reference=receipt.dossier_id)
            case Refusal(code=code, text=text):
                return Rejected(code=code, text=text)
            case _:
                assert_never(verdict)

    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        """Ask the provider for the message by its id."""
        known = await self._line.ask(outgoing)
        if not known.known:
            return None
        return Delivered(reference=known.receipt.dossier_id if known.receipt else "", note="the provider has it already")

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read a message without files; raises `Malformed` with every fault."""
        service = self._rest if inbound.path.strip("/").startswith("rest/") else self._soap
        return (service.read(inbound),)

    def routes(self) -> tuple[Route, ...]:
        """The two services that the own security server calls."""
        return (*self._soap.routes(), *self._rest.routes())

    async def close(self) -> None:
        """Hold nothing."""
