"""The topology says what it must, and the generated definitions are in step with it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.rabbitmq.definitions import PATH, render
from gateway.adapters.rabbitmq.topology import (
    DEAD,
    LADDER,
    SLACK,
    choose_rung,
    only,
    queue_behind,
    queue_of,
    retry_of,
    to_destination,
    whole,
)

ROOT = Path(__file__).parents[3]


def test_the_definitions_file_is_generated_from_the_topology() -> None:
    stale = "it is stale: run scripts/generate"

    assert (ROOT / PATH).read_bytes() == render(whole(())), stale


def test_definitions_name_every_queue_exchange_and_binding() -> None:
    document = msgspec.json.decode(render(whole(["agency-a"]), virtual_host="province"))

    assert {queue["name"] for queue in document["queues"]} == {
        DEAD,
        queue_of("agency-a"),
        *(retry_of(rung) for rung in LADDER),
    }
    assert {each["vhost"] for each in document["bindings"]} == {"province"}


@pytest.mark.parametrize("queue", whole(["agency-a"]).queues, ids=lambda each: each.name)
def test_every_queue_is_a_quorum_queue_with_its_own_delivery_limit(queue: object) -> None:
    arguments = msgspec.to_builtins(queue)["arguments"]

    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-delivery-limit"] == 100


def test_a_destinations_queue_gives_up_a_message_only_when_it_is_safe_elsewhere() -> None:
    (queue,) = to_destination("agency-a").queues

    assert queue.arguments["x-dead-letter-exchange"] == DEAD
    assert queue.arguments["x-dead-letter-strategy"] == "at-least-once"
    assert queue.arguments["x-overflow"] == "reject-publish"


@given(st.floats(0.001, 100_000))
def test_a_rung_is_never_much_longer_than_the_pause(seconds: float) -> None:
    rung = choose_rung(seconds)

    assert rung == LADDER[0] or rung <= seconds * (1 + SLACK)


@given(st.floats(0.001, 86_400))
def test_a_pause_is_made_of_few_rounds_and_never_too_short(seconds: float) -> None:
    left, rounds = seconds, 0
    while left > 0:
        left -= choose_rung(left)
        rounds += 1

    assert rounds <= seconds / LADDER[-1] + 15


def test_a_part_of_the_topology_is_queues_with_their_bindings() -> None:
    everything = whole(["agency-a", "agency-b"])

    part = only(everything, {queue_of("agency-a")})

    assert part == to_destination("agency-a")


def test_every_exchange_that_is_published_to_is_known_to_end_in_a_queue() -> None:
    everything = whole(["agency-a"])

    ends = {queue_behind(exchange, "agency-a") for exchange in ("deliver", *map(retry_of, LADDER))}

    assert ends <= {queue.name for queue in everything.queues}
