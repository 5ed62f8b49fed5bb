"""Declare the topology, and refuse a broker whose topology means something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed

from gateway.adapters.rabbitmq.foreign import as_retry_later
from gateway.adapters.rabbitmq.topology import Binding, BrokerQueue, Exchange
from gateway.domain.errors import NeedsPerson

if TYPE_CHECKING:
    from aiormq.abc import AbstractChannel, AbstractConnection

    from gateway.adapters.rabbitmq.topology import Topology

__all__ = ["count", "declare"]

Thing: TypeAlias = "Exchange | BrokerQueue | Binding"

DIFFERENCE = re.compile(r"inequivalent arg '([^']+)' for .*: received (.*) but current is (.*)", re.DOTALL)


async def declare(connection: AbstractConnection, topology: Topology) -> None:
    """Declare everything; raises `NeedsPerson` listing whatever is there already with another meaning, `RetryLater` when nobody answers."""
    faults: list[str] = []
    things: list[Thing] = [
        *topology.exchanges,
        *topology.queues,
        *topology.bindings,
    ]
    with as_retry_later("declare the topology"):
        channel = await connection.channel(publisher_confirms=False)
        for thing in things:
            try:
                await _declare(channel, thing)
            except (ChannelAccessRefused, ChannelPreconditionFailed) as error:
                faults.append(_explain(thing, error))
                channel = await connection.channel(publisher_confirms=False)
            except ChannelNotFoundEntity:
                if not faults:
                    raise
                # it binds what could not be declared: that is told already
                channel = await connection.channel(publisher_confirms=False)
        await channel.close()
    if faults:
        raise NeedsPerson(
            "the broker's topology is not the gateway's: " + "; ".join(faults),
            code="wrong_topology",
        )


async def count(connection: AbstractConnection, queue: str) -> tuple[int, int]:
    """Count the ready messages and the consumers of a queue; raises `RetryLater` when there is no such queue."""
    with as_retry_later(f"count {queue}"):
        channel = await connection.channel(publisher_confirms=False)
        answer = await channel.queue_declare(queue, passive=True)
        await channel.close()
    return answer.message_count or 0, answer.consumer_count or 0


async def _declare(channel: AbstractChannel, thing: Thing) -> None:
    """Declare one thing; what is there already with the same meaning is left as it is."""
    match thing:
        case Exchange(name=name, kind=kind, arguments=arguments):
            await channel.exchange_declare(name, exchange_type=kind, durable=True, arguments=dict(arguments))
        case BrokerQueue(name=name, arguments=arguments):
            await channel.queue_declare(name, durable=True, arguments=dict(arguments))
        case Binding(exchange=exchange, queue=queue, key=key):
            await channel.queue_bind(queue, exchange, key)


def _explain(thing: Thing, error: ChannelAccessRefused | ChannelPreconditionFailed) -> str:
    """Say what is wrong with one thing and what to do about it."""
    what = _name(thing)
    if isinstance(error, ChannelAccessRefused):
        return (
            f"this user may not declare the {what}: give it configure, write and read permission on "
            "deliver, deliver.*, retry.*, due and dead"
        )
    found = DIFFERENCE.search(str(error))
    if found is None:
        return f"the {what} cannot be declared: {error}"
    argument, wanted, current = found.groups()
    kind = what.partition(" ")[0]
    remedy = f"`rabbitmqctl delete_queue {what.partition(' ')[2]}`" if kind == "queue" else "the exchange in the management page"
    return (
        f"the {what} exists with {argument} = {_plain(current)}, it must be {_plain(wanted)}: stop the gateway, delete {remedy} and "
        "start again; it is declared anew, and what the queue held is published again from the ledger"
    )


def _name(thing: Thing) -> str:
    """Name a thing for a person."""
    match thing:
        case Exchange(name=name):
            return f"exchange {name}"
        case BrokerQueue(name=name):
            return f"queue {name}"
        case Binding(exchange=exchange, queue=queue):
            return f"binding {exchange} to {queue}"


def _plain(value: str) -> str:
    """Strip the broker's way of quoting a value: "the value '100' of type 'signedint'"."""
    quoted = re.search(r"'(.*)'(?: of type|$)", value)
    return quoted.group(1) if quoted else value.strip()
