"""Publish with confirms, very many outstanding at once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from pamqp.commands import Basic

from gateway.adapters.rabbitmq.channel import WorkChannel
from gateway.adapters.rabbitmq.foreign import as_retry_later
from gateway.adapters.rabbitmq.frame import pack_content, pack_publish
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiormq.abc import AbstractConnection
    from pamqp.header import ContentHeader

    from gateway.adapters.rabbitmq.channel import Confirm, Content
    from gateway.adapters.rabbitmq.wire import Message

__all__ = ["ConfirmedPublisher", "Unroutable"]

#: Messages packed in one go: the event loop is not held longer than about a millisecond.
CHUNK = 64

#: The line to the socket holds ten payloads; when it is full, look again after so many seconds.
FULL_LINE_PAUSE = 0.001


class Unroutable(RetryLater):
    """The broker has no queue for a destination; `destinations` names them."""

    def __init__(self, destinations: frozenset[str]) -> None:
        """Keep which."""
        names = ", ".join(sorted(destinations))
        super().__init__(f"the broker has no queue for {names}", code="unroutable")
        self.destinations = destinations


class Batch:
    """What one call publishes; owned by it, counted down by the confirms."""

    def __init__(self, messages: Sequence[Message]) -> None:
        """Expect a confirm for each."""
        self.messages = messages
        self.left = len(messages)
        self.refused = 0
        self.returned: set[str] = set()
        self.settled = asyncio.get_running_loop().create_future()

    def count_down(self, *, refused: bool) -> None:
        """Take one confirm."""
        self.left -= 1
        self.refused += refused
        if not self.left and not self.settled.done():
            self.settled.set_result(None)

    def give_up(self) -> None:
        """No confirm will come any more."""
        if not self.settled.done():
            self.settled.set_exception(RetryLater("the connection to the broker was lost", code="broker"))
            self.settled.exception()

    def verify(self) -> None:
        """Raise unless the broker took all of it."""
        if self.returned:
            raise Unroutable(frozenset(self.returned))
        if self.refused:
            raise RetryLater(
                f"the broker refused {self.refused} of {len(self.messages)} messages",
                code="broker",
            )


class ConfirmedPublisher:
    """Owns one publishing channel and what is not yet confirmed on it."""

    def __init__(self) -> None:
        """Begin with nothing; `open` gives it a channel."""
        self._outstanding: OrderedDict[int, Batch] = OrderedDict()
        self._tag = 0
        self._sending = asyncio.Lock()
        #: Grows with every confirm: whoever times out can see whether the broker still answers.
        self.confirms = 0

    @classmethod
    async def open(cls, connection: AbstractConnection) -> ConfirmedPublisher:
        """Open a channel for publishing; raises `RetryLater`."""
        publisher = cls()
        with as_retry_later("open a channel"):
            publisher.channel = await WorkChannel.open(
                connection,
                on_content=publisher.take_return,
                on_confirm=publisher.take_confirm,
            )
        publisher.channel.when_closed(publisher.give_up)
        return publisher

    channel: WorkChannel

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish; when it returns the broker has confirmed every message. Raises `RetryLater`, and waits without limit."""
        batch = Batch(messages)
        async with self._sending:
            for start in range(0, len(messages), CHUNK):
                await self._send(batch, messages[start : start + CHUNK])
                await asyncio.sleep(0)
        await batch.settled
        batch.verify()

    async def _send(self, batch: Batch, chunk: Sequence[Message]) -> None:
        """Pack and send a chunk. Putting it in line and numbering it are one step without a wait between them: a caller who gives up
        can never leave a number for a message that was not sent, which would confirm others falsely.
        """
        payload = b"".join([self._pack(message) for message in chunk])
        while not self.channel.send_soon(payload):
            if not self.channel.is_open:
                raise RetryLater("the connection to the broker was lost", code="broker")
            await asyncio.sleep(FULL_LINE_PAUSE)
        for _ in chunk:
            self._tag += 1
            self._outstanding[self._tag] = batch

    def _pack(self, message: Message) -> bytes:
        """Pack one message."""
        number = self.channel.number
        return pack_publish(number, message.exchange, message.destination) + pack_content(
            number,
            message.id,
            message.body,
            frame_max=self.channel.frame_max,
            headers=message.headers,
        )

    def take_confirm(self, frame: Confirm) -> None:
        """Settle one message, or it and all before it."""
        self.confirms += 1
        tag = frame.delivery_tag or 0
        refused = isinstance(frame, Basic.Nack)
        if not frame.multiple:
            batch = self._outstanding.pop(tag, None)
            if batch is not None:
                batch.count_down(refused=refused)
            return
        while self._outstanding and next(iter(self._outstanding)) <= tag:
            self._outstanding.popitem(last=False)[1].count_down(refused=refused)

    def take_return(self, method: Content, header: ContentHeader, _: bytes) -> None:
        """Note a message that has no queue; its confirm follows."""
        message_id = header.properties.message_id
        for batch in dict.fromkeys(self._outstanding.values()):
            if any(message.id == message_id and message.destination == method.routing_key for message in batch.messages):
                batch.returned.add(str(method.routing_key))

    def give_up(self) -> None:
        """Tell everybody that no confirm will come."""
        while self._outstanding:
            self._outstanding.popitem()[1].give_up()
