"""What every ledger must do: subclass it, override the fixture `ledger` with an empty one."""

from __future__ import annotations

from gateway.testing.ledger_accepting import Accepting
from gateway.testing.ledger_delivering import Delivering
from gateway.testing.ledger_hearing import Hearing
from gateway.testing.ledger_watching import Watching

__all__ = ["LedgerContract"]


class LedgerContract(Accepting, Delivering, Hearing, Watching):
    """The whole contract: accepting, delivering, hearing, watching."""
