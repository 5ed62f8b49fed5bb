"""Payments at a platform that speaks the dialect, in good days and bad ones."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from connectors.thanhtoan import plugin
from connectors.thanhtoan.connector import PaymentPlatform
from connectors.thanhtoan.simulator import PaymentSimulator
from gateway.sdk import Case, Delivered, Identifier, News, OutcomeUnknown, Rejected
from gateway.testing.connector_bench import Tray
from gateway.testing.connector_listener import Listener
from tests.connector_desk import NOW, attempt, canonical, inbound, open_plugin, outgoing

CODE = "H21.129-260302-0001"
REQUEST = f"{CODE}20260302080000"
DOSSIER: dict[str, Any] = {
    "identifiers": [{"value": CODE, "scheme": "dossier"}],
    "procedure": {"code": "1.012784", "name": "Cấp giấy phép mẫu"},
    "agency": {"code": "H21.129"},
    "applicant": {"kind": "citizen", "name": "Đinh Thị Ví Dụ"},
    "fees": [{"code": "LP01", "name": "Lệ phí", "amount": 50000}],
}
ASKING = outgoing(canonical("payment_requested", DOSSIER))
CASE = Case(
    destination="there",
    dossier_id="d-1",
    reference=REQUEST,
    opened_at=NOW,
    asked_at=None,
    identifiers=(Identifier(value=CODE, scheme="dossier"),),
)
STYLES = pytest.mark.parametrize("style", ["national", "paygov"])


@asynccontextmanager
async def opened(simulator: PaymentSimulator, *, kept: list[News] | None = None, **more: Any) -> AsyncIterator[PaymentPlatform]:
    await simulator.start()
    try:
        async with open_plugin(plugin, simulator.config() | more, kept=kept) as connector:
            assert isinstance(connector, PaymentPlatform)
            yield connector
    finally:
        await simulator.stop()


@STYLES
async def test_a_request_sent_again_asks_for_nothing_twice(style: str) -> None:
    simulator = PaymentSimulator(style=style)

    async with opened(simulator) as connector:
        outcomes = [await attempt(connector, structs.replace(ASKING, attempt=number)) for number in (1, 2)]

    assert [outcome.reference for outcome in outcomes if isinstance(outcome, Delivered)] == [REQUEST, REQUEST]
    assert simulator.effects == {REQUEST: 1}


@STYLES
async def test_an_unheard_request_is_found_by_asking(style: str) -> None:
    simulator = PaymentSimulator(style=style)

    async with opened(simulator) as connector:
        assert await connector.reconcile(ASKING) is None
        simulator.fault = "silent"
        with pytest.raises(OutcomeUnknown):
            await attempt(connector, ASKING)
        simulator.fault = ""
        assert await connector.reconcile(ASKING) == Delivered(reference=REQUEST)

    assert simulator.effects == {REQUEST: 1}


async def test_where_it_can_be_paid_is_told_at_once_and_once_even_when_the_answer_was_not_heard() -> None:
    simulator = PaymentSimulator(style="paygov")
    kept: list[News] = []

    async with opened(simulator, kept=kept) as connector:
        simulator.fault = "silent"
        with pytest.raises(OutcomeUnknown):
            await attempt(connector, ASKING)
        simulator.fault = ""
        await connector.reconcile(ASKING)
        await attempt(connector, ASKING)
        reads = await Listener(connector, kept=kept).poll()

    assert len(reads) == 2
    assert len({read.transfer.message_id for read in reads}) == 1
    assert reads[0].transfer.dossier.extensions["thanhtoan"]["pay_url"].startswith(simulator.url)


@STYLES
async def test_a_payment_comes_back_once_it_is_made(style: str) -> None:
    simulator = PaymentSimulator(style=style)

    async with opened(simulator) as connector:
        await attempt(connector, ASKING)
        listening = Listener(connector)
        before = list(await listening.poll([CASE]))
        simulator.move(CODE)
        (read,) = await listening.poll([CASE])
        (again,) = await listening.poll([CASE])

    assert before == []
    assert (read.transfer.event.kind, read.ends_case) == ("processing", True)
    assert read.transfer.dossier.fees[0].paid is True
    assert again == read


async def test_a_payment_that_failed_is_still_asked_about_and_one_that_expired_is_not() -> None:
    simulator = PaymentSimulator()

    async with opened(simulator) as connector:
        await attempt(connector, ASKING)
        ends = []
        for state in ("2", "3"):
            simulator.settle(CODE, state)
            (read,) = await Listener(connector).poll([CASE])
            ends.append((read.transfer.event.kind, read.ends_case))

    assert ends == [("payment_requested", False), ("payment_requested", True)]


@STYLES
async def test_what_the_platform_tells_is_accepted_once_and_is_what_it_answers_when_asked(style: str) -> None:
    simulator, tray = PaymentSimulator(style=style), Tray()

    async with opened(simulator) as connector:
        await attempt(connector, ASKING)
        simulator.move(CODE)
        (route,) = connector.routes()
        answers = [await route.handle(inbound(simulator.told(REQUEST)), tray.accept) for _ in range(2)]
        (read,) = await Listener(connector).poll([CASE])

    assert [json.loads(answer.body)["error_code"] for answer in answers] == [0, 0]
    assert list(tray.transfers.values()) == [read.transfer]


async def test_a_state_that_somebody_changed_on_the_way_is_not_believed() -> None:
    simulator, tray = PaymentSimulator(), Tray()

    async with opened(simulator) as connector:
        await attempt(connector, ASKING)
        (route,) = connector.routes()
        answer = await route.handle(inbound(simulator.told(REQUEST) | {"status": 0}), tray.accept)
        stranger = await route.handle(inbound({"MaTraCuuTT": f"{CODE}20260302090000", "status": 0}), tray.accept)

    assert json.loads(answer.body)["error_code"] == 0
    assert json.loads(stranger.body)["error_code"] == -1
    assert tray.transfers == {}


@pytest.mark.parametrize(
    ("spoiled", "path"), [({"trans_amount": "1"}, "check_sum"), ({"check_sum": "0" * 64}, "check_sum"), ({"status": "77"}, "status")]
)
async def test_what_is_forged_or_unknown_is_answered_with_what_is_wrong(spoiled: dict[str, str], path: str) -> None:
    simulator, tray = PaymentSimulator(), Tray()

    async with opened(simulator) as connector:
        await attempt(connector, ASKING)
        (route,) = connector.routes()
        answer = await route.handle(inbound(simulator.told(REQUEST) | spoiled), tray.accept)

    assert json.loads(answer.body) == {"error_code": -1, "message": f"error: {path}"}
    assert tray.transfers == {}


@STYLES
async def test_a_refusal_names_nobody(style: str) -> None:
    simulator = PaymentSimulator(style=style)
    simulator.refuse.add(CODE)

    async with opened(simulator) as connector:
        outcome = await attempt(connector, ASKING)

    assert outcome == Rejected(code="12", text="Tài khoản thụ hưởng không hợp lệ, người nộp …")


@STYLES
async def test_a_wrong_key_is_a_refusal_and_not_a_secret(style: str) -> None:
    simulator = PaymentSimulator(style=style)

    async with opened(simulator, checksum={"kind": "sha256", "secret": "sai-khoa"}) as connector:
        outcome = await attempt(connector, ASKING)

    assert outcome == Rejected(code="97", text="Sai checksum")


async def test_many_requests_share_one_token_of_the_bus() -> None:
    simulator = PaymentSimulator(style="paygov")

    async with opened(simulator) as connector:
        await attempt(connector, ASKING)
        simulator.expire_logins()
        await attempt(connector, ASKING)
        await connector.reconcile(ASKING)

    assert simulator.tokens_given == 2
