"""The transfers that this process accepted last, so that a worker in the same process need not read or decode them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.transfer import AcceptedTransfer

__all__ = ["Recent"]


class Recent:
    """Owns the last few; whoever does not find one here reads it from the ledger."""

    def __init__(self, most: int = 500) -> None:
        """Begin with none; keep at most so many."""
        self._most = most
        self._kept: dict[str, AcceptedTransfer] = {}

    def keep(self, accepted: AcceptedTransfer) -> None:
        """Keep one; the oldest gives way."""
        if len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[accepted.id] = accepted

    def find(self, transfer_id: str) -> AcceptedTransfer | None:
        """Find one that is still kept."""
        return self._kept.get(transfer_id)
