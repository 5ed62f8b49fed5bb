"""Nothing is lost on the way: canonical to X-Road and back, in both protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec import UNSET

from tests.strategies import transfers
from tests.xroad_sides import bench_on, offering, outgoing_of, rest_call, soap_call

if TYPE_CHECKING:
    from gateway.sdk import Inbound, Transfer


def without_files(transfer: Transfer) -> Transfer:
    """A transfer whose attachments name no content that would have to come along, and no place in a message."""
    dossier = transfer.dossier
    papers = tuple(msgspec.structs.replace(one, attachments=()) for one in dossier.components)
    results = tuple(msgspec.structs.replace(one, attachments=()) for one in dossier.results)
    return msgspec.structs.replace(transfer, dossier=msgspec.structs.replace(dossier, components=papers, results=results))


@pytest.mark.parametrize("protocol", ["soap", "rest"])
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(transfer=transfers())
async def test_whatever_a_transfer_says_arrives(protocol: str, transfer: Transfer) -> None:
    sent = outgoing_of(without_files(transfer))
    bench = bench_on(protocol)
    async with offering() as side:
        (document,) = bench.open({**bench.simulator.config(), "url": "http://127.0.0.1:1"}).write(sent)

        (read,) = side.connector.read(arriving(protocol, document.body))

    expected = msgspec.structs.replace(sent.accepted.transfer, message_id="k-1", recipients=())
    assert read.transfer == expected
    assert read.raw == document.body


def arriving(protocol: str, body: bytes) -> Inbound:
    """The message as the other side gets it."""
    if protocol == "soap":
        return soap_call(body, streamed=False)
    return msgspec.structs.replace(rest_call("POST", "transfers", x_road_id="k-1"), body=body, chunks=None)


@pytest.mark.parametrize("protocol", ["soap", "rest"])
@pytest.mark.parametrize("replied", [UNSET, None, "k-0"])
async def test_what_is_absent_and_what_is_empty_stay_apart(protocol: str, replied: str | None) -> None:
    bench = bench_on(protocol)
    transfer = msgspec.structs.replace(bench.outgoing(example=1).accepted.transfer, in_reply_to=replied)
    async with offering() as side:
        (document,) = bench.open({**bench.simulator.config(), "url": "http://127.0.0.1:1"}).write(outgoing_of(transfer))

        (read,) = side.connector.read(arriving(protocol, document.body))

    assert read.transfer.in_reply_to == replied
    assert read.transfer.dossier == transfer.dossier
