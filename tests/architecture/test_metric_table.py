"""The runbook's table of metrics is the catalogue."""

from pathlib import Path

from gateway.adapters.prometheus import catalogue_table

RUNBOOK = Path(__file__).parents[2] / "deploy" / "README.md"


def test_the_runbook_lists_the_catalogue_as_it_is() -> None:
    assert RUNBOOK.read_text(encoding="utf-8").endswith(catalogue_table()), "run scripts/generate"
