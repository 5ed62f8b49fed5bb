"""What every connector has to do, as tests. The whole test file of a connector is one statement:

TestTaxOffice = connector_contract(plugin, TaxOfficeSimulator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from msgspec import UNSET

from gateway.domain.agency import System
from gateway.domain.errors import GatewayError
from gateway.mapping.examples import run_examples
from gateway.pipeline.recover import Stuck
from gateway.registry import read_config
from gateway.sdk import Deferred, Delivered, Malformed, Polls, Reconciles, Rejected, Serves, Unknown
from gateway.testing.connector_bench import SYSTEM, Bench, Folder, Tray, code_of, personal_values
from gateway.testing.connector_folder import FILES, RULES, read_quality
from gateway.testing.spoil import spoiled
from mappings import FOLDER as MAPPINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from gateway.sdk import Inbound, Outgoing, Plugin, Read, Transfer
    from gateway.simulation import Simulator

__all__ = ["ConnectorContract", "connector_contract"]

#: How often a case is asked about, or an agency moved on, before news must have come.
PATIENCE = 12


def connector_contract(plugin: Plugin, simulator: Callable[[], Simulator]) -> type[ConnectorContract]:
    """Make the tests of a connector, to be bound to a name that begins with `Test`. `simulator` makes one that is fresh and not started."""

    class Tests(ConnectorContract):
        """The contract of one connector."""

        @pytest_asyncio.fixture
        async def bench(self) -> AsyncIterator[Bench]:
            """The connector, open on its own simulator."""
            async with Bench(plugin, simulator()) as bench:
                yield bench

        @pytest.fixture
        def folder(self) -> Folder:
            """The folder of the connector."""
            return Folder(plugin)

        @pytest.fixture
        def named(self) -> Plugin:
            """The plug-in."""
            return plugin

    return Tests


class ConnectorContract:
    """The tests; `connector_contract` gives the fixtures. A rule that `quality.yaml` answers with todo or exempt is skipped with its reason."""

    # ---- the folder --------------------------------------------------------------------------------------------------

    def test_the_folder_has_every_file(self, folder: Folder) -> None:
        missing = [name for name in FILES if not (folder.root / name).exists()]

        assert not missing, f"connectors/{folder.name} lacks {missing}"

    def test_the_manifest_says_who_it_is(self, folder: Folder, named: Plugin) -> None:
        manifest = named.manifest

        assert manifest.name == folder.name
        assert all([manifest.title, manifest.title_vi, manifest.owner, manifest.dialect, manifest.source])

    def test_every_rule_of_quality_is_answered(self, folder: Folder) -> None:
        quality = read_quality(folder.root)

        assert sorted(quality) == sorted(RULES)

    def test_there_are_examples_in_both_directions(self, folder: Folder) -> None:
        assert any(transfer.event.kind == "submitted" for transfer in folder.outgoing()), "examples/outgoing needs a submission"
        if read_quality(folder.root)["inbound_examples"] is None:
            assert folder.inbound(), "examples/inbound is empty"

    def test_the_examples_of_every_table_hold(self, folder: Folder) -> None:
        tables = [path for path in sorted((MAPPINGS / folder.name).glob("*.yaml")) if not path.name.endswith(".examples.yaml")]
        results = [result for path in tables for result in run_examples(path)]

        assert not [f"{one.table}, {one.example} ({one.direction}): {one.differences}" for one in results if not one.passed]
        if read_quality(folder.root)["table_examples"] is None:
            assert results, "no table has examples"

    # ---- configuration -----------------------------------------------------------------------------------------------

    async def test_an_unknown_field_of_the_configuration_is_refused_with_its_path(self, bench: Bench) -> None:
        with pytest.raises(Malformed) as caught:
            bench.open({**bench.simulator.config(), "khong_co_truong_nay": 1})

        assert any("khong_co_truong_nay" in str(problem) for problem in caught.value.problems)

    async def test_a_secret_is_not_shown_by_the_configuration(self, bench: Bench, named: Plugin) -> None:
        given = bench.simulator.config()
        secrets = [value for name, value in given.items() if isinstance(value, str) and _is_secret(name)]

        shown = repr(_convert(given, named))

        assert not [name for name in given if given[name] in secrets and str(given[name]) in shown]

    # ---- sending -----------------------------------------------------------------------------------------------------

    async def test_writing_is_pure(self, bench: Bench) -> None:
        for number in range(len(bench.folder.outgoing())):
            outgoing = bench.outgoing(example=number)

            assert bench.connector.write(outgoing) == bench.connector.write(outgoing)

    async def test_every_example_is_delivered_once(self, bench: Bench) -> None:
        for number in range(len(bench.folder.outgoing())):
            ended = await bench.attempt(bench.outgoing(example=number))

            assert isinstance(ended, Delivered), ended
        assert bench.simulator.effects
        assert max(bench.simulator.effects.values()) == 1

    async def test_the_same_delivery_sent_twice_has_one_effect(self, bench: Bench) -> None:
        first = await bench.attempt(bench.outgoing())
        again = await bench.attempt(bench.outgoing())

        assert isinstance(first, Delivered), first
        assert isinstance(again, Delivered), again
        assert again.reference == first.reference
        assert max(bench.simulator.effects.values()) == 1

    async def test_a_line_cut_after_it_was_taken_is_unknown_and_asking_finds_it(self, bench: Bench) -> None:
        outgoing = bench.outgoing(2)
        await bench.attempt(bench.outgoing(1))
        bench.simulator.fault = "silent"

        ended = await bench.attempt(outgoing)

        assert isinstance(ended, Unknown), ended
        bench.simulator.fault = ""
        self._require(bench, "reconciles")
        assert isinstance(bench.connector, Reconciles)
        assert isinstance(await bench.connector.reconcile(outgoing), Delivered)

    async def test_asking_for_what_was_never_sent_finds_nothing(self, bench: Bench) -> None:
        self._require(bench, "reconciles")
        assert isinstance(bench.connector, Reconciles)

        assert await bench.connector.reconcile(bench.outgoing()) is None

    async def test_what_is_unavailable_is_tried_later(self, bench: Bench) -> None:
        await bench.attempt(bench.outgoing(1))
        bench.simulator.fault = "unavailable"

        ended = await bench.attempt(bench.outgoing(2))

        assert isinstance(ended, Deferred), ended
        assert ended.about_destination
        bench.simulator.fault = ""
        assert isinstance(await bench.attempt(bench.outgoing(2)), Delivered)

    async def test_what_is_down_is_tried_later(self, bench: Bench) -> None:
        await bench.simulator.stop()

        ended = await bench.attempt(bench.outgoing())

        assert isinstance(ended, Deferred), ended
        assert ended.about_destination
        await bench.simulator.start()
        assert isinstance(await bench.attempt(bench.outgoing()), Delivered)

    async def test_a_refusal_is_final_and_has_a_code(self, bench: Bench) -> None:
        self._require(bench, "refuses_with_code")
        outgoing = bench.outgoing()
        bench.simulator.refuse.add(code_of(outgoing))

        ended = await bench.attempt(outgoing)

        assert isinstance(ended, Rejected), ended
        assert ended.code
        assert ended.text

    async def test_a_login_that_ran_out_is_renewed(self, bench: Bench) -> None:
        await bench.attempt(bench.outgoing(1))
        bench.simulator.expire_logins()

        assert isinstance(await bench.attempt(bench.outgoing(2)), Delivered)

    @pytest.mark.parametrize("fault", ["html", "not_json"])
    async def test_an_answer_that_is_none_never_settles_a_delivery(self, bench: Bench, fault: str) -> None:
        await bench.attempt(bench.outgoing(1))
        bench.simulator.fault = fault

        ended = await bench.attempt(bench.outgoing(2))

        assert isinstance(ended, Deferred | Unknown | Stuck), ended
        assert not (isinstance(ended, Stuck) and ended.cause == "defect"), ended

    async def test_a_slow_answer_is_waited_for(self, bench: Bench) -> None:
        bench.simulator.fault = "slow"
        bench.simulator.slow_seconds = 0.2

        assert isinstance(await bench.attempt(bench.outgoing()), Delivered)

    # ---- receiving ---------------------------------------------------------------------------------------------------

    async def test_every_inbound_example_is_read(self, bench: Bench) -> None:
        self._require(bench, "inbound_examples")
        for example in bench.folder.inbound():
            if example.problems:
                with pytest.raises(Malformed) as caught:
                    bench.connector.read(example.message())
                assert sorted(problem.path for problem in caught.value.problems) == sorted(example.problems), example.about
            else:
                reads = bench.connector.read(example.message())
                assert tuple(str(read.transfer.event.kind) for read in reads) == example.events, example.about

    async def test_the_same_message_has_the_same_id(self, bench: Bench) -> None:
        self._require(bench, "inbound_examples")
        for example in bench.folder.inbound():
            if not example.problems:
                assert _ids(bench.connector.read(example.message())) == _ids(bench.connector.read(example.message()))

    async def test_a_spoiled_message_is_malformed_and_its_faults_are_impersonal(self, bench: Bench) -> None:
        self._require(bench, "inbound_examples")
        for example in bench.folder.inbound():
            personal = {value for transfer in _read_or_none(bench, example.message()) for value in personal_values(transfer)}
            for body in spoiled(example.body):
                text = _fault_of(bench, example.message_of(body))
                assert not [value for value in personal if value in text]

    async def test_the_status_of_a_dossier_comes_back(self, bench: Bench) -> None:
        self._require(bench, "status_returns")
        outgoing = bench.outgoing()
        ended = await bench.attempt(outgoing)
        assert isinstance(ended, Delivered), ended

        if isinstance(bench.connector, Polls):
            await self._poll_until_news(bench, bench.connector, outgoing, ended.reference)
        else:
            await self._take_pushes(bench)

    # ---- in the end --------------------------------------------------------------------------------------------------

    async def test_no_error_names_a_person(self, bench: Bench) -> None:
        outgoing = bench.outgoing()
        bench.simulator.refuse.add(code_of(outgoing))
        await bench.attempt(outgoing)
        for fault in ("unavailable", "html", "not_json", "silent"):
            bench.simulator.fault = fault
            await bench.attempt(bench.outgoing(2))
        personal = personal_values(outgoing.accepted.transfer)

        assert personal
        assert not [text for text in bench.texts if any(value in text for value in personal)]

    async def test_closing_twice_is_harmless(self, bench: Bench) -> None:
        await bench.connector.close()
        await bench.connector.close()

    # ---- how ---------------------------------------------------------------------------------------------------------

    @staticmethod
    def _require(bench: Bench, rule: str) -> None:
        """Skip a test whose rule is not answered with done."""
        reason = read_quality(bench.folder.root)[rule]
        if reason is not None:
            pytest.skip(f"{rule}: {reason}")

    @staticmethod
    async def _poll_until_news(bench: Bench, connector: Polls, outgoing: Outgoing, reference: str) -> None:
        """Ask again and again, the agency moving on, until there is news of the dossier; the same news must have the same id."""
        tray = Tray()
        checkpoint = None
        for _ in range(PATIENCE):
            bench.simulator.move(code_of(outgoing))
            polled = await connector.poll([bench.case(outgoing, reference)], checkpoint)
            checkpoint = polled.checkpoint or checkpoint
            for read in (*polled.reads, *polled.reads):
                await tray.accept(read)
            if any(_is_news(transfer, outgoing) for transfer in tray.transfers.values()):
                return
        pytest.fail("no news of the dossier came")

    @staticmethod
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


def _ids(reads: tuple[Read, ...]) -> list[str]:
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


def _is_secret(name: str) -> bool:
    """Tell whether a setting of this name is a secret."""
    return any(word in name for word in ("password", "secret", "token_value", "private"))


def _convert(config: dict[str, Any], plugin: Plugin) -> object:
    """Read a configuration as the registry does."""
    return read_config(System(name=SYSTEM, agency="H21", connector=plugin.manifest.name, config=config), plugin)
