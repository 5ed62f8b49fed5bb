"""Connector readme: what it promises, shown."""

from __future__ import annotations

from pathlib import Path

from gateway.testing.connector_folder import FILES, RULES

README = (Path(__file__).parents[2] / "connectors/README.md").read_text(encoding="utf-8")


def test_the_page_names_every_rule_of_quality_as_it_is() -> None:
    assert [rule for rule, words in RULES.items() if f"| `{rule}` | {words} |" not in README] == []


def test_the_page_names_every_file_of_the_folder() -> None:
    assert [name for name in FILES if f"`{name}" not in README] == []
