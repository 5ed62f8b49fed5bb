"""Ask an agency for news, keep each answer, and accept what it tells."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, Problem, Refused, RetryLater
from gateway.pipeline.recover import sound
from gateway.ports import Kept

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.domain.agency import System
    from gateway.pipeline.accept import Acceptor
    from gateway.ports import Clock, Registers, Telemetry
    from gateway.sdk import Polled, Polls

__all__ = ["Poller"]

log = structlog.get_logger(__name__)


class Poller:
    """Polls systems; one call for one system at a time.

    What an agency tells, it may tell only once. So an answer is on the disk before it is read, before more is asked and before any case
    is marked as asked about; and a poll begins with what an earlier one left there.
    """

    def __init__(
        self,
        *,
        registers: Registers,
        acceptor: Acceptor,
        clock: Clock,
        telemetry: Telemetry,
        new_id: Callable[[], str],
        limit: int = 100,
    ) -> None:
        """Keep the ports; `limit` is how many open cases one poll asks about."""
        self._registers = registers
        self._acceptor = acceptor
        self._clock = clock
        self._telemetry = telemetry
        self._new_id = new_id
        self._limit = limit
        self._tries: dict[str, int] = {}

    async def poll(self, system: System, connector: Polls) -> int:
        """Poll once; tell how many new transfers were accepted. Raises `RetryLater` when agency or ledger cannot answer: nothing is
        remembered as asked then, and what was told before is kept.
        """
        accepted = 0
        try:
            async for number in self._accept_news(system, connector):
                accepted += number
        except GatewayError:
            self._telemetry.polled(destination=system.name, transfers=accepted, failed=True)
            raise
        self._telemetry.polled(destination=system.name, transfers=accepted, failed=False)
        return accepted

    async def _accept_news(self, system: System, connector: Polls) -> AsyncIterator[int]:
        """Accept what was kept, then ask, keep and accept answer by answer; tell after each how many transfers were new."""
        while left := await self._registers.unread(system.name):
            for kept in left:
                yield await self._accept(system, connector, kept)
        now = self._clock.now()
        cases = await self._registers.open_cases(system.name, asked_before=now - connector.poll_every, limit=self._limit)
        name = f"poll:{system.name}"
        checkpoint = await self._registers.checkpoint(name)
        async with aclosing(connector.poll(cases, checkpoint)) as answers:
            async for polled in answers:
                for kept in await self._keep(system, polled, name):
                    yield await self._accept(system, connector, kept)
        if cases:
            await self._registers.mark_asked(system.name, [case.dossier_id for case in cases], at=now)

    async def _keep(self, system: System, polled: Polled, name: str) -> list[Kept]:
        """Keep an answer with its checkpoint."""
        now = self._clock.now()
        news = [Kept(id=self._new_id(), system=system.name, kept_at=now, news=one) for one in polled.news]
        checkpoint = None if polled.checkpoint is None else (name, polled.checkpoint)
        if news or checkpoint:
            await self._registers.keep(news, checkpoint=checkpoint)
        return news

    async def _accept(self, system: System, connector: Polls, kept: Kept) -> int:
        """Accept what news say, or put them aside with all that is wrong with them. Raises `RetryLater` when they cannot be read now: they
        stay kept.
        """
        tries = self._tries.pop(kept.id, 0)
        new = 0
        try:
            try:
                reads = await sound(connector.receive(replace(kept.news, tries=tries)), system=system.name)
            except RetryLater:
                self._tries[kept.id] = tries + 1
                raise
            for read in reads:
                _, is_new = await self._acceptor.accept(
                    system.name, read.transfer, raw=read.raw, raw_media_type=read.media_type, ends_case=read.ends_case
                )
                new += is_new
        except (Malformed, NeedsPerson, Refused) as error:
            problems = error.problems if isinstance(error, Malformed) else (Problem(path="", rule=error.text),)
            await self._registers.refuse(kept, code=error.code, problems=problems, at=self._clock.now())
            self._telemetry.refused(sender=system.name, code=error.code)
            log.warning("polled_news_refused", system=system.name, code=error.code, news_id=kept.id)
        else:
            await self._registers.forget(kept, at=self._clock.now())
        return new
