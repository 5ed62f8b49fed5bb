"""Decide what becomes of news that are kept, and of those that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.change import Entry
from gateway.domain.errors import Malformed, Problem

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.adapters.ledger_rules.change import Changes
    from gateway.adapters.ledger_rules.command import Forget, Keep, Refuse
    from gateway.ports import Revision

__all__ = ["forget", "keep", "refuse", "revise"]


def keep(wanted: Keep, changes: Changes) -> None:
    """Keep news, and the checkpoint that speaks of them."""
    changes.kept.extend(wanted.news)
    if wanted.checkpoint:
        changes.checkpoints.append(wanted.checkpoint)


def forget(wanted: Forget, changes: Changes) -> None:
    """Keep news no longer; that they were accepted is journalled with their transfers, and here when they were refused before."""
    kept = wanted.kept
    changes.forgotten.append(kept.id)
    if kept.again:
        changes.journal.append(
            Entry(at=wanted.at, transfer_id=kept.id, delivery_id="", before="again", after="accepted", who=kept.system, why="")
        )


def refuse(wanted: Refuse, changes: Changes) -> None:
    """Put news aside."""
    kept = wanted.kept
    changes.forgotten.append(kept.id)
    changes.refused.append(wanted)
    before = "again" if kept.again else ""
    changes.journal.append(
        Entry(at=wanted.at, transfer_id=kept.id, delivery_id="", before=before, after="refused", who=kept.system, why=wanted.code)
    )


def revise(wanted: Revision, known: Collection[str], changes: Changes) -> Malformed | None:
    """Have refused news read again, or discard them; or say that there are none."""
    if wanted.news_id not in known:
        return Malformed([Problem(path="news_id", rule="no such news are refused")], code="not_found")
    changes.revised.append(wanted)
    after = "again" if wanted.again else "discarded"
    changes.journal.append(
        Entry(at=wanted.at, transfer_id=wanted.news_id, delivery_id="", before="refused", after=after, who=wanted.who, why=wanted.why)
    )
    return None
