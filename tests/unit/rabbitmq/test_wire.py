"""Work survives the wire; copies say what the original could not."""

from __future__ import annotations

import pytest
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from gateway.adapters.rabbitmq import wire
from gateway.domain.errors import Malformed
from gateway.ports import Work

WORK = Work(
    delivery_id="d-1",
    destination="agency-a",
    dossier_id="o-1",
    transfer_id="t-1",
    payload=b"\x00\xff",
)


def receive(message: wire.Message) -> wire.Received:
    """Read a message as it was written."""
    properties = Basic.Properties(message_id=message.id, headers=dict(message.headers))
    return wire.read(ContentHeader(properties=properties), message.body)


def test_work_reads_back_as_it_was() -> None:
    assert receive(wire.direct(WORK)).work == WORK


def test_a_delayed_message_knows_how_long_it_has_to_wait_yet() -> None:
    received = receive(wire.delay(WORK, seconds=100, now=1_000))

    assert received.seconds_left(1_060) == pytest.approx(40, abs=0.1)
    assert wire.delay_more(received, now=1_060).exchange == "retry.30"
    assert receive(wire.delay_more(received, now=1_060)).due_at == received.due_at


def test_pauses_after_a_handler_that_raises_grow_to_a_minute() -> None:
    received, exchanges = receive(wire.direct(WORK)), []
    for _ in range(7):
        copy = wire.put_off(received)
        exchanges.append(copy.exchange)
        received = receive(copy)

    assert exchanges == [f"retry.{each}" for each in (1, 3, 10, 30, 60, 60, 60)]
    assert received.work == WORK


@pytest.mark.parametrize("body", [b"", b"junk", b"\x81\xa1a\x01", b"\x91" * 100_000], ids=lambda b: b[:5].hex())
def test_what_is_not_work_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        wire.read(ContentHeader(properties=Basic.Properties()), body)


def test_a_header_of_another_kind_counts_as_none() -> None:
    properties = Basic.Properties(headers={"due-at": "soon", "raised": None})

    received = wire.read(ContentHeader(properties=properties), wire.direct(WORK).body)

    assert (received.due_at, received.raised) == (0, 0)
