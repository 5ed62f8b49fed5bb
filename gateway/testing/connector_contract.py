"""What every connector has to do, as tests. The whole test file of a connector is one statement:

TestTaxOffice = connector_contract(plugin, TaxOfficeSimulator)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.domain.agency import System
from gateway.mapping.examples import run_examples
from gateway.registry import read_config
from gateway.sdk import Malformed
from gateway.testing.connector_bench import SYSTEM, Bench, Folder
from gateway.testing.connector_folder import FILES, RULES, read_quality
from gateway.testing.connector_receiving import Receiving
from gateway.testing.connector_sending import Sending
from mappings import FOLDER as MAPPINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.sdk import Plugin
    from gateway.simulation import Simulator

__all__ = ["ConnectorContract", "connector_contract"]


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


class ConnectorContract(Sending, Receiving):
    """The whole contract; `connector_contract` gives the fixtures. A rule that `quality.yaml` answers with todo or exempt is skipped with
    its reason.
    """

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

    async def test_closing_twice_is_harmless(self, bench: Bench) -> None:
        await bench.connector.close()
        await bench.connector.close()


def _is_secret(name: str) -> bool:
    """Tell whether a setting of this name is a secret."""
    return any(word in name for word in ("password", "secret", "token_value", "private"))


def _convert(config: dict[str, Any], plugin: Plugin) -> object:
    """Read a configuration as the registry does."""
    return read_config(System(name=SYSTEM, agency="H21", connector=plugin.manifest.name, config=config), plugin)
