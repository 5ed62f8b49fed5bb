"""A channel of the client library whose message frames go straight to whoever wants them, without a task or a future per message.

The library's own path costs a lock, two futures and an entry in four tables per published message, and a task per consumed one. Here
the library keeps what it is good at (connection, heartbeats, TLS, channel life, every reply), and only Deliver, Ack, Nack and Return
with their contents are taken out of its way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from aiormq.abc import ChannelFrame, FrameType
from aiormq.channel import Channel
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiormq.abc import AbstractConnection

__all__ = ["Confirm", "Content", "OnConfirm", "OnContent", "WorkChannel"]

Confirm: TypeAlias = "Basic.Ack | Basic.Nack"
Content: TypeAlias = "Basic.Deliver | Basic.Return"
OnConfirm: TypeAlias = "Callable[[Confirm], None]"
OnContent: TypeAlias = "Callable[[Content, ContentHeader, bytes], None]"


class WorkChannel:
    """One open channel; `frame_max` is the largest frame the broker takes."""

    def __init__(self, connection: AbstractConnection, channel: Channel) -> None:
        """Keep the open channel."""
        self.channel = channel
        self.number = channel.number
        self.frame_max = connection.connection_tune.frame_max or 131_072

    @classmethod
    async def open(
        cls,
        connection: AbstractConnection,
        *,
        on_content: OnContent,
        on_confirm: OnConfirm | None = None,
    ) -> WorkChannel:
        """Open a channel; with `on_confirm` the broker confirms what is published on it."""
        number = 1
        while number in connection.channels:
            number += 1
        channel = Channel(connection, number, publisher_confirms=on_confirm is not None)
        channel.frames = Frames(on_content, on_confirm or _unasked)
        connection.channels[number] = channel
        await channel.open()
        return cls(connection, channel)

    @property
    def is_open(self) -> bool:
        """Tell whether anything can still be sent."""
        return not self.channel.is_closed

    def when_closed(self, act: Callable[[], None]) -> None:
        """Call `act` once when the channel is no more, for whatever reason."""
        self.channel.closing.add_done_callback(lambda _: act())

    def send_soon(self, payload: bytes) -> bool:
        """Put packed frames in line; False when there is no room in the line just now, or never again."""
        try:
            self.channel.write_queue.put_nowait(ChannelFrame(payload=payload, should_close=False))
        except asyncio.QueueFull:
            return False
        return self.is_open


class Frames(asyncio.Queue[tuple[int, FrameType]]):
    """Stands where the library puts the frames of a channel: keeps the replies for it, hands the messages on at once."""

    def __init__(self, on_content: OnContent, on_confirm: OnConfirm) -> None:
        """Keep whom to call."""
        super().__init__()
        self._on_content = on_content
        self._on_confirm = on_confirm
        self._method: Content | None = None
        self._header = ContentHeader()
        self._parts: list[bytes] = []
        self._missing = 0

    async def put(self, item: tuple[int, FrameType]) -> None:
        """Take one frame with its weight, as the library's reader gives it."""
        _, frame = item
        if isinstance(frame, ContentBody) and self._method is not None:
            self._take_body(frame.value)
        elif isinstance(frame, ContentHeader) and self._method is not None:
            self._take_header(frame)
        elif isinstance(frame, (Basic.Ack, Basic.Nack)):
            self._on_confirm(frame)
        elif isinstance(frame, (Basic.Deliver, Basic.Return)):
            self._method = frame
        else:
            await super().put(item)

    def _take_header(self, header: ContentHeader) -> None:
        """Begin a content; an empty one is whole already."""
        self._header = header
        self._missing = header.body_size or 0
        if not self._missing:
            self._finish(b"")

    def _take_body(self, part: bytes) -> None:
        """Add a part of the content; the last one makes it whole."""
        self._missing -= len(part)
        if self._missing > 0:
            self._parts.append(part)
            return
        body = b"".join([*self._parts, part]) if self._parts else part
        self._parts.clear()
        self._finish(body)

    def _finish(self, body: bytes) -> None:
        """Hand on a whole content."""
        method, self._method = self._method, None
        if method is not None:
            self._on_content(method, self._header, body)


def _unasked(_: Confirm) -> None:
    """Take a confirm on a channel that publishes nothing."""
