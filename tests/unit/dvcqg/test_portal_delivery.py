"""Deliveries to a portal that speaks the dialect, in good days and bad ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.dvcqg import plugin
from connectors.dvcqg.connector import Portal
from connectors.dvcqg.simulator import PortalSimulator
from gateway.sdk import Delivered, OutcomeUnknown, Outgoing, Rejected, RetryLater
from tests.connector_desk import attempt, canonical, open_plugin, outgoing

CODE = "000.00.01.H21-260302-0001"
DOSSIER: dict[str, Any] = {
    "identifiers": [{"value": CODE, "scheme": "dossier"}],
    "procedure": {"code": "1.012784"},
    "applicant": {"kind": "citizen", "name": "Trần Thị Thử"},
}
SUBMISSION = outgoing(canonical("submitted", DOSSIER))
ACCEPTANCE = outgoing(canonical("accepted", {"identifiers": DOSSIER["identifiers"]}))


@pytest.fixture
async def simulator() -> AsyncIterator[PortalSimulator]:
    simulator = PortalSimulator()
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def portal(simulator: PortalSimulator) -> AsyncIterator[Portal]:
    async with open_plugin(plugin, simulator.config()) as connector:
        assert isinstance(connector, Portal)
        yield connector


async def test_a_new_dossier_is_looked_up_and_sent_as_new(simulator: PortalSimulator, portal: Portal) -> None:
    assert await attempt(portal, SUBMISSION) == Delivered(reference=CODE)

    assert simulator.calls == ["TraCuuHoSo", "DongBoHoSoMC"]
    assert simulator.effects == {CODE: 1}


async def test_a_dossier_that_is_there_is_sent_as_an_update(simulator: PortalSimulator, portal: Portal) -> None:
    await attempt(portal, SUBMISSION)
    changed = outgoing(canonical("supplemented", DOSSIER | {"note": "đã bổ sung"}))

    assert await attempt(portal, changed) == Delivered(reference=CODE)

    assert simulator.dossiers[CODE]["GhiChu"] == "đã bổ sung"
    assert simulator.effects[CODE] == 1


async def test_already_there_turns_a_new_dossier_into_an_update(simulator: PortalSimulator, portal: Portal) -> None:
    await attempt(portal, SUBMISSION)
    simulator.look_up_blind = True
    simulator.calls.clear()

    assert await attempt(portal, outgoing(canonical("submitted", DOSSIER | {"note": "mới"}))) == Delivered(reference=CODE)

    assert simulator.calls == ["TraCuuHoSo", "DongBoHoSoMC", "DongBoHoSoMC"]
    assert simulator.dossiers[CODE]["GhiChu"] == "mới"


@pytest.mark.parametrize("numbers", [True, False])
async def test_codes_may_be_numbers_or_texts(simulator: PortalSimulator, portal: Portal, numbers: bool) -> None:
    simulator.codes_as_numbers = numbers

    assert isinstance(await attempt(portal, SUBMISSION), Delivered)


@pytest.mark.parametrize("place", ["header", "query"])
async def test_the_destination_code_travels_where_the_site_says(simulator: PortalSimulator, place: str) -> None:
    config = {**simulator.config(), "dstcode_in": place, "provider_url": "http://provider.test/mapi"}

    async with open_plugin(plugin, config) as portal:
        assert isinstance(await attempt(portal, SUBMISSION), Delivered)


async def test_a_refusal_carries_the_code_and_the_text(simulator: PortalSimulator, portal: Portal) -> None:
    simulator.refuse.add(CODE)

    assert await attempt(portal, SUBMISSION) == Rejected(code="1", text="Dữ liệu không hợp lệ: MaTTHC")
    assert await attempt(portal, ACCEPTANCE) == Rejected(code="1", text="Hồ sơ không được cập nhật")


async def test_a_session_that_ran_out_is_renewed_unnoticed(simulator: PortalSimulator, portal: Portal) -> None:
    await attempt(portal, SUBMISSION)
    simulator.expire_logins()

    assert isinstance(await attempt(portal, ACCEPTANCE), Delivered)
    assert simulator.logins == 2


async def test_a_hundred_deliveries_log_in_once(simulator: PortalSimulator, portal: Portal) -> None:
    await asyncio.gather(*(attempt(portal, SUBMISSION) for _ in range(100)))

    assert simulator.logins == 1
    assert simulator.effects[CODE] == 1


async def test_a_wrong_password_is_a_fault_of_the_whole_destination(simulator: PortalSimulator) -> None:
    async with open_plugin(plugin, {**simulator.config(), "password": "sai"}) as portal:
        with pytest.raises(RetryLater) as raised:
            await attempt(portal, SUBMISSION)

    assert raised.value.about_destination
    assert raised.value.code == "login_refused"
    assert "sai" not in str(raised.value)


@pytest.mark.parametrize("fault", ["unavailable", "html", "not_json", "exception"])
async def test_when_the_look_up_fails_nothing_was_sent(simulator: PortalSimulator, portal: Portal, fault: str) -> None:
    simulator.fault = fault

    with pytest.raises(RetryLater) as raised:
        await attempt(portal, SUBMISSION)

    assert not isinstance(raised.value, OutcomeUnknown)
    assert simulator.dossiers == {}


@pytest.mark.parametrize("fault", ["html", "not_json", "exception", "silent"])
async def test_a_step_without_a_clear_answer_has_an_unknown_outcome(simulator: PortalSimulator, portal: Portal, fault: str) -> None:
    await attempt(portal, SUBMISSION)
    simulator.fault = fault

    with pytest.raises(OutcomeUnknown):
        await attempt(portal, ACCEPTANCE)


async def test_a_portal_that_is_down_is_tried_later(simulator: PortalSimulator, portal: Portal) -> None:
    await simulator.stop()

    with pytest.raises(RetryLater) as raised:
        await attempt(portal, SUBMISSION)

    assert not isinstance(raised.value, OutcomeUnknown)


async def test_a_portal_that_does_not_answer_in_time_leaves_the_outcome_unknown(simulator: PortalSimulator) -> None:
    async with open_plugin(plugin, {**simulator.config(), "seconds": 0.2}) as portal:
        await attempt(portal, SUBMISSION)
        simulator.fault, simulator.slow_seconds = "slow", 0.5

        with pytest.raises(OutcomeUnknown):
            await attempt(portal, ACCEPTANCE)


async def test_a_step_that_arrived_unheard_is_found_by_asking(simulator: PortalSimulator, portal: Portal) -> None:
    await attempt(portal, SUBMISSION)
    assert await portal.reconcile(ACCEPTANCE) is None
    simulator.fault = "silent"
    with pytest.raises(OutcomeUnknown):
        await attempt(portal, ACCEPTANCE)
    simulator.fault = ""

    assert await portal.reconcile(ACCEPTANCE) == Delivered(reference=CODE)
    assert [step["TrangThai"] for step in simulator.steps[CODE]] == ["2"]


async def test_a_submission_is_found_by_asking_only_when_it_is_there(simulator: PortalSimulator, portal: Portal) -> None:
    assert await portal.reconcile(SUBMISSION) is None

    await attempt(portal, SUBMISSION)

    assert await portal.reconcile(SUBMISSION) == Delivered(reference=CODE)
    assert simulator.effects[CODE] == 1


@pytest.mark.parametrize("kind", ["processing", "supplemented"])
async def test_what_the_portal_cannot_tell_apart_is_sent_again_and_changes_nothing(
    simulator: PortalSimulator, portal: Portal, kind: str
) -> None:
    await attempt(portal, SUBMISSION)
    delivery = outgoing(canonical(kind, DOSSIER))
    await attempt(portal, delivery)
    before = (dict(simulator.effects), dict(simulator.dossiers))

    assert await portal.reconcile(delivery) is None
    await attempt(portal, delivery)

    assert (simulator.effects, simulator.dossiers) == before


async def test_a_portal_that_cannot_be_asked_is_asked_later(simulator: PortalSimulator, portal: Portal) -> None:
    simulator.fault = "html"

    with pytest.raises(RetryLater) as raised:
        await portal.reconcile(SUBMISSION)

    assert not isinstance(raised.value, OutcomeUnknown)


async def test_a_long_log_arrives_whole_and_in_order(simulator: PortalSimulator, portal: Portal) -> None:
    log = [{"at": f"2026-03-02T08:{minute:02}:00+07:00", "content": f"bước {minute}"} for minute in range(24)]
    delivery: Outgoing = outgoing(canonical("submitted", DOSSIER | {"log": log}))

    assert isinstance(await attempt(portal, delivery), Delivered)

    assert [step["NoiDungXuLy"] for step in simulator.steps[CODE]] == [f"bước {minute}" for minute in range(24)]
    assert simulator.calls == ["TraCuuHoSo", "DongBoHoSoMC"] + ["CapNhatTienDoHoSoMC"] * 3
