"""Hears the news of a connector as the gateway does: every answer is kept before more is asked, and read when it is kept."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.sdk import Malformed, RetryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sdk import Case, News, Polls, Read

__all__ = ["Listener"]


class Listener:
    """Keeps what was `told`, the `reads` that were read of it, the `faults` of what could not be, and the checkpoint."""

    def __init__(self, connector: Polls, checkpoint: str | None = None, *, kept: Sequence[News] = ()) -> None:
        """Begin where the checkpoint says, with what is kept already."""
        self.connector = connector
        self.checkpoint = checkpoint
        self.told: list[News] = []
        self.reads: list[Read] = []
        self.faults: list[Malformed] = []
        self._kept: list[News] = []
        self._keep(kept)

    async def poll(self, cases: Sequence[Case] = ()) -> list[Read]:
        """Poll once; answer what was read. Raises `RetryLater`, and has kept what was told before."""
        begun = len(self.reads)
        await self._read()
        async with aclosing(self.connector.poll(cases, self.checkpoint)) as answers:
            async for polled in answers:
                self._keep(polled.news)
                self.checkpoint = polled.checkpoint or self.checkpoint
                await self._read()
        return self.reads[begun:]

    def _keep(self, news: Sequence[News]) -> None:
        """Keep what was told."""
        self.told += news
        self._kept += news

    async def _read(self) -> None:
        """Read what is kept, the oldest first."""
        while self._kept:
            news = self._kept[0]
            try:
                self.reads += await self.connector.receive(news)
            except Malformed as error:
                self.faults.append(error)
            except RetryLater:
                self._kept[0] = replace(news, tries=news.tries + 1)
                raise
            del self._kept[0]
