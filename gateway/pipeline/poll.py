"""Ask an agency for news and accept what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from gateway.domain.errors import Malformed, Refused, RetryLater
from gateway.domain.transfer import digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.domain.agency import System
    from gateway.pipeline.accept import Acceptor
    from gateway.ports import BlobStore, Clock, Registers, Telemetry
    from gateway.sdk import Polls, Read

__all__ = ["Poller"]

log = structlog.get_logger(__name__)


class Poller:
    """Polls systems; one call for one system at a time."""

    def __init__(
        self,
        *,
        registers: Registers,
        acceptor: Acceptor,
        blobs: BlobStore,
        clock: Clock,
        telemetry: Telemetry,
        limit: int = 100,
    ) -> None:
        """Keep the ports; `limit` is how many open cases one poll asks about."""
        self._registers = registers
        self._acceptor = acceptor
        self._blobs = blobs
        self._clock = clock
        self._telemetry = telemetry
        self._limit = limit

    async def poll(self, system: System, connector: Polls) -> int:
        """Poll once; tell how many new transfers were accepted. Raises `RetryLater` when agency or ledger cannot answer: nothing is
        remembered as asked then, and the same news comes again.
        """
        now = self._clock.now()
        cases = await self._registers.open_cases(system.name, asked_before=now - connector.poll_every, limit=self._limit)
        checkpoint = await self._registers.checkpoint(f"poll:{system.name}")
        try:
            polled = await connector.poll(cases, checkpoint)
            accepted = sum([await self._accept(system, read) for read in polled.reads])
        except RetryLater:
            self._telemetry.polled(destination=system.name, transfers=0, failed=True)
            raise
        if cases:
            await self._registers.mark_asked(system.name, [case.dossier_id for case in cases], at=now)
        if polled.checkpoint is not None and polled.checkpoint != checkpoint:
            await self._registers.save_checkpoint(f"poll:{system.name}", polled.checkpoint)
        self._telemetry.polled(destination=system.name, transfers=accepted, failed=False)
        return accepted

    async def _accept(self, system: System, read: Read) -> int:
        """Accept one piece of news; a faulty one is kept in the blob store under its hash, and said."""
        try:
            _, new = await self._acceptor.accept(system.name, read.transfer, raw=read.raw, raw_media_type=read.media_type)
        except (Malformed, Refused) as error:
            await self._blobs.put(_once(read.raw))
            self._telemetry.refused(sender=system.name, code=error.code)
            log.warning(
                "polled_transfer_refused",
                system=system.name,
                code=error.code,
                kept_as=digest(read.raw),
            )
            return 0
        return int(new)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """Stream one chunk."""
    yield content
