"""What the population database and those before it answer, and what it means; a whole look-up in good days and bad ones."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from connectors.dancu import plugin
from connectors.dancu.connector import PopulationDatabase
from connectors.dancu.simulator import CITIZEN, PopulationSimulator
from connectors.dancu.translate import load_tables
from connectors.dancu.wire import Found, NoOne, Refusal, read_json_reply, read_soap_reply
from gateway.sdk import (
    Bare,
    BusWrapping,
    Delivered,
    HttpAnswer,
    Malformed,
    NeedsPerson,
    News,
    OutcomeUnknown,
    Outgoing,
    Rejected,
    RetryLater,
    TextWrapping,
    Wrapping,
)
from gateway.testing.connector_listener import Listener
from tests.connector_desk import NOW, StillClock, attempt, canonical, open_plugin, outgoing

CODE = "H21.129-260302-0001"
ASKED = ("ĐINH THỊ VÍ DỤ", "052196000033", "19960504")
SOAP = load_tables("soap").citizen
JSON = load_tables("json").citizen
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header xmlns:dan="http://dancuquocgia.bca"/><s:Body>{}</s:Body></s:Envelope>'
COLLECTION = '<n:CongdanCollection xmlns:n="http://www.mic.gov.vn/dancu/1.0">{}</n:CongdanCollection>'
FAULT = "<s:Fault><faultcode>s:{}</faultcode><faultstring>{}</faultstring></s:Fault>"
ONE = "<n:CongDan><n:SoDinhDanh>052196000033</n:SoDinhDanh></n:CongDan>"


def soap(body: str, *, status: int = 200, **headers: str) -> Any:
    content = ENVELOPE.format(body) if body.startswith("<") and "html" not in body else body
    answer = HttpAnswer(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=content.encode())
    return read_soap_reply(answer, SOAP, asked=ASKED)


def in_json(body: object, wrapping: Wrapping | None = None) -> Any:
    answer = HttpAnswer(status=200, headers={}, body=body if isinstance(body, bytes) else json.dumps(body).encode())
    return read_json_reply(answer, JSON, wrapping or Bare(), asked=ASKED)


def simulated(**more: Any) -> PopulationSimulator:
    return PopulationSimulator(seconds=NOW.timestamp, **more)


def delivery(**applicant: Any) -> Outgoing:
    whole = {
        "kind": "citizen",
        "name": "Đinh Thị Ví Dụ",
        "born_on": "1996-05-04",
        "identity_documents": [{"kind": "citizen_id", "number": "052196000033"}],
    } | applicant
    dossier = {"identifiers": [{"value": CODE, "scheme": "dossier"}], "procedure": {"code": "2.000986"}, "applicant": whole}
    return outgoing(canonical("submitted", dossier))


@asynccontextmanager
async def opened(
    simulator: PopulationSimulator, *, kept: list[News] | None = None, clock: StillClock | None = None, **more: Any
) -> AsyncIterator[PopulationDatabase]:
    await simulator.start()
    try:
        async with open_plugin(plugin, simulator.config() | more, kept=kept, clock=clock) as connector:
            assert isinstance(connector, PopulationDatabase)
            yield connector
    finally:
        await simulator.stop()


@pytest.mark.parametrize("body", [COLLECTION.format(ONE), COLLECTION.format(ONE).replace("n:", "ns1:").replace(":n=", ":ns1=")])
def test_a_citizen_is_found_under_whatever_prefix(body: str) -> None:
    assert soap(body) == Found(citizen={"identity_documents": [{"kind": "citizen_id", "number": "052196000033"}]})


def test_an_empty_collection_is_nobody_and_two_citizens_are_no_answer() -> None:
    assert soap(COLLECTION.format("")) == NoOne()
    assert soap(COLLECTION.format(ONE + ONE)) == Refusal(code="several", text="more than one citizen was found")


@pytest.mark.parametrize("status", [200, 500])
def test_a_fault_of_the_sender_is_a_refusal_that_names_nobody(status: int) -> None:
    found = soap(FAULT.format("Client.MaDVC", "Không được tra cứu Đinh Thị Ví Dụ, số 052196000033, &quot;Thử&quot;"), status=status)

    assert found == Refusal(code="Client.MaDVC", text="Không được tra cứu …, số …, …")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (FAULT.format("Server", "Hệ thống bận, ĐINH THỊ VÍ DỤ"), 500),
        (FAULT.format("Server.ClientProxy.ServiceFailed", "x"), 500),
        ("<html>bao tri</html>", 200),
        ("<html>502</html>", 502),
        ("", 503),
        ("", 401),
        ("", 404),
        ("", 422),
        ('{"status": 1}', 200),
        ("<x/>", 200),
        ("", 200),
        (
            COLLECTION.format("<n:CongDan><n:NgayThangNamSinh><n:NgayThangNam>19960231</n:NgayThangNam></n:NgayThangNamSinh></n:CongDan>"),
            200,
        ),
        (COLLECTION.format(ONE), 502),
    ],
)
def test_what_is_no_answer_is_asked_again_and_names_nobody(body: str, status: int) -> None:
    with pytest.raises(RetryLater) as raised:
        soap(body, status=status)

    assert not isinstance(raised.value, OutcomeUnknown)
    assert not [value for value in (*ASKED, "19960231") if value in str(raised.value)]


@pytest.mark.parametrize(
    ("kind", "for_a_person"),
    [
        ("Server.ServerProxy.NetworkError", False),
        ("Server.ClientProxy.ServiceFailed", False),
        ("Client.BadRequest", True),
        ("Server.ServerProxy.AccessDenied", True),
        ("Server.ServerProxy.UnknownService", True),
    ],
)
def test_a_fault_of_the_security_servers_passes_or_must_be_mended_at_the_site(kind: str, for_a_person: bool) -> None:
    with pytest.raises(NeedsPerson if for_a_person else RetryLater, match=kind):
        soap(json.dumps({"type": kind, "message": "m", "detail": "d"}), status=500, x_road_error=kind)


@pytest.mark.parametrize(
    ("body", "wrapping"),
    [
        ({"Header": "", "Body": {"CongdanCollection": {"CongDan": {"SoDinhDanh": "052196000033"}}}}, Bare()),
        ({"Envelope": {"Body": {"CongdanCollection": {"CongDan": [{"SoDinhDanh": "052196000033"}]}}}}, Bare()),
        ({"CongdanCollection": {"CongDan": {"SoDinhDanh": "052196000033"}}}, Bare()),
        ({"code": 200, "response": {"Body": {"CongdanCollection": {"CongDan": {"SoDinhDanh": "052196000033"}}}}}, BusWrapping()),
        ({"message": '{"Body": {"CongdanCollection": {"CongDan": {"SoDinhDanh": "052196000033"}}}}'}, TextWrapping()),
    ],
)
def test_a_citizen_is_found_in_json_in_every_wrapping(body: object, wrapping: Wrapping) -> None:
    assert in_json(body, wrapping) == Found(citizen={"identity_documents": [{"kind": "citizen_id", "number": "052196000033"}]})


@pytest.mark.parametrize("nobody", [None, "", {}, {"CongDan": None}, {"CongDan": ""}, {"CongDan": []}])
def test_nobody_has_many_forms_in_json(nobody: object) -> None:
    assert in_json({"Body": {"CongdanCollection": nobody}}) == NoOne()


def test_a_refusal_in_json_names_nobody() -> None:
    found = in_json({"error_code": 12, "message": "Không được tra cứu ĐINH THỊ VÍ DỤ (052196000033)"})

    assert found == Refusal(code="12", text="Không được tra cứu … (…)")


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"", b"[" * 5000, {"Body": []}, {"Body": {"x": 1}}, {"error_code": 0}, {"CongdanCollection": {"CongDan": 7}}]
)
def test_what_is_no_answer_in_json_is_asked_again(body: object) -> None:
    with pytest.raises(RetryLater):
        in_json(body)


async def test_a_call_shows_who_asks_and_the_time_of_it() -> None:
    simulator, clock = simulated(), StillClock()

    async with opened(simulator, clock=clock) as connector:
        await attempt(connector, delivery())
        wrong = [{**piece, "secret": "sai"} if piece["kind"] == "hashed_basic" else piece for piece in simulator.config()["access"]]
        async with open_plugin(plugin, simulator.config() | {"access": wrong}) as other:
            with pytest.raises(RetryLater):
                await attempt(other, delivery())
        clock.at += timedelta(minutes=6)
        with pytest.raises(RetryLater):
            await attempt(connector, delivery())

    assert (simulator.seen[0]["X-Road-Client"], simulator.seen[0]["SOAPAction"]) == ("VN/GOV/H21/mot-cua", '""')
    assert simulator.seen[0]["Content-Type"] == "application/xml"
    assert set(simulator.asked.values()) == {1}


@pytest.mark.parametrize("style", ["soap", "json"])
async def test_a_look_up_answers_with_a_transfer_of_its_own(style: str) -> None:
    kept: list[News] = []

    async with opened(simulated(style=style), kept=kept) as connector:
        outcome = await attempt(connector, delivery())
        (read,) = await Listener(connector, kept=kept).poll()

    assert isinstance(outcome, Delivered)
    assert outcome.is_final
    assert outcome.reference.startswith(f"{CODE}-")
    assert read.transfer.dossier.extensions["dancu"]["verdict"] == "matched"
    assert read.transfer.recipients == ("mot-cua",)
    assert not [value for news in kept for value in ("VÍ DỤ", "052196000033") if value.encode() in news.body]


@pytest.mark.parametrize("style", ["soap", "json"])
async def test_what_differs_is_told_and_whose_number_it_is_is_not(style: str) -> None:
    kept: list[News] = []
    simulator = simulated(style=style, lenient=True, keep=("name", "address"))

    async with opened(simulator, kept=kept) as connector:
        await attempt(connector, delivery(name="Siu Mượn Số", born_on="1990"))

    (news,) = kept
    assert json.loads(news.body)["KhacNhau"] == ["HoVaTen", "NgayThangNamSinh"]
    assert b"V\xc3\x8d D\xe1\xbb\xa4" not in news.body


async def test_an_answer_may_go_where_the_routing_table_says() -> None:
    kept: list[News] = []

    async with opened(simulated(), kept=kept, answer_to="routes") as connector:
        await attempt(connector, delivery())
        (read,) = await Listener(connector, kept=kept).poll()

    assert read.transfer.recipients == ()
    assert read.transfer.in_reply_to == "m-1"


async def test_a_refused_look_up_names_nobody() -> None:
    simulator = simulated()
    simulator.refuse.add(CODE)

    async with opened(simulator) as connector:
        outcome = await attempt(connector, delivery())

    assert outcome == Rejected(code="Client.MaDVC", text="Không được tra cứu …")


async def test_silence_is_asked_again_and_stands_once_in_the_journal_of_the_database() -> None:
    simulator = simulated()
    kept: list[News] = []

    async with opened(simulator, kept=kept) as connector:
        simulator.fault = "silent"
        with pytest.raises(RetryLater) as raised:
            await attempt(connector, delivery())
        simulator.fault = ""
        await attempt(connector, delivery())

    assert not isinstance(raised.value, OutcomeUnknown)
    assert list(simulator.asked.values()) == [2]
    assert len(kept) == 1


async def test_an_access_that_was_not_granted_needs_a_person() -> None:
    simulator = simulated()
    simulator.road_error = "Server.ServerProxy.AccessDenied"

    async with opened(simulator) as connector:
        with pytest.raises(NeedsPerson):
            await attempt(connector, delivery())


async def test_many_look_ups_share_one_token_of_the_bus() -> None:
    simulator = simulated(style="json")

    async with opened(simulator) as connector:
        for _ in range(3):
            await attempt(connector, delivery())
        simulator.expire_logins()
        await attempt(connector, delivery())

    assert simulator.tokens_given == 2


def test_the_invented_citizen_of_the_simulator_is_as_the_schema_describes() -> None:
    assert list(CITIZEN) == ["SoDinhDanh", "SoCMND", "HoVaTen", "GioiTinh", "DanToc", "NgayThangNamSinh", "ThuongTru", "Cha"]


async def test_what_is_no_result_is_malformed_with_every_fault() -> None:
    async with open_plugin(plugin, {"url": "http://127.0.0.1:1", "service": "a", "official": "b"}) as connector:
        assert isinstance(connector, PopulationDatabase)
        with pytest.raises(Malformed) as raised:
            await connector.receive(News(body=b'{"KetQua": "9"}', media_type="application/json"))

    assert {problem.path for problem in raised.value.problems} == {"MaHoSo", "LoaiMa", "MaYeuCau", "KetQua"}
