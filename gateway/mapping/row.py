"""The rows of a table, as they stand after reading it: what the compiler works from."""

from __future__ import annotations

from datetime import timezone
from typing import Literal, TypeAlias

import msgspec

from gateway.mapping.codes import CodeTable
from gateway.mapping.computed import Formula
from gateway.mapping.condition import Condition
from gateway.mapping.converter import Pair, Parts
from gateway.mapping.path import Path
from gateway.mapping.tree import MISSING, JsonValue, Missing
from gateway.mapping.way import Dialect

__all__ = [
    "Cell",
    "Document",
    "Each",
    "Embedded",
    "Policy",
    "Row",
    "Turn",
    "Unmapped",
    "Within",
]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What every value of this page is."""


class Policy(Value, frozen=True, kw_only=True):
    """What an agency's empty text, null and dummy values mean."""

    empty: Literal["absent", "empty", "text"] = "absent"
    nil: Literal["empty", "absent"] = "empty"
    trim: bool = False
    absent: frozenset[str] = frozenset()


class Turn(Value, frozen=True, kw_only=True):
    """What holds for a row in one of its directions."""

    active: bool = True
    required: bool = False
    when: Condition | None = None
    where: Condition | None = None
    default: JsonValue | Missing = MISSING


class Cell(Value, frozen=True, kw_only=True):
    """One value. `agency` has several paths for `Parts`, none for what is only read from a constant or a formula."""

    line: int
    agency: tuple[Path, ...]
    canonical: Path | None
    pair: Pair | Parts
    policy: Policy
    reading: Turn
    writing: Turn
    codes: CodeTable | None = None
    unknown: Literal["refuse", "absent", "keep"] = "refuse"
    constant: JsonValue | Missing = MISSING
    formula: Formula | None = None


class Each(Value, frozen=True, kw_only=True):
    """A list; of objects with `rows`, or, where `item` is there, of what that cell says."""

    line: int
    agency: Path
    canonical: Path
    reading: Turn
    writing: Turn
    rows: tuple[Row, ...]
    item: Cell | None = None


class Within(Value, frozen=True, kw_only=True):
    """A part of both documents where the paths of the rows start."""

    line: int
    agency: Path
    canonical: Path
    reading: Turn
    writing: Turn
    rows: tuple[Row, ...]


class Embedded(Value, frozen=True, kw_only=True):
    """A document inside a text."""

    line: int
    agency: Path
    canonical: Path
    base64: bool
    document: Document
    reading: Turn
    writing: Turn
    rows: tuple[Row, ...]


Row: TypeAlias = Cell | Each | Within | Embedded


class Unmapped(Value, frozen=True, kw_only=True):
    """What happens to agency fields that no row reads."""

    mode: Literal["keep", "refuse", "drop"]
    at: Path = ()


class Document(Value, frozen=True, kw_only=True):
    """How the agency's document is written."""

    format: Literal["json", "xml"]
    dialect: Dialect
    zone: timezone
    policy: Policy
    root: str = ""
    namespaces: dict[str, str] = {}
