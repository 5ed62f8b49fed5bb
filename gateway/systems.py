"""The open connectors of the site's systems; opened, replaced and closed as the site says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.pipeline.opened import Opened
from gateway.ports import Kept
from gateway.registry import open_connector
from gateway.sdk import Context, Serves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.domain.agency import System
    from gateway.domain.receipt import Receipt
    from gateway.ports import BlobStore, Clock, News, Reader, Registers
    from gateway.sdk import Connector, Http, Plugin, Route, Soap

__all__ = ["INBOX", "OpenSystems"]

#: The connector of a system that fetches its deliveries itself.
INBOX = "inbox"


class OpenSystems:
    """Owns the connectors; what is in use while a system is replaced is closed only by `close`."""

    def __init__(
        self,
        *,
        plugins: Mapping[str, Plugin],
        http: Http,
        soap: Soap,
        blobs: Callable[[str], BlobStore],
        clock: Clock,
        reader: Reader,
        registers: Registers,
        new_id: Callable[[], str],
    ) -> None:
        """Keep what connectors are given; nothing is opened. `blobs` answers the blob store as a system sees it."""
        self._plugins = plugins
        self._http = http
        self._soap = soap
        self._blobs = blobs
        self._clock = clock
        self._reader = reader
        self._registers = registers
        self._new_id = new_id
        self._open: dict[str, Opened] = {}
        self._retired: list[Connector] = []

    def apply(self, systems: Mapping[str, System]) -> None:
        """Open what is new or changed, retire what is gone. Raises `Malformed` for a configuration that its connector refuses; what was
        open stays open then.
        """
        fresh: dict[str, Opened] = {}
        for name, system in systems.items():
            if system.connector == INBOX or not system.enabled:
                continue
            kept = self._open.get(name)
            same = kept is not None and (kept.system.connector, kept.system.config) == (system.connector, system.config)
            context = self._context(name)
            connector = kept.connector if kept and same else open_connector(system, self._plugins[system.connector], context)
            fresh[name] = Opened.of(system, connector)
        still = {id(one.connector) for one in fresh.values()}
        self._retired += [one.connector for one in self._open.values() if id(one.connector) not in still]
        self._open = fresh

    def _context(self, name: str) -> Context:
        """What the connector of a system is given."""

        async def receipt_of(message_id: str) -> Receipt | None:
            """Find the receipt of what the system sent."""
            record = await self._reader.sent(name, message_id)
            return record.receipt if record else None

        async def keep(news: Sequence[News]) -> None:
            """Keep what the system told in an answer."""
            now = self._clock.now()
            await self._registers.keep([Kept(id=self._new_id(), system=name, kept_at=now, news=one) for one in news])

        return Context(
            system=name,
            http=self._http,
            soap=self._soap,
            blobs=self._blobs(name),
            clock=self._clock,
            receipt_of=receipt_of,
            keep=keep,
        )

    def find(self, name: str) -> Opened | None:
        """Find an open system."""
        return self._open.get(name)

    def all(self) -> tuple[Opened, ...]:
        """List the open systems."""
        return tuple(self._open.values())

    def routes(self) -> dict[str, tuple[Route, ...]]:
        """Name the inbound routes of every connector that has some."""
        return {name: one.connector.routes() for name, one in self._open.items() if isinstance(one.connector, Serves)}

    async def close(self) -> None:
        """Close every connector."""
        for connector in (*self._retired, *(one.connector for one in self._open.values())):
            await connector.close()
        self._open = {}
        self._retired = []
