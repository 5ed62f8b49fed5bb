"""The folder contract of a connector: the files that every one has, and the rules that its `quality.yaml` answers."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FILES", "RULES", "read_quality", "require"]

#: What is in the folder of every connector.
FILES = (
    "README.md",
    "__init__.py",
    "config.py",
    "connector.py",
    "examples/outgoing",
    "manifest.yaml",
    "quality.yaml",
    "simulator.py",
    "translate.py",
    "wire.py",
)

#: The rules of quality; what the contract can see for itself it checks when the answer is `done`.
RULES: Mapping[str, str] = MappingProxyType(
    {
        "attachments": "files travel in both directions that the dialect has, and their hashes are the same at the other end",
        "facts_named": "the README says which facts of the dialect are seen in a source, and which are guesses to be checked",
        "inbound_examples": "examples/inbound has messages of the agency, and every one is read",
        "login_once": "a login is shared, renewed ahead of time, and renewed once when it is refused",
        "reconciles": "after an unanswered attempt the agency is asked before anything is sent again",
        "refuses_with_code": "a refusal of the agency becomes Rejected, with the agency's code and its words",
        "status_returns": "what the agency does with a dossier comes back as a canonical transfer",
        "table_examples": "mapping tables have examples beside them, and they hold",
    }
)


class Excuse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a rule is not answered with done."""

    todo: Annotated[str, Meta(min_length=10)] | None = None
    exempt: Annotated[str, Meta(min_length=10)] | None = None


def read_quality(folder: Path) -> dict[str, str | None]:
    """Read `quality.yaml`: for each rule None when it is done, else the reason why not.

    Raises `msgspec.ValidationError` for an answer that is neither `done`, `{todo: reason}` nor `{exempt: reason}`.
    """
    found = msgspec.yaml.decode((folder / "quality.yaml").read_bytes(), type=dict[str, Literal["done"] | Excuse])
    return {rule: None if answer == "done" else _reason(answer) for rule, answer in found.items()}


def require(folder: Path, rule: str) -> None:
    """Skip the test that runs, with the reason, when its rule is not answered with done."""
    reason = read_quality(folder)[rule]
    if reason is not None:
        pytest.skip(f"{rule}: {reason}")


def _reason(answer: Literal["done"] | Excuse) -> str:
    """The words of an excuse."""
    if isinstance(answer, Excuse):
        return f"todo: {answer.todo}" if answer.todo else f"exempt: {answer.exempt}"
    return ""
