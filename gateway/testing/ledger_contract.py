"""What every ledger must do: subclass it, override the fixture `ledger` with an empty one."""

from __future__ import annotations

from gateway.testing.ledger_accepting import Accepting

__all__ = ["LedgerContract"]


class LedgerContract(Accepting):
    """The whole contract."""
