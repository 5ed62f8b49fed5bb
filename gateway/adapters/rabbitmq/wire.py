"""How work looks as a message: the body is the work in MessagePack, so that its payload travels as the bytes it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from gateway.adapters.rabbitmq.topology import DELIVER, LADDER, choose_rung, retry_of
from gateway.domain.errors import Malformed, Problem
from gateway.ports import Work

if TYPE_CHECKING:
    from pamqp.header import ContentHeader

__all__ = ["Message", "Received", "delay", "delay_more", "direct", "put_off", "read"]

#: Header: when a delayed message is due, in milliseconds since 1970.
DUE_AT = "due-at"
#: Header: how often a handler has raised over this work, from copy to copy.
RAISED = "raised"
#: The longest pause after a handler that raised: the work may be fine and the ledger away.
LONGEST_PAUSE = 60
#: Clocks of two machines differ, and a queue may be early by a tick: this near is due.
NEAR_SECONDS = 0.05

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Work).decode


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is published: where to, under which id, and the bytes."""

    exchange: str
    destination: str
    id: str
    body: bytes
    headers: dict[str, int] = {}


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What was delivered: the work, its bytes for a copy, how long it is to wait yet, and how often a handler raised over it."""

    work: Work
    body: bytes
    due_at: int
    raised: int

    def seconds_left(self, now: float) -> float:
        """Tell how long it is to wait yet; zero or less when it is due."""
        return self.due_at / 1000 - now - NEAR_SECONDS


def direct(work: Work) -> Message:
    """Address work to its destination, now."""
    return Message(
        exchange=DELIVER,
        destination=work.destination,
        id=work.delivery_id,
        body=_encode(work),
    )


def delay(work: Work, *, seconds: float, now: float) -> Message:
    """Address work to the ladder; the message says when it is due, so that crooked pauses are made of several."""
    return Message(
        exchange=retry_of(choose_rung(seconds)),
        destination=work.destination,
        id=work.delivery_id,
        body=_encode(work),
        headers={DUE_AT: int((now + seconds) * 1000)},
    )


def delay_more(received: Received, *, now: float) -> Message:
    """Send a message that came before it is due on another round."""
    return _copy(received, received.seconds_left(now), due_at=received.due_at, raised=0)


def put_off(received: Received) -> Message:
    """Send work whose handler raised on a round that is longer each time, up to a minute."""
    rungs = [rung for rung in LADDER if rung <= LONGEST_PAUSE]
    pause = rungs[min(received.raised, len(rungs) - 1)]
    return _copy(received, pause, due_at=0, raised=received.raised + 1)


def read(header: ContentHeader, body: bytes) -> Received:
    """Read a delivered message; raises `Malformed` when it is not work."""
    try:
        work = _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        problem = Problem(path="", rule="a message of this queue is work in MessagePack")
        raise Malformed([problem]) from error
    headers = header.properties.headers or {}
    return Received(
        work=work,
        body=body,
        due_at=_number(headers.get(DUE_AT)),
        raised=_number(headers.get(RAISED)),
    )


def _copy(received: Received, seconds: float, *, due_at: int, raised: int) -> Message:
    """Make a fresh message of a delivered one: never the old one, for brokers drop what goes in circles."""
    return Message(
        exchange=retry_of(choose_rung(seconds)),
        destination=received.work.destination,
        id=received.work.delivery_id,
        body=received.body,
        headers={DUE_AT: due_at, RAISED: raised},
    )


def _number(value: object) -> int:
    """Read a header that is a count; whatever else it may be counts as none."""
    return value if isinstance(value, int) else 0
