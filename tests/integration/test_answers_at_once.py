"""What an agency answers at once goes through a whole gateway as a transfer of its own, and nothing of a person is in the log."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from structlog.testing import capture_logs

from connectors.dancu.simulator import PopulationSimulator
from connectors.thanhtoan.simulator import PaymentSimulator
from gateway.app import Gateway, Role, open_gateway
from gateway.domain.agency import Agency, System
from gateway.domain.delivery import State
from gateway.domain.route import Route
from gateway.ports import Filter
from gateway.sdk import EventKind, Transfer
from gateway.settings.site import Site, Timing
from gateway.testing.queue_contract import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.simulation import Simulator

CODE = "H21.129-260302-0042"
QUICK = Timing(sweep_every_seconds=0.2, sweep_grace_seconds=1, call_seconds=10, lease_seconds=30, stop_seconds=5)


@asynccontextmanager
async def running(folder: Path, connector: str, simulator: Simulator, event: str) -> AsyncIterator[Gateway]:
    """A gateway between a desk and one other system, to which the desk's events of one kind go."""
    await simulator.start()
    desk = System(name="mot-cua", agency="H21.129", connector="inbox")
    other = System(name="ben-kia", agency="G01", connector=connector, config=simulator.config())
    site = Site(
        name="thu",
        data=str(folder),
        timing=QUICK,
        agencies=(Agency(code="H21.129", name="Xã"), Agency(code="G01", name="Bộ")),
        systems=(desk, other),
        routes=(Route(senders=("mot-cua",), events=(EventKind(event),), to=("ben-kia",)), Route(senders=("ben-kia",), to=("origin",))),
    )
    try:
        async with open_gateway(site) as gateway:
            await gateway.start(Role.ALL)
            yield gateway
    finally:
        await simulator.stop()


async def send(gateway: Gateway, event: str, dossier: dict[str, Any]) -> None:
    """Send a transfer from the desk."""
    transfer = msgspec.convert({"message_id": f"m-{event}", "event": {"kind": event}, "dossier": dossier}, Transfer)
    await gateway.acceptor.accept("mot-cua", transfer, raw=b"{}", raw_media_type="application/json")


async def answer(gateway: Gateway) -> Transfer:
    """Wait for what comes back to the desk."""
    found: list[Transfer] = []

    async def came() -> bool:
        items = await gateway.inbox.lease("mot-cua", limit=1, hold=timedelta(minutes=1))
        for item in items:
            await gateway.inbox.acknowledge("mot-cua", item.delivery_id, item.lease)
        found.extend(item.accepted.transfer for item in items)
        return bool(found)

    await eventually(came)
    return found[0]


@pytest.mark.parametrize("style", ["soap", "json"])
async def test_an_applicant_is_verified_on_the_way_of_a_dossier(style: str, tmp_path: Path) -> None:
    simulator = PopulationSimulator(style=style)
    applicant = {
        "kind": "citizen",
        "name": "Đinh Thị Ví Dụ",
        "born_on": "1996-05-04",
        "identity_documents": [{"kind": "citizen_id", "number": "052196000033"}],
    }
    dossier = {"identifiers": [{"value": CODE, "scheme": "dossier"}], "procedure": {"code": "2.000986"}, "applicant": applicant}
    with capture_logs() as logs:
        async with running(tmp_path, "dancu", simulator, "submitted") as gateway:
            await send(gateway, "submitted", dossier)
            transfer = await answer(gateway)
            (delivery,) = (await gateway.reader.deliveries(Filter(destination="ben-kia"))).deliveries
            cases = await gateway.ledger.open_cases("ben-kia", asked_before=gateway.clock.now() + timedelta(days=1), limit=10)

    assert transfer.in_reply_to == "m-submitted"
    assert transfer.dossier.extensions["dancu"]["verdict"] == "matched"
    assert (delivery.state, list(simulator.asked.values())) == (State.DELIVERED, [1])
    assert cases == ()
    assert not [value for value in ("Ví Dụ", "VÍ DỤ", "052196000033") if value in str(logs)]


async def test_a_payment_is_asked_for_told_where_to_make_and_told_when_it_is_made(tmp_path: Path) -> None:
    simulator = PaymentSimulator(style="paygov")
    dossier = {
        "identifiers": [{"value": CODE, "scheme": "dossier"}],
        "procedure": {"code": "1.012784", "name": "Cấp giấy phép mẫu"},
        "applicant": {"kind": "citizen", "name": "Đinh Thị Ví Dụ"},
        "fees": [{"code": "LP01", "name": "Lệ phí", "amount": 50000}],
    }
    with capture_logs() as logs:
        async with running(tmp_path, "thanhtoan", simulator, "payment_requested") as gateway:
            await send(gateway, "payment_requested", dossier)
            link = await answer(gateway)
            (opened,) = await gateway.ledger.open_cases("ben-kia", asked_before=gateway.clock.now() + timedelta(days=1), limit=10)
            simulator.move(CODE)
            paid = await answer(gateway)
            left = await gateway.ledger.open_cases("ben-kia", asked_before=gateway.clock.now() + timedelta(days=1), limit=10)

    assert link.dossier.extensions["thanhtoan"]["pay_url"] == f"{simulator.url}/tra-tien/{opened.reference}"
    assert (paid.event.kind, paid.dossier.fees[0].paid, paid.dossier.fees[0].amount) == ("processing", True, 50000)
    assert simulator.effects == {opened.reference: 1}
    assert left == ()
    assert "Ví Dụ" not in str(logs)
