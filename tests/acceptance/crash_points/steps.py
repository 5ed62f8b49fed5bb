"""The steps of a transfer through a running gateway, counted where they happen: at its ports, its connectors and its doors."""

from __future__ import annotations

import functools
import inspect
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from gateway.adapters.embedded_queue import EmbeddedQueue
from gateway.adapters.rabbitmq.queue import RabbitQueue
from gateway.ports import BlobStore, Ledger, Queue, Registers
from gateway.sdk import Http
from gateway.web.protocol import DoorProtocol

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.app import Gateway
    from gateway.ports import Handler, Work

__all__ = ["SIDES", "Point", "Side", "Steps", "watch"]

Side: TypeAlias = Literal["before", "after"]
Name: TypeAlias = Callable[..., str]

SIDES: tuple[Side, ...] = ("before", "after")

#: What changes nothing outside the process: a crash around one of these is a crash between two steps.
QUESTIONS = {"checkpoint", "close", "consume", "depth", "fetch", "info", "open", "open_cases", "stop", "unread"}
#: The way of systems that speak SOAP, which nobody here does: were it used, steps of the list would be missed.
UNUSED = {"stream"}
#: What an inbox is answered in which nothing waits.
NOTHING = b'{"items":[]}'
#: On whose behalf a port is used.
ACT: ContextVar[str] = ContextVar("act", default="")


class Point(msgspec.Struct, frozen=True, order=True):
    """Where a process dies: on one side of a step, at its first passing."""

    side: Side
    step: str

    def __str__(self) -> str:
        return f"{self.side} {self.step}"


class Steps:
    """Writes down each step when it is passed for the first time, and kills its own process at the last one."""

    def __init__(self, log: Path, last: Point | None) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._last = last
        self._passed: Counter[Point] = Counter()

    def passing(self, side: Side, step: str) -> None:
        """Pass one side of a step."""
        point = Point(side, step)
        self._passed[point] += 1
        if self._passed[point] == 1:
            os.write(self._log, f"{point}\n".encode())
        if point == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, port: object, method: str, name: Name) -> None:
        """Count the calls of one method of an object; one that raises has no after."""
        inner: Callable[..., Awaitable[Any]] = getattr(port, method)

        @functools.wraps(inner)
        async def passed(*args: Any, **kwargs: Any) -> Any:
            step = name(*args, **kwargs)
            self.passing("before", step)
            answer = await inner(*args, **kwargs)
            self.passing("after", step)
            return answer

        setattr(port, method, passed)

    def watch_sync(self, port: object, method: str, step: str) -> None:
        """Count the calls of a method that does not wait."""
        inner: Callable[..., Any] = getattr(port, method)

        def passed(*args: Any) -> None:
            self.passing("before", step)
            inner(*args)
            self.passing("after", step)

        setattr(port, method, passed)


def watch(gateway: Gateway, steps: Steps) -> None:
    """Count every step of a gateway that is open and not yet started. It goes its own way through its own objects."""
    for protocol, port in {Ledger: gateway.ledger, Registers: gateway.ledger, Queue: gateway.queue, BlobStore: gateway.blobs}.items():
        for method in changes(protocol):
            steps.watch(port, method, NAMES.get(method, functools.partial(plainly, method)))
    _watch_sweep(gateway, steps)
    _watch_acknowledgement(gateway, steps)
    _watch_connectors(gateway, steps)
    _watch_answers(steps)


def changes(protocol: type) -> list[str]:
    """Name the methods of a port that change something; one that is new is among them."""
    left_out = QUESTIONS | UNUSED
    return [name for name, found in vars(protocol).items() if inspect.isfunction(found) and name not in left_out and name[0] != "_"]


def plainly(method: str, *_: object, **__: object) -> str:
    """Name a step after its method."""
    return f"{ACT.get()}{method.replace('_', ' ')}"


#: Work goes its own way, whoever made it ready; only what an inbox does itself is told from what a worker does.
NAMES: dict[str, Name] = {
    "accept": lambda acceptance: f"accept from {acceptance.sender}",
    "delay": lambda *_: "delay",
    "lease": lambda *_, owner, **__: "inbox: lease" if owner.startswith("inbox:") else "lease",
    "publish": lambda *_: "publish",
    "put": lambda *_, **__: f"{ACT.get()}keep a content",
    "request": lambda *_, safe=False, **__: f"{ACT.get()}{'question' if safe else 'change'}",
    "settle": lambda settlement: f"{'inbox: ' * (ACT.get() == 'inbox: ')}settle as {settlement.state}",
}


def acting(port: object, method: str, act: Name) -> None:
    """Say on whose behalf ports are used while a method runs."""
    inner: Callable[..., Awaitable[Any]] = getattr(port, method)

    @functools.wraps(inner)
    async def acted(*args: Any, **kwargs: Any) -> Any:
        token = ACT.set(f"{act(*args)}: ")
        try:
            return await inner(*args, **kwargs)
        finally:
            ACT.reset(token)

    setattr(port, method, acted)


def _watch_sweep(gateway: Gateway, steps: Steps) -> None:
    """Tell a sweep that found something from the many that find nothing."""
    inner = gateway.ledger.sweep

    async def sweep(**wanted: Any) -> tuple[Work, ...]:
        found = await inner(**wanted)
        if found:
            steps.passing("after", "sweep that found work")
        return found

    setattr(gateway.ledger, "sweep", sweep)  # noqa: B010 - an assignment to a method is what mypy forbids


def _watch_acknowledgement(gateway: Gateway, steps: Steps) -> None:
    """Count when the queue lets go of what was handled."""
    inner, queue = gateway.queue.consume, gateway.queue

    async def consume(destination: str, handler: Handler, *, concurrency: int) -> None:
        await inner(destination, handler, concurrency=concurrency)
        if isinstance(queue, EmbeddedQueue):
            steps.watch_sync(queue._lines[destination], "_handled", "acknowledge")
        elif isinstance(queue, RabbitQueue):
            steps.watch_sync(queue._consumers[destination][-1]._session, "_acknowledge", "acknowledge")

    setattr(queue, "consume", consume)  # noqa: B010 - as above


def _watch_connectors(gateway: Gateway, steps: Steps) -> None:
    """Count the calls to agencies, by what they are made for; they share one way out. An inbox is asked by its agency."""
    for method in changes(Http):
        steps.watch(gateway.systems._http, method, NAMES[method])
    for one in gateway.systems.all():
        for method in ("deliver", "reconcile"):
            if hasattr(one.connector, method):
                acting(one.connector, method, functools.partial("{} {}".format, method, one.system.name))
    acting(gateway.polling._poller, "poll", lambda system, _: f"poll {system.name}")
    for method in ("lease", "acknowledge", "refuse"):
        acting(gateway.inbox, method, lambda *_: "inbox")


def _watch_answers(steps: Steps) -> None:
    """Count the answers of this process's doors to whoever changes something: before their first byte, and after their last."""
    inner = DoorProtocol.finish_response

    async def finish_response(self: DoorProtocol, request: Any, response: Any, *rest: Any) -> Any:
        step = f"answer {request.match_info.route.resource.canonical}"
        counts = request.method != "GET" and getattr(response, "body", b"") != NOTHING
        if counts:
            steps.passing("before", step)
        answer = await inner(self, request, response, *rest)
        if counts:
            steps.passing("after", step)
        return answer

    setattr(DoorProtocol, "finish_response", finish_response)  # noqa: B010 - as above
