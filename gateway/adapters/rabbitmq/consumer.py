"""Consume one destination, through any number of lost connections."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import structlog

from gateway.adapters.rabbitmq import wire
from gateway.adapters.rabbitmq.session import Session
from gateway.adapters.rabbitmq.topology import queue_of
from gateway.domain.errors import Malformed, RetryLater

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from aiormq.abc import AbstractConnection
    from pamqp.header import ContentHeader

    from gateway.adapters.rabbitmq.wire import Message, Received
    from gateway.ports import Handler

__all__ = ["Consumer"]

log = structlog.get_logger(__name__)

#: After a copy could not be published.
COPY_PAUSE_SECONDS = 1.0


class Consumer:
    """Owns the running handlers of one consumer; the broker's side of it is a `Session`, replaced after every loss."""

    def __init__(
        self,
        *,
        destination: str,
        handler: Handler,
        concurrency: int,
        prefetch: int,
        publish: Callable[[Message], Awaitable[None]],
        lost: Callable[[], None],
        cut: Callable[[], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Keep it all; `publish` sends a copy, `lost` asks for a new session, `cut` ends a connection that does not answer."""
        self.destination = destination
        self._handler = handler
        self._concurrency = concurrency
        self._prefetch = prefetch
        self._publish = publish
        self._lost = lost
        self._cut = cut
        self._now = now
        self._session: Session | None = None
        self._opening: asyncio.Task[Session] | None = None
        self._ready: deque[tuple[Session, int, Received]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._changing = asyncio.Lock()

    @property
    def is_consuming(self) -> bool:
        """Tell whether the broker gives us work, as far as we were told."""
        return self._session is not None and self._session.is_consuming

    @property
    def in_hand(self) -> int:
        """Count what the broker gave and is not finished."""
        return len(self._ready) + len(self._running)

    async def resume(self, connection: AbstractConnection) -> None:
        """Consume on this connection unless it does already, or is to stop; raises `RetryLater`."""
        async with self._changing:
            if self._stopping or self.is_consuming:
                return
            await self._leave()
            opening = Session.open(
                connection,
                queue=queue_of(self.destination),
                prefetch=self._prefetch,
                take=self._take,
                lost=self._lost,
                cut=self._cut,
            )
            self._opening = asyncio.get_running_loop().create_task(opening)
            try:
                self._session = await self._opening
            finally:
                self._opening = None

    async def leave(self) -> None:
        """Give up the session: the broker gives whatever was not acknowledged again, to the next one."""
        async with self._changing:
            await self._leave()

    async def stop(self) -> None:
        """Take no more, wait for the running handlers, let the rest go back to the queue."""
        self._stopping = True
        if self._opening is not None:
            self._opening.cancel()
        async with self._changing:
            session = self._session
            self._ready.clear()
            if session is not None and session.is_consuming:
                with suppress(RetryLater):
                    await session.cancel()
            self._ready.clear()
            while self._running:
                await asyncio.wait(self._running)
            await self._leave()

    async def _leave(self) -> None:
        """Close the session, if there is one, and forget what it gave and nobody has begun."""
        session, self._session = self._session, None
        self._ready = deque(item for item in self._ready if item[0] is not session)
        if session is not None and session.is_open:
            with suppress(RetryLater):
                await session.close()

    def _take(self, session: Session, tag: int, header: ContentHeader, body: bytes) -> None:
        """Take a message from the broker; one that is not work goes to the dead queue."""
        try:
            received = wire.read(header, body)
        except Malformed:
            log.error(  # noqa: TRY400 - a traceback may quote the message
                "message_is_not_work", destination=self.destination
            )
            session.reject(tag)
            return
        self._ready.append((session, tag, received))
        self._fill()

    def _fill(self) -> None:
        """Begin as much as may run at once."""
        while self._ready and len(self._running) < self._concurrency and not self._stopping:
            session, tag, received = self._ready.popleft()
            if not session.is_open:
                continue
            if received.due_at and received.seconds_left(self._now()) > 0:
                copy = wire.delay_more(received, now=self._now())
                self._run(self._replace(session, tag, copy), None)
            else:
                self._run(
                    self._handle(received),
                    partial(self._handled, session, tag, received),
                )

    def _run(
        self,
        act: Coroutine[None, None, None],
        ended: Callable[[asyncio.Task[None]], None] | None,
    ) -> None:
        """Run an act as a task of its own; what it raises is told to `ended` and nobody else."""
        task = asyncio.get_running_loop().create_task(act)
        self._running.add(task)
        if ended is not None:
            task.add_done_callback(ended)
        task.add_done_callback(self._release)

    async def _handle(self, received: Received) -> None:
        """Call the handler."""
        await self._handler(received.work)

    def _handled(
        self,
        session: Session,
        tag: int,
        received: Received,
        task: asyncio.Task[None],
    ) -> None:
        """Acknowledge what was handled; what raised is put off as a fresh copy, never handed back."""
        error = None if task.cancelled() else task.exception()
        if error is None and not task.cancelled():
            session.settle(tag)
            return
        log.warning(
            "work_put_off",
            destination=self.destination,
            delivery_id=received.work.delivery_id,
            error=type(error).__name__ if error else "cancelled",
            times=received.raised + 1,
        )
        self._run(self._replace(session, tag, wire.put_off(received)), None)

    async def _replace(self, session: Session, tag: int, copy: Message) -> None:
        """Publish a copy and acknowledge the original; while that fails the original stays ours, until its session ends."""
        while True:
            try:
                await self._publish(copy)
            except RetryLater:
                if self._stopping or not session.is_open:
                    return
                await asyncio.sleep(COPY_PAUSE_SECONDS)
            else:
                session.settle(tag)
                return

    def _release(self, task: asyncio.Task[None]) -> None:
        """Make room for the next."""
        self._running.discard(task)
        self._fill()
