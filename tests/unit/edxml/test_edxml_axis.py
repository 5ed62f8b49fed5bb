"""Sending to an axis and taking from it, in every style, with everything that can go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import NoneType
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from connectors.edxml import plugin
from connectors.edxml.config import Config
from connectors.edxml.login import Token
from connectors.edxml.simulator import AxisSimulator
from connectors.edxml.wire import Exists, Refusal, Taken, judge, read_rows, stamp_of
from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.pipeline.recover import Stuck
from gateway.sdk import (
    Context,
    Deferred,
    Delivered,
    HttpAnswer,
    Inbound,
    NeedsPerson,
    OutcomeUnknown,
    Polls,
    Reconciles,
    Rejected,
    RetryLater,
    Serves,
    Unknown,
    digest,
)
from gateway.testing.connector_bench import Bench, Tray, code_of
from gateway.testing.connector_listener import Listener
from tests.connector_desk import StillClock
from tests.edxml_papers import FILE, axis_of, document

if TYPE_CHECKING:
    from connectors.edxml.simulated import Message
    from gateway.sdk import Outcome

STYLES = ["vxp", "provincial", "bkav"]


@pytest.fixture(params=STYLES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with Bench(plugin, axis_of(request.param)) as opened:
        yield opened


def axis(bench: Bench) -> AxisSimulator:
    assert isinstance(bench.simulator, AxisSimulator)
    return bench.simulator


def listener(bench: Bench) -> Listener:
    assert isinstance(bench.connector, Polls)
    return Listener(bench.connector)


def sent(bench: Bench) -> Message:
    """The last message that the site sent."""
    return list(axis(bench).messages.values())[-1]


# ---- sending -----------------------------------------------------------------------------------------------------------


async def test_a_document_arrives_whole_and_its_id_is_the_reference(bench: Bench) -> None:
    ended = await bench.attempt(bench.outgoing())

    message = sent(bench)
    assert ended == Delivered(reference=message.document_id)
    assert message.to == ("H21.10",)
    (inbound,) = bench.connector.read(
        Inbound(method="POST", path="edoc", query={}, headers={}, body=axis(bench).body_of(message), media_type="application/xml")
    )
    assert inbound.transfer.dossier.applicant == bench.outgoing().accepted.transfer.dossier.applicant


@pytest.mark.parametrize("code", ["10", "21", "22", "99"])
async def test_a_code_about_the_document_is_a_refusal(bench: Bench, code: str) -> None:
    axis(bench).answer_with = code

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Rejected)
    assert ended.code == code


@pytest.mark.parametrize("code", ["15", "18", "19", "20", "23"])
async def test_a_code_about_the_site_waits_for_a_person_and_is_never_sent_again_by_itself(bench: Bench, code: str) -> None:
    axis(bench).answer_with = code

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Stuck)
    assert ended.cause == f"axis_{code}"


@pytest.mark.parametrize("setting", [{"secret": "sai"}, {"system_id": "H99"}])
async def test_a_wrong_secret_is_found_by_the_axis(setting: dict[str, str]) -> None:
    async with Bench(plugin, AxisSimulator()) as bench:
        bench.connector = bench.open({**bench.simulator.config(), **setting})

        ended = await bench.attempt(bench.outgoing())

        if "secret" in setting:
            assert ended == Stuck(cause="axis_15", text="the axis says 15: Sai systemid hoặc chữ ký của phần đầu")
        else:
            assert isinstance(ended, Delivered)


@pytest.mark.parametrize("form", ["sdk", "hex"])
async def test_the_hash_of_a_document_is_checked_in_both_forms(form: str) -> None:
    async with Bench(plugin, AxisSimulator()) as bench:
        bench.connector = bench.open({**bench.simulator.config(), "hash_form": form})

        assert isinstance(await bench.attempt(bench.outgoing()), Delivered)


async def test_an_answer_500_after_it_was_taken_is_unknown_and_found_by_asking(bench: Bench) -> None:
    assert isinstance(bench.connector, Reconciles)
    assert await bench.connector.reconcile(bench.outgoing()) is None
    axis(bench).breaks_after = True

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Unknown)
    axis(bench).breaks_after = False
    assert await bench.connector.reconcile(bench.outgoing()) == Delivered(reference=sent(bench).document_id)


@pytest.mark.parametrize("fault", ["html", "not_json", "unavailable"])
async def test_no_answer_to_the_question_is_never_taken_for_a_no(bench: Bench, fault: str) -> None:
    assert isinstance(bench.connector, Reconciles)
    await bench.attempt(bench.outgoing())
    axis(bench).fault = fault

    with pytest.raises(RetryLater):
        await bench.connector.reconcile(bench.outgoing())


async def test_a_document_that_is_there_already_is_success(bench: Bench) -> None:
    first = await bench.attempt(bench.outgoing())

    again = await bench.attempt(bench.outgoing())

    assert isinstance(first, Delivered)
    assert again == Delivered(reference=first.reference, note="the axis has it already")


async def test_a_status_has_no_reference_and_opens_no_doubt(bench: Bench) -> None:
    assert isinstance(bench.connector, Reconciles)
    outgoing = bench.outgoing(example=1)

    assert await bench.attempt(outgoing) == Delivered()
    assert sent(bench).kind == "status"
    assert await bench.connector.reconcile(outgoing) is None
    assert not [call for call in axis(bench).calls if "Sent" in call]


async def test_a_file_that_was_purged_stops_before_anything_is_sent(bench: Bench) -> None:
    bench.blobs.contents.clear()

    ended = await bench.attempt(bench.outgoing())

    assert isinstance(ended, Stuck)
    assert ended.cause == "purged"
    assert not axis(bench).messages


# ---- taking ------------------------------------------------------------------------------------------------------------


async def test_documents_and_statuses_are_taken_the_oldest_first_and_answered_for(bench: Bench) -> None:
    await bench.attempt(bench.outgoing())
    first = axis(bench).say(sent(bench), "03")
    second = axis(bench).hand_over(document())
    third = axis(bench).say(axis(bench).messages[next(iter(axis(bench).messages))], "06")

    reads = await listener(bench).poll()

    assert [read.transfer.event.kind for read in reads] == ["accepted", "submitted", "completed"]
    assert axis(bench).acknowledged == {first: ["done"], second: ["done"], third: ["done"]}
    assert digest(FILE) in bench.blobs.contents
    assert await listener(bench).poll() == []


async def test_every_status_finds_the_dossier_of_its_document(bench: Bench) -> None:
    outgoing = bench.outgoing(7)
    ended = await bench.attempt(outgoing)
    axis(bench).move(code_of(outgoing))

    (read,) = await listener(bench).poll()

    assert isinstance(ended, Delivered)
    named = {(one.scheme, one.value) for one in read.transfer.dossier.identifiers}
    assert named == {("dossier", "H21.129-260302-0007"), ("there", ended.reference)}


async def test_a_document_that_cannot_be_read_is_answered_with_fail_and_kept_as_it_came(bench: Bench) -> None:
    faulty = document().replace(b"2026/03/01</edXML:PromulgationDate", b"2014/02/30</edXML:PromulgationDate")
    bad, good = axis(bench).hand_over(faulty), axis(bench).hand_over(document())
    heard = listener(bench)

    reads = await heard.poll()

    assert len(reads) == len(heard.faults) == 1
    assert "PromulgationDate" in str(heard.faults[0])
    assert axis(bench).acknowledged == {bad: ["fail"], good: ["done"]}
    assert bench.blobs.contents[digest(faulty)] == faulty


async def test_a_document_that_comes_broken_off_is_answered_with_fail(bench: Bench) -> None:
    broken = axis(bench).hand_over(document())
    axis(bench).garbled.add(broken)

    await listener(bench).poll()

    assert axis(bench).acknowledged == {broken: ["fail"]}


async def test_a_document_that_cannot_be_had_holds_back_no_other(bench: Bench) -> None:
    lost, good = axis(bench).hand_over(document()), axis(bench).hand_over(document().replace(b"2491", b"2492"))
    axis(bench).lost.add(lost)

    assert len(await listener(bench).poll()) == 1
    assert axis(bench).acknowledged == {good: ["done"]}
    with pytest.raises(RetryLater):
        await listener(bench).poll()
    axis(bench).lost.clear()
    assert len(await listener(bench).poll()) == 1


async def test_what_is_handed_over_twice_is_one_message(bench: Bench) -> None:
    axis(bench).twice = True
    axis(bench).hand_over(document())

    one, other = await listener(bench).poll()

    assert one.transfer == other.transfer
    assert len(axis(bench).acknowledged) == 2


@pytest.mark.parametrize("style", ["vxp", "provincial"])
async def test_an_empty_or_wordless_list_is_an_empty_list(style: str) -> None:
    async with Bench(plugin, axis_of(style)) as bench:
        axis(bench).keeps_silent = True
        assert await listener(bench).poll() == []
        axis(bench).fault = "html"
        assert await listener(bench).poll() == []


# ---- the axis in SOAP --------------------------------------------------------------------------------------------------


@pytest.fixture
async def soap() -> AsyncIterator[Bench]:
    async with Bench(plugin, axis_of("bkav")) as opened:
        yield opened


@pytest.mark.parametrize("fault", ["html", "soap_receiver", "soap_sender", "soap_version"])
async def test_what_is_no_list_in_soap_is_asked_for_again(soap: Bench, fault: str) -> None:
    axis(soap).hand_over(document())
    axis(soap).fault = fault
    with pytest.raises(RetryLater):
        await listener(soap).poll()

    axis(soap).fault = ""
    assert len(await listener(soap).poll()) == 1


@pytest.mark.parametrize(
    ("fault", "found"),
    [("error_page", Unknown), ("truncated", Unknown), ("wrong_envelope", Unknown), ("soap_receiver", Unknown), ("soap_sender", Rejected)],
)
async def test_a_broken_answer_in_soap_is_asked_about(soap: Bench, fault: str, found: type[Outcome]) -> None:
    axis(soap).fault = fault

    assert isinstance(await soap.attempt(soap.outgoing()), found)

    axis(soap).fault = ""
    assert isinstance(soap.connector, Reconciles)
    assert isinstance(await soap.connector.reconcile(soap.outgoing()), Delivered if "soap" not in fault else NoneType)


async def test_what_faults_mean_is_said_by_the_site(soap: Bench) -> None:
    soap.connector = soap.open({**soap.simulator.config(), "faults": {"receiver": "later", "codes": {"Client": "needs_person"}}})

    axis(soap).fault = "soap_receiver"
    assert isinstance(await soap.attempt(soap.outgoing()), Deferred)
    axis(soap).fault = "soap_sender"
    assert isinstance(await soap.attempt(soap.outgoing()), Stuck)


async def test_a_wrong_secret_in_soap_concerns_the_whole_destination(soap: Bench) -> None:
    soap.connector = soap.open({**soap.simulator.config(), "secret": "sai"})

    ended = await soap.attempt(soap.outgoing())

    assert isinstance(ended, Deferred)
    assert ended.about_destination
    assert axis(soap).messages == {}


async def test_a_document_that_cannot_be_given_in_soap_holds_back_no_other(soap: Bench) -> None:
    lost = axis(soap).hand_over(document())
    axis(soap).hand_over(document().replace(b"2491", b"2492"))
    axis(soap).lost.add(lost)

    assert len(await listener(soap).poll()) == 1
    axis(soap).lost.clear()
    assert len(await listener(soap).poll()) == 1


async def test_no_more_is_taken_at_once_than_the_site_wants(bench: Bench) -> None:
    for number in range(5):
        axis(bench).hand_over(document().replace(b"2491", str(number).encode()))
    bench.connector = bench.open({**bench.simulator.config(), "poll_most": 2})

    assert [len(await listener(bench).poll()) for _ in range(4)] == [2, 2, 1, 0]


async def test_counting_first_asks_for_no_list_when_nothing_waits() -> None:
    async with Bench(plugin, AxisSimulator()) as bench:
        bench.connector = bench.open({**bench.simulator.config(), "count_first": True})

        assert await listener(bench).poll() == []
        assert axis(bench).calls == {"countReceiveEdoc": 1, "countReceiveStatus": 1}
        axis(bench).hand_over(document())
        assert len(await listener(bench).poll()) == 1


async def test_what_is_pushed_is_accepted_with_its_files_and_answered_in_the_dialect(bench: Bench) -> None:
    assert isinstance(bench.connector, Serves)
    (route,) = bench.connector.routes()
    tray = Tray()

    async def push(body: bytes) -> dict[str, Any]:
        inbound = Inbound(method="POST", path="edoc", query={}, headers={}, body=body, media_type="application/xml")
        answer = await route.handle(inbound, tray.accept)
        return msgspec.json.decode(answer.body, type=dict[str, Any])

    taken, refused = await push(document()), await push(b"<edXML/>")

    assert taken["ErrorCode"] == "0"
    assert len(tray.transfers) == 1
    assert digest(FILE) in bench.blobs.contents
    assert (refused["status"], refused["ErrorCode"]) == ("FAIL", "22")
    assert "edXMLHeader" in refused["ErrorDesc"]


# ---- the login of a province -------------------------------------------------------------------------------------------


async def test_one_login_serves_many_calls_and_is_renewed_when_it_ends() -> None:
    simulator, clock = AxisSimulator(style="provincial"), StillClock()
    await simulator.start()
    async with AiohttpHttp(call_seconds=5) as http:
        config = msgspec.convert(simulator.config(), Config)
        token = Token(config, Context(system="there", http=http, soap=ZeepSoap(http, clock), blobs=None, clock=clock))  # type: ignore[arg-type]  # a login needs no store

        first, second = await token.headers(), await token.headers()
        renewed = await token.headers(refused=first["Authorization"])

        assert first == second != renewed
        assert simulator.style.logins == 2
    await simulator.stop()


async def test_a_login_that_is_refused_concerns_every_document() -> None:
    async with Bench(plugin, AxisSimulator(style="provincial")) as bench:
        wrong = bench.simulator.config() | {"login": {"username": "a", "password": "b", "application_code": "c"}}
        bench.connector = bench.open(wrong)

        ended = await bench.attempt(bench.outgoing())

        assert isinstance(ended, Deferred)
        assert ended.about_destination


async def test_a_province_without_a_login_wants_none() -> None:
    async with Bench(plugin, AxisSimulator(style="provincial", with_login=False)) as bench:
        assert isinstance(await bench.attempt(bench.outgoing()), Delivered)
        assert axis(bench).style.logins == 0


# ---- answers -----------------------------------------------------------------------------------------------------------


def answer(body: bytes, status: int = 200, **headers: str) -> HttpAnswer:
    return HttpAnswer(status=status, headers=headers, body=body)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b'{"status":"OK","ErrorCode":"0","ErrorDesc":"","DocId":"a"}', Taken(id="a")),
        (b'{"status":"OK","ErrorCode":0,"DocId":7}', Taken(id="7")),
        (b'{"success":true,"message":"OK","docId":"a"}', Taken(id="a")),
        ('{"status":"FAIL","ErrorCode":"21","ErrorDesc":"Văn bản đã tồn tại"}'.encode(), Exists()),
        ('{"success":false,"message":"Văn bản ĐÃ TỒN TẠI"}'.encode(), Exists()),
        (b'{"status":"FAIL","ErrorCode":"","ErrorDesc":""}', Refusal(code="refused", text="no reason was given")),
        (b'{"success":false,"message":"Loi"}', Refusal(code="refused", text="Loi")),
        (
            '{"success":false,"data":{"errorCode":"22","errorDesc":"Sai của 064196009999 a@b.vn \\"Đinh\\""}}'.encode(),
            Refusal(code="22", text="Sai của … … …"),
        ),
    ],
)
def test_an_answer_means_what_its_words_and_codes_say(body: bytes, verdict: object) -> None:
    assert judge(answer(body)) == verdict


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html/>", b'{"a":1}', b"\xff", b"[" * 5000, b'{"success":"x"}', b'{"ErrorCode":[]}'])
def test_what_is_no_answer_leaves_the_outcome_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        judge(answer(body))


@pytest.mark.parametrize(
    ("status", "error"), [(401, RetryLater), (404, RetryLater), (429, RetryLater), (503, RetryLater), (500, OutcomeUnknown)]
)
def test_a_status_is_no_answer(status: int, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        judge(answer(b"{}", status, **{"retry-after": "7"}))

    assert type(caught.value) is error


def test_a_code_for_a_person_is_said_with_its_words() -> None:
    with pytest.raises(NeedsPerson, match="18: Không có đơn vị"):
        judge(answer('{"success":false,"data":{"errorCode":"18","errorDesc":"Không có đơn vị"}}'.encode()))


def test_a_list_that_is_refused_is_not_empty() -> None:
    for lenient in (True, False):
        with pytest.raises(RetryLater):
            read_rows(answer(b'{"status":"FAIL","ErrorCode":"15","ErrorDesc":""}'), lenient=lenient)
    assert read_rows(answer(b'{"status":"OK","ErrorCode":"0","data":null}'), lenient=False) == []


def test_times_sort_whatever_the_axis_writes() -> None:
    assert sorted(map(stamp_of, ["02/03/2026 08:00:00", "2026-03-01 09:00:00", "2026/03/03"])) == [
        "2026/03/01 09:00:00",
        "2026/03/02 08:00:00",
        "2026/03/03",
    ]
