"""What the rules ask of a store before they decide, and what it answers; all in bulk."""

from __future__ import annotations

import msgspec

from gateway.adapters.ledger_rules.row import Row
from gateway.domain.dossier import Identifier
from gateway.domain.receipt import Receipt

__all__ = ["Detail", "DetailQuestion", "Lane", "LaneView", "Sight", "SightQuestion"]

Lane = tuple[str, str]


class SightQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages (sender, message id), identifiers (value, scheme), deliveries and refused news are known?"""

    messages: list[tuple[str, str]]
    identifiers: list[tuple[str, str]]
    deliveries: list[str]
    refused: list[str]


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Those that are known: the stored receipt, the dossier that owns the identifier, the row, the id of the refused news."""

    receipts: dict[tuple[str, str], Receipt]
    owners: dict[tuple[str, str], str]
    rows: dict[str, Row]
    refused: frozenset[str]


class DetailQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """How do these lanes (dossier, destination) stand, who waits in them behind a position, which ids have these dossiers?"""

    lanes: list[Lane]
    followers: list[tuple[str, str, int]]
    dossiers: list[str]


class LaneView(msgspec.Struct, frozen=True, kw_only=True):
    """The highest position of a lane, and whether a delivery holds it."""

    position: int
    busy: bool


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """The lanes that have deliveries, the first waiting of each lane asked for, the identifiers in the order they were learnt."""

    lanes: dict[Lane, LaneView]
    followers: dict[Lane, Row]
    identifiers: dict[str, tuple[Identifier, ...]]
