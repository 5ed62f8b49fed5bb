"""One stop feed: what it promises, shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from connectors.igate import plugin
from connectors.igate.simulator import OneStopSimulator
from gateway.sdk import Inbound, Polls, Read, RetryLater, Transfer, digest
from gateway.testing.connector_bench import Bench
from gateway.testing.connector_listener import Listener


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Bench(plugin, OneStopSimulator()) as opened:
        yield opened


def agency(bench: Bench) -> OneStopSimulator:
    assert isinstance(bench.simulator, OneStopSimulator)
    return bench.simulator


def dossier(number: int, **more: object) -> dict[str, Any]:
    return {
        "code": f"H21.129-260302-{number:04d}",
        "procedure": {"code": "2.000986", "translate": {"name": "Đăng ký khai sinh"}},
        "applicant": {"data": {"fullname": "Người Thử Nghiệm", "gender": ""}},
        **more,
    }


def listener(bench: Bench, checkpoint: str | None = None, **config: Any) -> Listener:
    connector = bench.open({**agency(bench).config(), **config})
    assert isinstance(connector, Polls)
    return Listener(connector, checkpoint)


async def poll(bench: Bench, **config: Any) -> list[Transfer]:
    return transfers(await listener(bench, **config).poll())


def transfers(reads: list[Read]) -> list[Transfer]:
    return [read.transfer for read in reads]


def told(transfers: list[Transfer]) -> list[tuple[str, str]]:
    codes = [(one.dossier, one.event.kind) for one in transfers]
    return [(next(i.value for i in found.identifiers if i.scheme == "dossier")[-4:], str(kind)) for found, kind in codes]


async def test_a_submission_comes_whole_with_its_files(bench: Bench) -> None:
    paper = {"procedureForm": {"code": "KQ1"}, "file": [{"filename": "giấy.pdf"}]}
    own = agency(bench).submit(dossier(1, dossierFormFile=[paper]), {"giấy.pdf": b"noi dung that"})

    (transfer,) = await poll(bench)

    (file,) = transfer.dossier.components[0].attachments
    assert transfer.event.kind == "submitted"
    assert (file.name, file.sha256, file.size) == ("giấy.pdf", digest(b"noi dung that"), 13)
    assert bench.blobs.contents[digest(b"noi dung that")] == b"noi dung that"
    assert (own, "there") in [(one.value, one.scheme) for one in transfer.dossier.identifiers]


async def test_news_come_oldest_first_and_only_once(bench: Bench) -> None:
    for number in range(1, 8):
        agency(bench).submit(dossier(number))

    listening = listener(bench, page_size=2)
    first = await listening.poll()
    checkpoint = listening.checkpoint
    again = await listening.poll()

    assert told(transfers(first)) == [(f"{number:04d}", "submitted") for number in range(1, 8)]
    assert (again, listening.checkpoint) == ([], checkpoint)


async def test_a_poll_takes_no_more_than_it_should_and_the_rest_comes_next(bench: Bench) -> None:
    for number in range(1, 6):
        agency(bench).submit(dossier(number))

    listening = listener(bench, poll_most=3)
    rounds = [told(transfers(await listening.poll())) for _ in range(2)]

    assert [[code for code, _ in one] for one in rounds] == [["0001", "0002", "0003"], ["0004", "0005"]]


async def test_a_dossier_left_for_the_next_poll_is_as_new_as_the_others(bench: Bench) -> None:
    for number in range(1, 4):
        agency(bench).submit(dossier(number))
    agency(bench).move("H21.129-260302-0001")
    listening = listener(bench, poll_most=2)
    rounds = [told(transfers(await listening.poll())) for _ in range(2)]

    assert rounds == [[("0002", "submitted"), ("0003", "submitted")], [("0001", "submitted")]]


async def test_a_change_of_what_is_known_is_its_status(bench: Bench) -> None:
    agency(bench).submit(dossier(1))
    listening = listener(bench)
    await listening.poll()
    agency(bench).move("H21.129-260302-0001")

    assert told(transfers(await listening.poll())) == [("0001", "accepted")]


async def test_what_is_first_seen_accepted_was_submitted(bench: Bench) -> None:
    agency(bench).submit(dossier(1, dossierStatus={"id": 8, "name": "Đã tiếp nhận"}))

    assert told(await poll(bench)) == [("0001", "submitted")]


async def test_what_the_gateway_did_itself_is_no_news(bench: Bench) -> None:
    await bench.attempt(bench.outgoing())

    assert await poll(bench) == []


async def test_a_dossier_that_the_gateway_brought_is_never_submitted_again(bench: Bench) -> None:
    await bench.attempt(bench.outgoing())
    agency(bench).move("H21.129-260302-0001")

    assert told(await poll(bench)) == [("0001", "accepted")]


async def test_a_faulty_dossier_is_told_as_it_came_and_passed_over(bench: Bench) -> None:
    agency(bench).submit(dossier(1, dossierStatus={"id": 99}))
    agency(bench).submit(dossier(2))

    listening = listener(bench)
    reads = await listening.poll()

    assert told(transfers(reads)) == [("0002", "submitted")]
    assert [[problem.path for problem in fault.problems] for fault in listening.faults] == [["dossierStatus.id"]]
    assert b'"id":99' in listening.told[0].body


async def test_a_file_that_is_gone_keeps_its_id(bench: Bench) -> None:
    agency(bench).submit(dossier(1, dossierFormFile=[{"file": [{"filename": "a.pdf"}]}]))
    agency(bench).files.clear()

    (transfer,) = await poll(bench)

    (file,) = transfer.dossier.components[0].attachments
    assert file.id is not msgspec.UNSET
    assert file.sha256 is msgspec.UNSET


async def test_a_file_that_breaks_is_waited_for_and_then_told_without(bench: Bench) -> None:
    agency(bench).submit(dossier(1))
    agency(bench).submit(dossier(2, dossierFormFile=[{"file": [{"filename": "a.pdf"}]}]))
    agency(bench).submit(dossier(3))
    agency(bench).broken.update(agency(bench).files)
    listening = listener(bench)
    rounds = []

    for _ in range(7):
        with suppress(RetryLater):
            await listening.poll()
        rounds.append([code for code, _ in told(transfers(listening.reads))])
        listening.reads.clear()

    assert rounds == [["0001"], [], [], [], [], ["0002", "0003"], []]


async def test_a_file_that_is_whole_again_is_told_with_its_dossier(bench: Bench) -> None:
    agency(bench).submit(dossier(1, dossierFormFile=[{"file": [{"filename": "a.pdf"}]}]))
    agency(bench).broken.update(agency(bench).files)
    listening = listener(bench)
    with pytest.raises(RetryLater):
        await listening.poll()
    agency(bench).broken.clear()

    (transfer,) = transfers(await listening.poll())

    assert transfer.dossier.components[0].attachments[0].sha256 == digest(b"a.pdf")


def pushed(bench: Bench, document: dict[str, Any]) -> Transfer:
    message = Inbound(
        method="POST", path="dossier", query={}, headers={}, body=msgspec.json.encode(document), media_type="application/json"
    )
    (read,) = bench.connector.read(message)
    return read.transfer


async def test_what_is_pushed_and_polled_is_one_message_when_both_tell_the_same(bench: Bench) -> None:
    own = agency(bench).submit(dossier(1))

    (polled,) = await poll(bench)

    assert pushed(bench, agency(bench).dossiers[own]) == polled


async def test_what_is_pushed_and_polled_are_two_messages_when_they_tell_different_events(bench: Bench) -> None:
    own = agency(bench).submit(dossier(1))
    listening = listener(bench)
    await listening.poll()
    agency(bench).move("H21.129-260302-0001")

    (polled,) = transfers(await listening.poll())
    told = pushed(bench, agency(bench).dossiers[own])

    assert (polled.event.kind, told.event.kind) == ("accepted", "submitted")
    assert polled.message_id != told.message_id


async def test_reading_twice_from_the_same_place_gives_the_same_message_ids(bench: Bench) -> None:
    agency(bench).submit(dossier(1))

    assert await poll(bench) == await poll(bench)


async def test_a_checkpoint_that_is_none_begins_anew(bench: Bench) -> None:
    agency(bench).submit(dossier(1))

    assert told(transfers(await listener(bench, "không phải mốc").poll())) == [("0001", "submitted")]


async def test_what_changed_before_the_beginning_is_never_taken(bench: Bench) -> None:
    agency(bench).submit(dossier(1))

    assert await poll(bench, poll_from="2999-01-01T00:00:00+07:00") == []


@pytest.mark.parametrize("fault", ["unavailable", "html", "not_json"])
async def test_a_system_that_cannot_be_asked_is_asked_later(bench: Bench, fault: str) -> None:
    agency(bench).submit(dossier(1))
    agency(bench).fault = fault

    with pytest.raises(RetryLater):
        await poll(bench)


async def test_what_was_read_before_the_system_failed_is_told(bench: Bench) -> None:
    ids = [agency(bench).submit(dossier(number)) for number in (1, 2, 3)]
    agency(bench).broken.add(ids[1])

    listening = listener(bench)
    for _ in range(2):
        with pytest.raises(RetryLater):
            await listening.poll()
    first = list(listening.reads)
    agency(bench).broken.clear()
    second = await listening.poll()

    assert [code for code, _ in told(transfers(first))] == ["0001"]
    assert [code for code, _ in told(transfers(second))] == ["0002", "0003"]


async def test_only_the_statuses_that_are_asked_for_are_polled(bench: Bench) -> None:
    agency(bench).submit(dossier(1))
    agency(bench).submit(dossier(2, dossierStatus={"id": 2}))

    polled = await poll(bench, statuses=[2, 3], agency_id="65f0c0ffee0000000000e001")

    assert told(polled) == [("0002", "processing")]


async def test_a_row_that_cannot_be_read_is_passed_over(bench: Bench) -> None:
    agency(bench).submit(dossier(1))
    spoilt = agency(bench).submit(dossier(2))
    agency(bench).dossiers[spoilt]["updatedDate"] = "hôm qua"

    assert told(await poll(bench)) == [("0001", "submitted")]


async def test_a_change_within_the_overlap_that_comes_late_is_not_missed(bench: Bench) -> None:
    late = agency(bench).submit(dossier(1))
    agency(bench).submit(dossier(2))
    hidden = agency(bench).dossiers.pop(late)
    listening = listener(bench)
    await listening.poll()
    agency(bench).dossiers[late] = hidden

    assert [code for code, _ in told(transfers(await listening.poll()))] == ["0001"]
