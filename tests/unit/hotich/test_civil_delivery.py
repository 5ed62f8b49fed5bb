"""Registrations and questions to a service that speaks the dialect, in good days and bad ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from connectors.hotich import plugin
from connectors.hotich.connector import CivilRegistration
from connectors.hotich.simulator import PDF, CivilRegistrationSimulator
from gateway.sdk import Case, Delivered, Identifier, Malformed, NeedsPerson, OutcomeUnknown, Rejected, RetryLater, digest
from gateway.testing.connector_bench import MemoryBlobs
from gateway.testing.connector_listener import Listener
from tests.connector_desk import NOW, StillClock, attempt, canonical, inbound, open_plugin, outgoing

CODE = "H21.129-260302-0001"
DOSSIER: dict[str, Any] = {
    "identifiers": [{"value": CODE, "scheme": "dossier"}],
    "procedure": {"code": "2.000986"},
    "applicant": {"kind": "citizen", "name": "Nguyễn Thị Thử"},
    "agency": {"code": "H21.129"},
}
SUBMISSION = outgoing(canonical("submitted", DOSSIER))
SUPPLEMENT = outgoing(canonical("supplemented", DOSSIER))
CASE = Case(
    destination="there",
    dossier_id="d-1",
    reference=f"LTKS:{CODE}",
    opened_at=NOW,
    asked_at=None,
    identifiers=(Identifier(value=CODE, scheme="dossier"),),
)


@asynccontextmanager
async def opened(
    simulator: CivilRegistrationSimulator, *, blobs: MemoryBlobs | None = None, clock: StillClock | None = None, **more: Any
) -> AsyncIterator[CivilRegistration]:
    await simulator.start()
    try:
        async with open_plugin(plugin, {**simulator.config(), **more}, blobs=blobs, clock=clock) as connector:
            assert isinstance(connector, CivilRegistration)
            yield connector
    finally:
        await simulator.stop()


async def kinds(connector: CivilRegistration, times: int) -> list[str]:
    listening = Listener(connector)
    for _ in range(times):
        await listening.poll([CASE])
    return [read.transfer.event.kind.value for read in listening.reads]


@pytest.mark.parametrize("generation", ["json", "xml"])
async def test_a_dossier_and_its_files_arrive_in_both_generations(generation: str) -> None:
    blobs = MemoryBlobs()
    files = [{"name": "a.pdf", "sha256": blobs.hold(b"%PDF a" * 5000).sha256}, {"name": "b.pdf", "sha256": blobs.hold(b"").sha256}]
    delivery = outgoing(canonical("submitted", DOSSIER | {"components": [{"name": "Chứng sinh", "attachments": files}]}))
    simulator = CivilRegistrationSimulator(generation=generation)

    async with opened(simulator, blobs=blobs) as connector:
        assert await attempt(connector, delivery) == Delivered(reference=f"LTKS:{CODE}")

    assert simulator.files[CODE] == [b"%PDF a" * 5000, b""]
    assert simulator.dossiers[CODE]["form"]["nycHoTen.Ho"] == "Nguyễn"


async def test_a_repetition_is_success_and_registers_nothing_twice() -> None:
    simulator = CivilRegistrationSimulator()

    async with opened(simulator) as connector:
        outcomes = [await attempt(connector, SUBMISSION) for _ in range(3)]

    assert set(outcomes) == {Delivered(reference=f"LTKS:{CODE}")}
    assert simulator.effects == {CODE: 1}


async def test_a_refusal_carries_each_fault_by_itself() -> None:
    simulator = CivilRegistrationSimulator()
    simulator.refuse.add(CODE)

    async with opened(simulator) as connector:
        outcome = await attempt(connector, outgoing(canonical("submitted", DOSSIER | {"applicant": {"kind": "citizen", "gender": "male"}})))

    assert outcome == Rejected(code="VALIDATE", text="nycHoTen: không được để trống; maDonVi: sai nơi đăng ký")


async def test_a_purged_file_needs_a_person_and_nothing_is_sent() -> None:
    simulator = CivilRegistrationSimulator()
    delivery = outgoing(canonical("submitted", DOSSIER | {"components": [{"attachments": [{"name": "a", "sha256": "a" * 64}]}]}))

    async with opened(simulator) as connector:
        with pytest.raises(NeedsPerson):
            await attempt(connector, delivery)

    assert simulator.dossiers == {}


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize("generation", ["json", "xml"])
async def test_the_course_of_a_dossier_comes_back_step_by_step(generation: str, numbers: bool) -> None:
    simulator = CivilRegistrationSimulator(generation=generation, numbers=numbers)
    blobs = MemoryBlobs()

    async with opened(simulator, blobs=blobs) as connector:
        await attempt(connector, SUBMISSION)

        assert await kinds(connector, 4) == ["accepted", "processing", "completed", "completed"]

    assert blobs.contents == {digest(PDF): PDF}


async def test_news_polled_twice_has_the_same_message_id_and_content() -> None:
    async with opened(CivilRegistrationSimulator(patience=2)) as connector:
        await attempt(connector, SUBMISSION)
        listening = Listener(connector, "kept")
        first, second = [await listening.poll([CASE]) for _ in range(2)]

    assert first == second
    assert listening.checkpoint == "kept"


async def test_a_dossier_sent_back_goes_on_after_its_supplement() -> None:
    simulator = CivilRegistrationSimulator()
    simulator.ask_supplement.add(CODE)

    async with opened(simulator) as connector:
        await attempt(connector, SUBMISSION)
        assert await kinds(connector, 3) == ["accepted", "supplement_requested", "supplement_requested"]
        assert await connector.reconcile(SUPPLEMENT) is None
        await attempt(connector, SUPPLEMENT)
        assert await connector.reconcile(SUPPLEMENT) == Delivered(reference=f"LTKS:{CODE}")
        assert (await kinds(connector, 3))[-1] == "completed"

    assert simulator.effects == {CODE: 1, f"{CODE}/supplement": 1}


async def test_cases_are_asked_about_by_module_in_batches() -> None:
    simulator = CivilRegistrationSimulator()
    codes = [f"H21.129-260302-{number:04}" for number in range(5)]

    async with opened(simulator, poll_batch=2) as connector:
        cases = []
        for number, code in enumerate(codes):
            procedure = {"code": "1.001193" if number % 2 else "2.000986"}
            transfer = canonical("submitted", DOSSIER | {"identifiers": [{"value": code, "scheme": "dossier"}], "procedure": procedure})
            outcome = await attempt(connector, outgoing(transfer))
            assert isinstance(outcome, Delivered)
            identifiers = transfer.dossier.identifiers
            cases.append(
                Case(
                    destination="there",
                    dossier_id=code,
                    reference=outcome.reference,
                    opened_at=NOW,
                    asked_at=None,
                    identifiers=identifiers,
                )
            )
        reads = await Listener(connector).poll(cases)

    assert sorted(read.transfer.dossier.identifiers[0].value for read in reads) == codes


async def test_each_batch_is_told_before_the_next_is_asked_for() -> None:
    simulator = CivilRegistrationSimulator()
    other = structs.replace(CASE, dossier_id="d-2", reference="LTKT:H21.129-260302-0002")

    async with opened(simulator) as connector:
        await attempt(connector, SUBMISSION)
        async with aclosing(connector.poll([CASE, other], None)) as answers:
            first = await anext(answers)
            simulator.fault = "unavailable"
            with pytest.raises(RetryLater):
                await anext(answers)

    assert len(first.news) == 1


async def test_a_status_that_cannot_be_read_does_not_hold_up_the_others() -> None:
    simulator = CivilRegistrationSimulator()
    other = "H21.129-260302-0002"

    async with opened(simulator) as connector:
        await attempt(connector, SUBMISSION)
        second = canonical("submitted", DOSSIER | {"identifiers": [{"value": other, "scheme": "dossier"}]})
        await attempt(connector, outgoing(second))
        simulator.begin_at(CODE, "5")
        cases = [CASE, structs.replace(CASE, reference=f"LTKS:{other}", identifiers=second.dossier.identifiers)]
        listening = Listener(connector)
        reads = await listening.poll(cases)

    assert [read.transfer.dossier.identifiers[0].value for read in reads] == [other]
    assert [[problem.path for problem in fault.problems] for fault in listening.faults] == [["value.trangThai"]]


async def test_no_open_cases_ask_nothing() -> None:
    simulator = CivilRegistrationSimulator()

    async with opened(simulator) as connector:
        await simulator.stop()

        assert await Listener(connector).poll([]) == []


async def test_an_unheard_registration_is_found_by_asking() -> None:
    simulator = CivilRegistrationSimulator()

    async with opened(simulator) as connector:
        assert await connector.reconcile(SUBMISSION) is None
        simulator.fault = "silent"
        with pytest.raises(OutcomeUnknown):
            await attempt(connector, SUBMISSION)
        simulator.fault = "html"
        with pytest.raises(RetryLater):
            await connector.reconcile(SUBMISSION)
        simulator.fault = ""
        assert await connector.reconcile(SUBMISSION) == Delivered(reference=f"LTKS:{CODE}")

    assert simulator.effects == {CODE: 1}


@pytest.mark.parametrize(("fault", "unknown"), [("unavailable", False), ("html", True), ("not_json", True)])
async def test_a_failing_service_is_tried_later_or_asked_first(fault: str, unknown: bool) -> None:
    simulator = CivilRegistrationSimulator()

    async with opened(simulator) as connector:
        await kinds(connector, 1)
        simulator.fault = fault
        with pytest.raises(RetryLater) as raised:
            await attempt(connector, SUBMISSION)
        with pytest.raises(RetryLater):
            await Listener(connector).poll([CASE])

    assert isinstance(raised.value, OutcomeUnknown) is unknown


async def test_a_service_that_is_down_is_tried_later_and_one_that_is_slow_is_asked_first() -> None:
    simulator = CivilRegistrationSimulator()

    async with opened(simulator, seconds=0.2) as connector:
        simulator.fault, simulator.slow_seconds = "slow", 0.5
        with pytest.raises(OutcomeUnknown):
            await attempt(connector, SUBMISSION)
        await simulator.stop()
        with pytest.raises(RetryLater) as raised:
            await attempt(connector, SUBMISSION)

    assert not isinstance(raised.value, OutcomeUnknown)


async def test_many_calls_share_one_token_and_a_refused_one_is_renewed() -> None:
    simulator, clock = CivilRegistrationSimulator(), StillClock()

    async with opened(simulator, clock=clock) as connector:
        await asyncio.gather(*(attempt(connector, SUBMISSION) for _ in range(20)))
        assert simulator.tokens_given == 1
        simulator.expire_logins()
        await asyncio.gather(*(attempt(connector, SUBMISSION) for _ in range(20)))
        assert simulator.tokens_given == 2
        clock.at += timedelta(seconds=271)
        await attempt(connector, SUBMISSION)
        assert simulator.tokens_given == 3


async def test_wrong_keys_are_a_fault_of_the_whole_destination() -> None:
    simulator = CivilRegistrationSimulator()

    async with opened(simulator) as connector:
        keys = {**simulator.config()["keys"], "secret": "sai"}
        async with open_plugin(plugin, {**simulator.config(), "keys": keys}) as wrong:
            with pytest.raises(RetryLater) as raised:
                await attempt(wrong, SUBMISSION)
        await attempt(connector, SUBMISSION)

    assert raised.value.about_destination


async def test_a_reader_lists_the_faults_of_all_statuses_at_once() -> None:
    rows = [{"maHoSo": "a", "trangThai": 3}, {"maHoSo": "b", "trangThai": 5}, {"trangThai": 3}]

    async with open_plugin(plugin, {"url": "http://127.0.0.1:1", "province": "52"}) as connector:
        (one,) = connector.read(inbound({"status": 1, "value": rows[:1]}))
        with pytest.raises(Malformed) as raised:
            connector.read(inbound({"status": 1, "value": rows}))
        with pytest.raises(Malformed):
            connector.read(inbound(b"<html>"))

    assert one.transfer.event.kind == "processing"
    assert [problem.path for problem in raised.value.problems] == ["value[1].trangThai", "value[2].maHoSoMCDT"]
