"""Delivering to a one-stop system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.igate import plugin
from connectors.igate.api import Api
from connectors.igate.config import Config
from connectors.igate.simulator import OneStopSimulator
from connectors.igate.wire import Exists, Refusal, Taken, judge
from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.sdk import Context, Deferred, Delivered, HttpAnswer, OutcomeUnknown, Reconciles, RetryLater, Serves, Unknown, digest
from gateway.testing.connector_bench import Bench, Tray


class StillClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Bench(plugin, OneStopSimulator()) as opened:
        yield opened


def agency(bench: Bench) -> OneStopSimulator:
    assert isinstance(bench.simulator, OneStopSimulator)
    return bench.simulator


async def test_a_file_arrives_as_it_was(bench: Bench) -> None:
    await bench.attempt(bench.outgoing())

    (kept,) = agency(bench).dossiers.values()
    (file,) = kept["dossierFormFile"][0]["file"]
    assert "sha256" not in file
    assert digest(agency(bench).files[file["id"]]) in bench.blobs.contents


async def test_a_submission_is_registered_there_in_the_dialect(bench: Bench) -> None:
    ended = await bench.attempt(bench.outgoing())

    (kept,) = agency(bench).dossiers.values()
    assert ended == Delivered(reference=kept["id"])
    assert kept["dossierStatus"] == {"id": 0}
    assert kept["applicant"]["data"]["phoneNumber"] == "+84900000123"
    assert kept["applicant"]["data"]["birthday"] == "1996-07-20T17:00:00.000+0000"
    assert kept["nationCode"] == "G22.99-260302-0001"


async def test_statuses_arrive_in_their_order_and_once(bench: Bench) -> None:
    for example in (0, 1, 1, 2):
        assert isinstance(await bench.attempt(bench.outgoing(example=example)), Delivered)

    assert agency(bench).told == {"H21.129-260302-0001": [2, 4]}


async def test_an_unanswered_status_is_found_by_asking(bench: Bench) -> None:
    await bench.attempt(bench.outgoing())
    status = bench.outgoing(example=1)
    assert isinstance(bench.connector, Reconciles)
    assert await bench.connector.reconcile(status) is None
    agency(bench).fault = "silent"

    assert isinstance(await bench.attempt(status), Unknown)

    agency(bench).fault = ""
    assert isinstance(await bench.connector.reconcile(status), Delivered)


async def test_many_deliveries_share_one_login(bench: Bench) -> None:
    ended = await asyncio.gather(*(bench.attempt(bench.outgoing(number)) for number in range(1, 21)))

    assert all(isinstance(one, Delivered) for one in ended)
    assert agency(bench).logins == 1


async def test_a_token_that_was_refused_is_renewed_once_for_all(bench: Bench) -> None:
    await bench.attempt(bench.outgoing(1))
    agency(bench).expire_logins()

    ended = await asyncio.gather(*(bench.attempt(bench.outgoing(number)) for number in range(2, 12)))

    assert all(isinstance(one, Delivered) for one in ended)
    assert agency(bench).logins == 2


async def test_a_token_is_renewed_before_it_ends(bench: Bench) -> None:
    clock = StillClock()
    config = msgspec.convert(agency(bench).config(), Config)
    logins = []
    async with AiohttpHttp() as http:
        api = Api(config, Context(system="there", http=http, soap=ZeepSoap(http, clock), blobs=bench.blobs, clock=clock))
        for pause in (0, 279, 1):
            clock.at += timedelta(seconds=pause)
            await api.detail("khong-co")
            logins.append(agency(bench).logins)

    assert logins == [1, 1, 2]


async def test_a_wrong_password_concerns_the_whole_destination(bench: Bench) -> None:
    bench.connector = bench.open({**agency(bench).config(), "password": "sai"})

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Deferred)
    assert ended.about_destination
    assert "sai" not in ended.reason


async def test_a_token_that_is_never_taken_concerns_the_whole_destination(bench: Bench) -> None:
    agency(bench).token_seconds = -1

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Deferred)
    assert ended.about_destination
    assert agency(bench).logins == 2


async def test_a_push_brings_its_files(bench: Bench) -> None:
    id_ = agency(bench).submit(
        {
            "code": "H21.129-260302-0009",
            "procedure": {"code": "2.000986"},
            "applicant": {"data": {"fullname": "Người Thử"}},
            "dossierFormFile": [{"file": [{"filename": "a.pdf"}]}],
        }
    )
    body = msgspec.json.encode(agency(bench).dossiers[id_])
    (example, *_) = bench.folder.inbound()
    tray = Tray()

    assert isinstance(bench.connector, Serves)
    (route,) = bench.connector.routes()
    answer = await route.handle(msgspec.structs.replace(example.message(), body=body), tray.accept)

    assert answer.status == 200
    (transfer,) = tray.transfers.values()
    assert transfer.dossier.components[0].attachments[0].sha256 == digest(b"a.pdf")


def test_a_hash_from_outside_is_never_believed(bench: Bench) -> None:
    (example, *_) = bench.folder.inbound()
    body = {**example.body, "dossierFormFile": [{"file": [{"id": "f1", "filename": "a.pdf", "sha256": "0" * 64}]}]}

    (read,) = bench.connector.read(example.message_of(body))

    assert read.transfer.dossier.components[0].attachments[0].sha256 is msgspec.UNSET


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (201, '{"id": "a1", "code": "x"}', Taken(id="a1")),
        (200, '{"affectedRows": 1}', Taken()),
        (409, '{"id": "a1", "message": "Hồ sơ đã tồn tại"}', Exists(id="a1")),
        (400, '{"message": "Hồ sơ Đã Tồn  tại trên hệ thống"}', Exists()),
        (422, '{"code": "E7", "message": "Sai số 064196009999 của a@b.vn"}', Refusal(code="E7", text="Sai số … của …")),
        (404, "<html>", Refusal(code="http_404", text="HTTP 404 without a reason")),
    ],
)
def test_an_answer_means(status: int, body: str, verdict: object) -> None:
    assert judge(HttpAnswer(status=status, headers={}, body=body.encode())) == verdict


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_fault_inside_the_system_is_unknown(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        judge(HttpAnswer(status=status, headers={}, body=b""))


def test_a_pause_that_is_asked_for_is_kept() -> None:
    with pytest.raises(RetryLater) as caught:
        judge(HttpAnswer(status=429, headers={"retry-after": "7"}, body=b""))

    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == 7
