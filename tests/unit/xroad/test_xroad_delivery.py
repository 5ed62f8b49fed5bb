"""Delivering to a provider behind a security server: what crosses, and what every kind of failure means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from connectors.xroad import plugin
from connectors.xroad.connector import XRoad
from connectors.xroad.simulator import SecurityServers
from gateway.pipeline.recover import Stuck
from gateway.sdk import Deferred, Delivered, Malformed, OutcomeUnknown, Rejected, RetryLater, Unknown
from gateway.testing.connector_bench import Bench
from tests.xroad_sides import bench_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(params=["soap", "rest", "mtom"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    protocol = "rest" if request.param == "rest" else "soap"
    async with bench_on(protocol, attachments="mtom" if request.param == "mtom" else "swa") as opened:
        yield opened


def servers_of(bench: Bench) -> SecurityServers:
    assert isinstance(bench.simulator, SecurityServers)
    return bench.simulator


def connector_of(bench: Bench) -> XRoad:
    assert isinstance(bench.connector, XRoad)
    return bench.connector


async def test_a_transfer_crosses_with_its_files_under_the_key_of_its_delivery(bench: Bench) -> None:
    servers, outgoing = servers_of(bench), bench.outgoing(7)

    ended = await bench.attempt(outgoing)

    (taken,) = servers.agency.transfers
    sent = outgoing.accepted.transfer
    assert ended == Delivered(reference="HS-000001")
    assert taken == msgspec.structs.replace(sent, message_id=outgoing.key, recipients=())
    assert taken.dossier == sent.dossier
    assert sorted(servers.agency.files.values()) == [content for content in bench.folder.files() if b"chung sinh" in content]
    assert servers.agency.issues == ["H21.129-260302-0007"]


async def test_every_attempt_bears_the_same_id(bench: Bench) -> None:
    servers, outgoing = servers_of(bench), bench.outgoing()
    for _ in range(3):
        assert isinstance(await bench.attempt(outgoing), Delivered)

    assert {id_ for name, id_ in servers.calls if name in {"SendTransfer", "POST /transfers"}} == {outgoing.key}
    assert max(servers.effects.values()) == 1


async def test_questions_have_ids_of_their_own(bench: Bench) -> None:
    servers, outgoing = servers_of(bench), bench.outgoing()
    await bench.attempt(outgoing)
    for _ in range(2):
        assert isinstance(await connector_of(bench).reconcile(outgoing), Delivered)

    asked = [id_ for name, id_ in servers.calls if name.startswith(("GetStatus", "GET /transfers"))]
    assert len({*asked, outgoing.key}) == 3


@pytest.mark.parametrize("code", ["Server.ClientProxy.SslAuthenticationFailed", "Server.ServerProxy.AccessDenied"])
async def test_an_error_before_the_provider_is_an_outage(bench: Bench, code: str) -> None:
    servers_of(bench).answer_with = code

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Deferred), ended
    assert ended.about_destination
    assert code in ended.reason
    assert not servers_of(bench).effects


@pytest.mark.parametrize("code", ["Server.ServerProxy.NetworkError", "Server.ServerProxy.ServiceFailed", "Server.ClientProxy.NetworkError"])
async def test_an_error_after_the_provider_is_in_doubt_and_asking_finds_it(bench: Bench, code: str) -> None:
    servers, outgoing = servers_of(bench), bench.outgoing(2)
    await bench.attempt(bench.outgoing(1))
    servers.answer_with, servers.after = code, True

    ended = await bench.attempt(outgoing)

    assert isinstance(ended, Unknown), ended
    assert isinstance(await connector_of(bench).reconcile(outgoing), Delivered)
    servers.answer_with = ""
    assert isinstance(await bench.attempt(outgoing), Delivered)
    assert max(servers.effects.values()) == 1


async def test_a_question_that_x_road_fails_is_asked_again_later(bench: Bench) -> None:
    servers, outgoing = servers_of(bench), bench.outgoing()
    servers.answer_with = "Server.ServerProxy.NetworkError"

    ended = await bench.attempt(outgoing)
    with pytest.raises(RetryLater, match=r"Server\.ServerProxy\.NetworkError") as caught:
        await connector_of(bench).reconcile(outgoing)

    assert isinstance(ended, Unknown | Deferred)
    assert not isinstance(caught.value, OutcomeUnknown)


async def test_an_error_of_our_own_request_needs_a_person(bench: Bench) -> None:
    servers_of(bench).answer_with = "Client.BadRequest"

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Stuck), ended
    assert ended.cause == "Client.BadRequest"


async def test_a_member_that_nobody_knows_is_an_outage_of_that_destination(bench: Bench) -> None:
    connector = bench.open({**bench.simulator.config(), "provider": "VN/GOV/H99/khong-co"})
    outgoing = bench.outgoing()

    with pytest.raises(RetryLater, match="UnknownMember") as caught:
        await connector.deliver(outgoing, connector.write(outgoing))

    assert not isinstance(caught.value, OutcomeUnknown)


async def test_a_business_fault_is_a_refusal_with_the_providers_code(bench: Bench) -> None:
    outgoing = bench.outgoing()
    bench.simulator.refuse.add("H21.129-260302-0001")

    ended = await bench.attempt(outgoing)

    assert ended == Rejected(code="KHONG_THUOC_THAM_QUYEN", text="Hồ sơ không thuộc thẩm quyền giải quyết")


async def test_a_business_fault_that_says_not_now_is_tried_later(bench: Bench) -> None:
    bench.simulator.refuse.add("H21.129-260302-0001")
    connector = bench.open({**bench.simulator.config(), "retry_codes": ["KHONG_THUOC_THAM_QUYEN"]})
    outgoing = bench.outgoing()

    with pytest.raises(RetryLater, match="not now") as caught:
        await connector.deliver(outgoing, connector.write(outgoing))

    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("verify", [True, False])
async def test_an_answer_that_is_bound_to_another_request_is_believed_only_where_the_site_says_so(bench: Bench, *, verify: bool) -> None:
    servers_of(bench).wrong_hash = True
    bench.connector = bench.open({**bench.simulator.config(), "verify_hash": verify})

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Unknown | Deferred if verify else Delivered), ended


async def test_an_answer_without_a_receipt_settles_nothing(bench: Bench) -> None:
    servers_of(bench).agency.forgets = True

    assert isinstance(await bench.attempt(bench.outgoing()), Unknown)


async def test_what_the_blob_store_lost_is_not_sent_by_halves(bench: Bench) -> None:
    bench.blobs.contents.clear()

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Stuck)
    assert ended.cause == "purged"
    assert servers_of(bench).calls == []


@pytest.mark.parametrize(
    ("protocol", "field"),
    [("soap", "id"), ("soap", "issue"), ("soap", "requestHash"), ("rest", "X-Road-Request-Hash"), ("rest", "X-Road-Id")],
)
async def test_an_answer_that_lost_a_field_of_its_header_is_not_believed(protocol: str, field: str) -> None:
    async with bench_on(protocol) as bench:
        await bench.attempt(bench.outgoing(1))
        servers_of(bench).loses = field

        assert isinstance(await bench.attempt(bench.outgoing(2)), Unknown | Deferred)


async def test_by_rest_a_file_is_sent_once_however_many_transfers_name_it() -> None:
    async with bench_on("rest") as bench:
        for number in range(3):
            assert isinstance(await bench.attempt(bench.outgoing(number)), Delivered)

        names = [name for name, _ in servers_of(bench).calls]
        assert (names.count("PUT /attachments"), names.count("POST /transfers")) == (1, 3)


async def test_by_rest_an_issue_beyond_ascii_is_encoded() -> None:
    async with bench_on("rest") as bench:
        outgoing = bench.outgoing(example=1)
        dossier = outgoing.accepted.transfer.dossier
        named = msgspec.structs.replace(dossier.identifiers[0], value="Số 1/UBND 100%")
        transfer = msgspec.structs.replace(outgoing.accepted.transfer, dossier=msgspec.structs.replace(dossier, identifiers=(named,)))
        outgoing = msgspec.structs.replace(outgoing, accepted=msgspec.structs.replace(outgoing.accepted, transfer=transfer))

        assert isinstance(await bench.attempt(outgoing), Delivered)
        assert servers_of(bench).agency.issues == ["S%E1%BB%91%201/UBND%20100%25"]


async def test_the_reply_goes_out_under_the_id_that_the_other_side_gave() -> None:
    async with bench_on("soap") as bench:
        assert isinstance(await bench.attempt(bench.outgoing(example=2)), Delivered)

        (taken,) = servers_of(bench).agency.transfers
        assert taken.in_reply_to == "0b6f7f0e-1f5e-4a9f-9c62-7ad3a8e1c001"


@pytest.mark.parametrize("place", ["header", "query"])
async def test_through_a_bridge_the_provider_is_named_by_dstcode_and_errors_are_in_doubt(place: str) -> None:
    async with Bench(plugin, SecurityServers(protocol="rest", bridge=place)) as bench:
        servers, outgoing = servers_of(bench), bench.outgoing()
        assert isinstance(await bench.attempt(bench.outgoing(2)), Delivered)
        servers.answer_with, servers.after = "Server.ServerProxy.NetworkError", True

        ended = await bench.attempt(outgoing)

        assert isinstance(ended, Unknown), ended
        assert isinstance(await connector_of(bench).reconcile(outgoing), Delivered)
        assert [transfer.message_id for transfer in servers.agency.transfers] == [bench.outgoing(2).key, outgoing.key]


async def test_a_bridge_is_refused_where_soap_is_spoken() -> None:
    async with bench_on("soap") as bench:
        with pytest.raises(Malformed, match="a bridge is for protocol rest"):
            bench.open({**bench.simulator.config(), "bridge": "header"})
