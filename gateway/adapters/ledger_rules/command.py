"""What a ledger can be told to do: the commands that share a commit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from gateway.domain.errors import Problem
from gateway.ports import Acceptance, Act, Kept, Revision, Settlement

__all__ = ["Ask", "Command", "Forget", "Grant", "Keep", "Refuse", "Sweep", "Take"]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Remember that open cases were asked about."""

    destination: str
    dossier_ids: tuple[str, ...]
    at: datetime


class Forget(msgspec.Struct, frozen=True, kw_only=True):
    """Keep news no longer."""

    kept: Kept
    at: datetime


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Let a system read an attachment."""

    system: str
    sha256: str


class Keep(msgspec.Struct, frozen=True, kw_only=True):
    """Keep news, and write a checkpoint with them."""

    news: tuple[Kept, ...]
    checkpoint: tuple[str, str] | None


class Refuse(msgspec.Struct, frozen=True, kw_only=True):
    """Put news aside for a person."""

    kept: Kept
    code: str
    problems: tuple[Problem, ...]
    at: datetime


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """Look for leases that ran out, and for work that the queue may not have."""

    now: datetime
    limit: int
    grace: timedelta
    skip: frozenset[str]


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """Take a delivery under a lease."""

    delivery_id: str
    owner: str
    now: datetime
    until: datetime


Command: TypeAlias = Acceptance | Act | Ask | Forget | Grant | Keep | Refuse | Revision | Settlement | Sweep | Take
