"""Registry: what it promises, shown."""

from __future__ import annotations

import pytest

from connectors.igate import plugin
from connectors.igate.config import Config
from gateway.domain.agency import System
from gateway.domain.errors import Malformed
from gateway.registry import plugins, read_config


def system(**config: object) -> System:
    return System(name="mot-cua", agency="H21", connector="igate", config=config)


def test_every_installed_connector_is_found_under_the_name_in_its_manifest() -> None:
    found = plugins()

    assert found
    assert {name: one.manifest.name for name, one in found.items()} == {name: name for name in found}


def test_a_configuration_becomes_the_type_of_its_connector() -> None:
    config = read_config(system(url="http://127.0.0.1", token_url="http://127.0.0.1/t", username="u", password="p", page_size="20"), plugin)

    assert isinstance(config, Config)
    assert config.page_size == 20


def test_every_fault_of_a_configuration_is_listed_with_its_path_and_no_value() -> None:
    with pytest.raises(Malformed) as caught:
        read_config(system(url="bi-mat", page_size=0, la="x", password="bi-mat-that"), plugin)

    assert sorted(problem.path for problem in caught.value.problems) == [
        "systems[mot-cua].config.la",
        "systems[mot-cua].config.page_size",
        "systems[mot-cua].config.token_url",
        "systems[mot-cua].config.url",
        "systems[mot-cua].config.username",
    ]
    assert "bi-mat" not in str(caught.value)
