"""A dossier submitted at the one-stop system reaches civil registration and the portal, and what becomes of it comes back: three dialects,
nothing of the gateway between them but the connectors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.dvcqg import plugin as portal_plugin
from connectors.dvcqg.simulator import PortalSimulator
from connectors.hotich import plugin as civil_plugin
from connectors.hotich.simulator import CivilRegistrationSimulator
from connectors.igate import plugin as one_stop_plugin
from connectors.igate.simulator import OneStopSimulator
from gateway.sdk import AcceptedTransfer, Delivered, Identifier, Outgoing, Polls, Transfer, digest
from gateway.testing.connector_bench import SYSTEM, Bench
from gateway.testing.connector_listener import Listener

CODE = "H21.129-260302-0042"
PAPER = b"%PDF-1.4 giay chung sinh"
BIRTH: dict[str, Any] = {
    "code": CODE,
    "nationCode": "G22.99-260302-0042",
    "procedure": {"code": "2.000986.H21", "translate": [{"languageId": 228, "name": "Đăng ký khai sinh"}], "sector": {"code": "G15-HT02"}},
    "applicant": {
        "data": {"fullname": "Siu Mẫu Thử", "identityNumber": "064196008888", "gender": 2, "birthday": "1994-01-31T17:00:00.000+0000"}
    },
    "applyMethod": {"id": 0},
    "agency": {"code": "H21.129", "name": "Ủy ban nhân dân xã Mẫu"},
    "appliedDate": "2026-03-02T01:00:00.000+0000",
    "dossierFormFile": [{"procedureForm": {"code": "KQ000101", "name": "Giấy chứng sinh"}, "file": [{"filename": "giấy.pdf"}]}],
}


@pytest.fixture
async def agencies() -> AsyncIterator[tuple[Bench, Bench, Bench]]:
    async with AsyncExitStack() as stack:
        one_stop = await stack.enter_async_context(Bench(one_stop_plugin, OneStopSimulator()))
        civil = await stack.enter_async_context(Bench(civil_plugin, CivilRegistrationSimulator()))
        portal = await stack.enter_async_context(Bench(portal_plugin, PortalSimulator()))
        civil.blobs.contents = portal.blobs.contents = one_stop.blobs.contents
        yield one_stop, civil, portal


def accepted(transfer: Transfer, *known: Identifier) -> Outgoing:
    """What the gateway makes of a transfer; each bench calls its own system by the same name, so another's own id is left out."""
    identifiers = tuple(one for one in transfer.dossier.identifiers if one.scheme != SYSTEM)
    transfer = msgspec.structs.replace(transfer, dossier=msgspec.structs.replace(transfer.dossier, identifiers=identifiers))
    whole = AcceptedTransfer(id="t", sender="x", dossier_id="d", accepted_at=datetime(2026, 3, 2, tzinfo=UTC), transfer=transfer)
    return Outgoing(key=transfer.message_id, system=SYSTEM, attempt=1, accepted=whole, identifiers=(*identifiers, *known))


async def test_a_birth_goes_through_three_dialects_and_its_certificate_comes_back(agencies: tuple[Bench, Bench, Bench]) -> None:
    one_stop, civil, portal = agencies
    assert isinstance(one_stop.simulator, OneStopSimulator)
    assert isinstance(civil.simulator, CivilRegistrationSimulator)
    assert isinstance(one_stop.connector, Polls)
    assert isinstance(civil.connector, Polls)
    own = Identifier(value=one_stop.simulator.submit(BIRTH, {"giấy.pdf": PAPER}), scheme=SYSTEM)

    (read,) = await Listener(one_stop.connector).poll()
    submission = accepted(read.transfer)
    taken = await civil.attempt(submission)
    assert isinstance(taken, Delivered), taken
    assert isinstance(await portal.attempt(submission), Delivered)
    for _ in range(3):
        for news in await Listener(civil.connector).poll([civil.case(submission, taken.reference)]):
            assert isinstance(await one_stop.attempt(accepted(news.transfer, own)), Delivered)
            assert isinstance(await portal.attempt(accepted(news.transfer)), Delivered)

    assert civil.simulator.files[CODE] == [PAPER]
    assert one_stop.simulator.told[CODE] == [8, 2, 4]
    (certificate,) = one_stop.simulator.dossiers[own.value]["attachment"][0]["file"]
    assert digest(one_stop.simulator.files[certificate["id"]]) in one_stop.blobs.contents
    assert await Listener(one_stop.connector).poll() == []
