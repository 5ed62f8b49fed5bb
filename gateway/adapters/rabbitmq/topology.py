"""Every name and argument that the gateway uses on the broker, as pure functions.

```
publish -> deliver (direct) --key--> deliver.<destination> -> worker
                                         | limit of deliveries reached
                                         v
                                       dead (fanout) -> dead
                                         ^
                                         | destination has no queue any more
delay -> retry.<seconds> (fanout) -> retry.<seconds> --time is up--> due (direct) --key--> deliver.<destination>
```
A delayed message keeps the destination as its routing key, so one ladder of retry queues serves all destinations. `due` is not
`deliver`, because `deliver` must return what it cannot route, while what leaves a retry queue has nobody to return to.

Everything that 4.x has another default for is said, so that 3.10 and 4.x mean the same. All of it may be lost: the ledger knows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = [
    "DEAD",
    "DELIVER",
    "DELIVERY_LIMIT",
    "DUE",
    "LADDER",
    "MENDING",
    "Binding",
    "BrokerQueue",
    "Exchange",
    "Topology",
    "choose_rung",
    "only",
    "queue_behind",
    "queue_of",
    "retry_of",
    "shared",
    "to_destination",
    "whole",
]

Arguments: TypeAlias = "dict[str, str | int]"

DEAD = "dead"
DELIVER = "deliver"
DUE = "due"

#: Whoever holds this queue (exclusive, gone with its connection) may declare queues anew.
MENDING = "retry.mending"

#: A far backstop: every crash of a worker counts for all it held, and attempts are counted in the ledger.
DELIVERY_LIMIT = 100

#: Pauses, in seconds; a longer or crooked one is made of several.
LADDER = (1, 3, 10, 30, 60, 300, 600, 1800, 3600)

#: A pause may come out longer by this part, where that spares another round.
SLACK = 0.25

#: What the dead queue keeps: evidence for a person, and payloads, so neither many nor for long.
DEAD_AFTER = timedelta(days=7)
DEAD_LENGTH = 100_000


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange; durable, never deleted by itself."""

    name: str
    kind: Literal["direct", "fanout"]
    arguments: Arguments = {}


class BrokerQueue(msgspec.Struct, frozen=True, kw_only=True):
    """A quorum queue; durable."""

    name: str
    arguments: Arguments


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """The way from an exchange to a queue."""

    exchange: str
    queue: str
    key: str = ""


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """Things on the broker, in an order in which they can be declared."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[BrokerQueue, ...]
    bindings: tuple[Binding, ...]


def queue_of(destination: str) -> str:
    """Name the queue of a destination."""
    return f"{DELIVER}.{destination}"


def queue_behind(exchange: str, destination: str) -> str:
    """Name the queue that what is published to an exchange for a destination ends in."""
    return queue_of(destination) if exchange == DELIVER else exchange


def retry_of(seconds: int) -> str:
    """Name the exchange, and the queue behind it, of one pause of the ladder."""
    return f"retry.{seconds}"


def choose_rung(seconds: float) -> int:
    """Choose the pause to publish to: the next longer one when it is hardly longer, else the next shorter; the rest goes another round."""
    longer = next((rung for rung in LADDER if rung >= seconds), None)
    if longer is not None and (longer <= seconds * (1 + SLACK) or longer == LADDER[0]):
        return longer
    return max(rung for rung in LADDER if rung <= seconds)


def shared() -> Topology:
    """Describe what all destinations share."""
    return Topology(
        exchanges=(
            Exchange(name=DELIVER, kind="direct"),
            Exchange(name=DUE, kind="direct", arguments={"alternate-exchange": DEAD}),
            Exchange(name=DEAD, kind="fanout"),
            *(Exchange(name=retry_of(rung), kind="fanout") for rung in LADDER),
        ),
        queues=(_dead(), *(_retry(rung) for rung in LADDER)),
        bindings=(
            Binding(exchange=DEAD, queue=DEAD),
            *(Binding(exchange=retry_of(rung), queue=retry_of(rung)) for rung in LADDER),
        ),
    )


def to_destination(destination: str) -> Topology:
    """Describe what one destination has for itself."""
    queue = queue_of(destination)
    return Topology(
        exchanges=(),
        queues=(BrokerQueue(name=queue, arguments=_dead_lettering_to(DEAD)),),
        bindings=(
            Binding(exchange=DELIVER, queue=queue, key=destination),
            Binding(exchange=DUE, queue=queue, key=destination),
        ),
    )


def whole(destinations: Iterable[str]) -> Topology:
    """Describe everything, for these destinations."""
    parts = [shared(), *(to_destination(name) for name in sorted(set(destinations)))]
    return Topology(
        exchanges=tuple(each for part in parts for each in part.exchanges),
        queues=tuple(each for part in parts for each in part.queues),
        bindings=tuple(each for part in parts for each in part.bindings),
    )


def only(topology: Topology, queues: Collection[str]) -> Topology:
    """Leave these queues of a topology, and their bindings."""
    return Topology(
        exchanges=(),
        queues=tuple(each for each in topology.queues if each.name in queues),
        bindings=tuple(each for each in topology.bindings if each.queue in queues),
    )


def _dead_lettering_to(exchange: str) -> Arguments:
    """Write the arguments of a queue that gives up a message only when it is safe elsewhere; all three of the last are needed for that."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _retry(seconds: int) -> BrokerQueue:
    """Describe one pause: nobody consumes it, time empties it, first in first out."""
    return BrokerQueue(
        name=retry_of(seconds),
        arguments=_dead_lettering_to(DUE) | {"x-message-ttl": seconds * 1000},
    )


def _dead() -> BrokerQueue:
    """Describe where messages end that cannot go on; the oldest give way."""
    return BrokerQueue(
        name=DEAD,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-message-ttl": int(DEAD_AFTER.total_seconds()) * 1000,
            "x-max-length": DEAD_LENGTH,
            "x-overflow": "drop-head",
        },
    )
