"""The ledger in one file keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.testing.ledger_contract import LedgerContract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.testing.ledger_sample import WholeLedger


class TestSqliteLedger(LedgerContract):
    @pytest_asyncio.fixture
    async def ledger(self, tmp_path: Path) -> AsyncIterator[WholeLedger]:
        async with open_sqlite_ledger(tmp_path / "ledger.sqlite") as opened:
            yield opened
