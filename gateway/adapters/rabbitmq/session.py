"""One consumer's stay on one channel: what the broker gave and what is acknowledged. It ends with the channel."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pamqp.commands import Basic

from gateway.adapters.rabbitmq.channel import WorkChannel
from gateway.adapters.rabbitmq.foreign import as_retry_later
from gateway.adapters.rabbitmq.frame import pack_ack, pack_reject
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiormq.abc import AbstractConnection
    from pamqp.header import ContentHeader

    from gateway.adapters.rabbitmq.channel import Content

__all__ = ["Session"]

#: When the line to the socket is full, acknowledge after so many seconds.
FULL_LINE_PAUSE = 0.005

#: The broker is given so long to let a consumer go; it is asked for nothing else then that could hold it up.
GOODBYE_SECONDS = 3.0


class Session:
    """Owns the delivery tags of one channel; acknowledgements made in one turn of the event loop go out together."""

    channel: WorkChannel

    def __init__(self, take: Callable[[Session, int, ContentHeader, bytes], None], *, cut: Callable[[], None]) -> None:
        """Keep who takes what the broker gives; `cut` ends a connection that does not answer."""
        self._take = take
        self._cut = cut
        self._unacknowledged: dict[int, None] = {}
        self._settled: list[int] = []
        self._consumer_tag = ""

    @classmethod
    async def open(
        cls,
        connection: AbstractConnection,
        *,
        queue: str,
        prefetch: int,
        take: Callable[[Session, int, ContentHeader, bytes], None],
        lost: Callable[[], None],
        cut: Callable[[], None],
    ) -> Session:
        """Begin to consume; `lost` is called when the broker ends it. Raises `RetryLater`."""
        session = cls(take, cut=cut)
        with as_retry_later(f"let {queue} be consumed"):
            opened = await WorkChannel.open(connection, on_content=session.take)
            session.channel = opened
            await opened.channel.basic_qos(prefetch_count=prefetch)
            opened.channel.on_consumer_cancel_callbacks.add(lambda _: lost())
            answer = await opened.channel.basic_consume(queue, _never)
        session._consumer_tag = str(answer.consumer_tag)
        opened.when_closed(lost)
        return session

    @property
    def is_open(self) -> bool:
        """Tell whether an acknowledgement can still reach the broker."""
        return self.channel.is_open

    @property
    def is_consuming(self) -> bool:
        """Tell whether the broker still gives us work here, as far as we were told."""
        return self.is_open and self._consumer_tag in self.channel.channel.consumers

    def take(self, method: Content, header: ContentHeader, body: bytes) -> None:
        """Take a delivered message."""
        if isinstance(method, Basic.Deliver) and method.delivery_tag is not None:
            self._unacknowledged[method.delivery_tag] = None
            self._take(self, method.delivery_tag, header, body)

    def settle(self, tag: int) -> None:
        """Acknowledge a message at the end of this turn; nothing happens when the channel is no more, for then the broker gives it again."""
        if not self._settled:
            asyncio.get_running_loop().call_soon(self._acknowledge)
        self._settled.append(tag)

    def reject(self, tag: int) -> None:
        """Give up a message to the dead queue."""
        self._unacknowledged.pop(tag, None)
        if self.is_open and not self.channel.send_soon(pack_reject(self.channel.number, tag)):
            asyncio.get_running_loop().call_later(FULL_LINE_PAUSE, self.reject, tag)

    async def cancel(self) -> None:
        """Take no more; raises `RetryLater`."""
        await self._part("cancel a consumer", self.channel.channel.basic_cancel(self._consumer_tag))

    async def close(self) -> None:
        """Close the channel; what is not acknowledged goes back to the queue. Raises `RetryLater`."""
        await self._part("close a channel", self._close())

    async def _part(self, effort: str, goodbye: Awaitable[object]) -> None:
        """Wait until the broker answers a goodbye, or cut the connection: also then it takes back what is not acknowledged."""
        try:
            with as_retry_later(effort):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await goodbye
        except RetryLater:
            if self.is_open:
                self._cut()
            raise

    async def _close(self) -> None:
        """Acknowledge what is settled, and close the channel."""
        while self._settled and self.is_open:
            self._acknowledge()
            await asyncio.sleep(FULL_LINE_PAUSE)
        await self.channel.channel.close()

    def _acknowledge(self) -> None:
        """Acknowledge all that is settled: one frame for those that have no open one before them, one for each of the others."""
        settled, self._settled = sorted(self._settled), []
        for tag in settled:
            self._unacknowledged.pop(tag, None)
        if not settled or not self.is_open:
            return
        first_open = next(iter(self._unacknowledged), settled[-1] + 1)
        together = [tag for tag in settled if tag < first_open]
        number = self.channel.number
        payload = b"".join(
            [pack_ack(number, tag, multiple=True) for tag in together[-1:]]
            + [pack_ack(number, tag, multiple=False) for tag in settled[len(together) :]]
        )
        if not self.channel.send_soon(payload) and self.is_open:
            self._unacknowledged = dict.fromkeys(sorted([*self._unacknowledged, *settled]))
            self._settled = settled + self._settled
            asyncio.get_running_loop().call_later(FULL_LINE_PAUSE, self._acknowledge)


async def _never(_: object) -> None:
    """Stand where the library wants a callback; messages go another way."""
