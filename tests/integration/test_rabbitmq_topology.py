"""A broker whose topology means something else is refused, with every difference and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiormq
import pytest

from gateway.adapters.rabbitmq.definitions import render
from gateway.adapters.rabbitmq.queue import RabbitQueue
from gateway.adapters.rabbitmq.topology import queue_of, to_destination, whole
from gateway.domain.errors import NeedsPerson, RetryLater
from gateway.testing.queue_contract import work

if TYPE_CHECKING:
    from gateway.devservers import RabbitMQ


async def declare_queue(url: str, name: str, **arguments: str | int) -> None:
    """Declare a queue as somebody else might have."""
    async with aiormq.connect(url) as connection:
        channel = await connection.channel()
        await channel.queue_declare(name, durable=True, arguments=dict(arguments))


async def refusal(url: str) -> str:
    """Open the queue and tell why it was refused."""
    with pytest.raises(NeedsPerson) as caught:
        await RabbitQueue.open(url, destinations=["agency-a", "agency-b"])
    assert caught.value.code == "wrong_topology"
    return caught.value.text


async def test_a_queue_without_dead_lettering_is_refused(vhost: str) -> None:
    await declare_queue(vhost, queue_of("agency-a"), **{"x-queue-type": "quorum"})

    text = await refusal(vhost)

    assert "queue deliver.agency-a exists with x-" in text
    assert "rabbitmqctl delete_queue deliver.agency-a" in text


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("x-dead-letter-strategy", "at-most-once"),
        ("x-delivery-limit", 20),
        ("x-dead-letter-exchange", "elsewhere"),
        ("x-overflow", "drop-head"),
    ],
)
async def test_each_argument_of_a_queue_is_checked(vhost: str, argument: str, value: str | int) -> None:
    (right,) = to_destination("agency-a").queues
    await declare_queue(vhost, right.name, **(right.arguments | {argument: value}))

    text = await refusal(vhost)

    assert f"exists with {argument} = {value}, it must be {right.arguments[argument]}" in text


async def test_every_difference_is_told_at_once(vhost: str) -> None:
    for name in ("deliver.agency-a", "deliver.agency-b", "dead"):
        await declare_queue(vhost, name, **{"x-queue-type": "quorum"})

    text = await refusal(vhost)

    assert all(f"queue {name} exists" in text for name in ("deliver.agency-a", "deliver.agency-b", "dead"))


async def test_an_exchange_of_another_kind_is_refused(vhost: str) -> None:
    async with aiormq.connect(vhost) as connection:
        channel = await connection.channel()
        await channel.exchange_declare("deliver", exchange_type="topic", durable=True)

    assert "exchange deliver exists with type = topic, it must be direct" in await refusal(vhost)


async def test_a_user_without_permission_is_told_which(rabbitmq: RabbitMQ, vhost: str) -> None:
    name = vhost.rpartition("/")[2]
    await rabbitmq.evaluate(
        f'rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, <<"^$">>, <<".*">>, <<".*">>, <<"dev">>)'
    )

    assert "this user may not declare the exchange deliver" in await refusal(vhost)


async def test_the_imported_definitions_are_what_the_gateway_expects(rabbitmq: RabbitMQ, vhost: str) -> None:
    definitions = render(whole(["agency-a"]), virtual_host=vhost.rpartition("/")[2])
    quoted = definitions.decode().replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    await rabbitmq.evaluate(f'rabbit_definitions:import_raw(<<"{quoted}">>)')

    queue = await RabbitQueue.open(vhost, destinations=["agency-a"])

    await queue.publish([work()])
    assert await queue.depth("agency-a") == 1
    await queue.close()


async def test_a_broker_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    with pytest.raises(RetryLater):
        await RabbitQueue.open("amqp://guest:guest@127.0.0.1:1/")
