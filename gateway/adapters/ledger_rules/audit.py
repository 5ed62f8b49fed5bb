"""Compute the chain of the journal again, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.journal import GENESIS, link
from gateway.ports import JournalCheck

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.adapters.ledger_rules.change import JournalRow

__all__ = ["Audit"]


class Audit:
    """Owns how far the check has come; `number` is the last entry found sound."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self.number = 0
        self._chain = GENESIS

    def read(self, rows: Iterable[JournalRow]) -> JournalCheck | None:
        """Check the next entries, in order; tell the first that is broken."""
        for row in rows:
            number = row[0]
            if number != self.number + 1:
                return self._broken(self.number + 1, "the entry is missing")
            chain = link(self._chain, row[:8])
            if chain != row[8]:
                return self._broken(number, "the entry, or one before it, is not what was written")
            self.number, self._chain = number, chain
        return None

    def end(self, number: int, chain: bytes) -> JournalCheck:
        """Compare with the stored end of the journal, when all entries up to it are read."""
        if number > self.number:
            return self._broken(self.number + 1, "the end of the journal is missing")
        if (number, chain) != (self.number, self._chain):
            return self._broken(number, "the stored end of the journal is another")
        return JournalCheck(sound=self.number)

    def _broken(self, number: int, reason: str) -> JournalCheck:
        """Say what is wrong."""
        return JournalCheck(sound=self.number, broken_at=number, reason=reason)
