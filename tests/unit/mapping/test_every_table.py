"""What holds for every mapping table of the gateway, and for the samples of these tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.mapping import CompiledMapping, load_table
from gateway.mapping.examples import run_examples
from gateway.testing.mapping_strategies import canonical_trees, lost_on_the_way

if TYPE_CHECKING:
    from gateway.mapping.tree import Tree

ROOT = Path(__file__).parents[3] / "mappings"
SAMPLES = Path(__file__).parent / "tables"
TABLES = [
    path
    for folder in (*sorted(ROOT.glob("*/")), SAMPLES)
    for path in sorted(folder.glob("*.yaml"))
    if not path.name.endswith(".examples.yaml")
]

table = cache(load_table)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", TABLES, ids=name_of)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_what_a_table_carries_comes_back_from_the_agency(path: Path, data: st.DataObject) -> None:
    mapping = table(path)
    canonical: Tree = data.draw(canonical_trees(mapping))

    assert lost_on_the_way(mapping, canonical) == []


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_the_examples_beside_a_table_hold(path: Path) -> None:
    failed = [result for result in run_examples(path) if not result.passed]

    assert failed == []


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_a_table_is_named_after_its_file(path: Path) -> None:
    mapping: CompiledMapping = table(path)

    assert mapping.name.split("/")[1] == path.stem
