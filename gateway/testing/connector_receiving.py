"""The part of the connector contract that is about receiving: what is read, what is faulty, what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET

from gateway.domain.errors import GatewayError
from gateway.sdk import Delivered, Malformed, Polls, Serves
from gateway.testing.connector_bench import Tray, code_of, personal_values
from gateway.testing.connector_folder import require
from gateway.testing.connector_listener import Listener
from gateway.testing.spoil import spoiled
from gateway.web.soap.face import files_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.sdk import Inbound, Outgoing, Read, Transfer
    from gateway.testing.connector_bench import Bench

__all__ = ["Receiving"]

#: How often a case is asked about, or an agency moved on, before news must have come.
PATIENCE = 12


class Receiving:
    """Every test that reads, polls and takes what is pushed."""

    async def test_every_inbound_example_is_read(self, bench: Bench) -> None:
        require(bench.folder.root, "inbound_examples")
        for example in bench.folder.inbound():
            if example.problems:
                with pytest.raises(Malformed) as caught:
                    bench.connector.read(example.message())
                assert sorted(problem.path for problem in caught.value.problems) == sorted(example.problems), example.about
            else:
                reads = bench.connector.read(example.message())
                assert tuple(str(read.transfer.event.kind) for read in reads) == example.events, example.about

    async def test_the_same_message_has_the_same_id(self, bench: Bench) -> None:
        require(bench.folder.root, "inbound_examples")
        for example in bench.folder.inbound():
            if not example.problems:
                assert _ids(bench.connector.read(example.message())) == _ids(bench.connector.read(example.message()))

    async def test_a_spoiled_message_is_malformed_and_its_faults_are_impersonal(self, bench: Bench) -> None:
        require(bench.folder.root, "inbound_examples")
        for example in bench.folder.inbound():
            personal = {value for transfer in _read_or_none(bench, example.message()) for value in personal_values(transfer)}
            for body in spoiled(example.body):
                text = _fault_of(bench, example.message_of(body))
                assert not [value for value in personal if value in text]

    async def test_the_wsdl_of_a_route_is_there_with_all_that_it_names(self, bench: Bench) -> None:
        routes = bench.connector.routes() if isinstance(bench.connector, Serves) else ()
        for route in routes:
            if route.wsdl:
                assert route.wsdl in files_of(route.wsdl), route.path

    async def test_the_status_of_a_dossier_comes_back(self, bench: Bench) -> None:
        require(bench.folder.root, "status_returns")
        outgoing = bench.outgoing()
        ended = await bench.attempt(outgoing)
        assert isinstance(ended, Delivered), ended

        if isinstance(bench.connector, Polls):
            await _poll_until_news(bench, bench.connector, outgoing, ended.reference)
        else:
            await _take_pushes(bench)


async def _poll_until_news(bench: Bench, connector: Polls, outgoing: Outgoing, reference: str) -> None:
    """Ask again and again, the agency moving on, until there is news of the dossier; the same news must have the same id."""
    tray = Tray()
    listener = Listener(connector, kept=bench.kept)
    for _ in range(PATIENCE):
        bench.simulator.move(code_of(outgoing))
        await listener.poll([bench.case(outgoing, reference)])
        again = [read for news in listener.told for read in await connector.receive(news)]
        assert _ids(again) == _ids(listener.reads), "the same news got another message id"
        for read in (*listener.reads, *again):
            await tray.accept(read)
        if any(_is_news(transfer, outgoing) for transfer in tray.transfers.values()):
            return
    pytest.fail("no news of the dossier came")


async def _take_pushes(bench: Bench) -> None:
    """Hand every inbound example to its route, twice; each transfer is accepted once."""
    assert isinstance(bench.connector, Serves)
    tray = Tray()
    routes = {(route.method, route.path): route for route in bench.connector.routes()}
    for example in bench.folder.inbound():
        if not example.problems:
            handle = routes[example.method, example.path].handle
            answers = [await handle(example.message(), tray.accept) for _ in range(2)]
            assert [answer.status for answer in answers] == [200, 200]
    assert any(transfer.event.kind != "submitted" for transfer in tray.transfers.values())


def _is_news(transfer: Transfer, outgoing: Outgoing) -> bool:
    """Tell whether a transfer speaks of the dossier of a delivery, and says more than that it was submitted."""
    known = {(one.scheme, one.value) for one in outgoing.identifiers}
    named = {(one.scheme, one.value) for one in transfer.dossier.identifiers}
    return bool(known & named) and transfer.event.kind != "submitted" and transfer.dossier.status is not UNSET


def _ids(reads: Sequence[Read]) -> list[str]:
    """The message ids of what was read."""
    return [read.transfer.message_id for read in reads]


def _read_or_none(bench: Bench, message: Inbound) -> Iterator[Transfer]:
    """The transfers of a message; none of a faulty one."""
    try:
        yield from (read.transfer for read in bench.connector.read(message))
    except GatewayError:
        return


def _fault_of(bench: Bench, message: Inbound) -> str:
    """The text of the fault of a message; empty when it has none. Any other error than `Malformed` is the connector's defect."""
    try:
        bench.connector.read(message)
    except Malformed as error:
        return str(error)
    return ""
