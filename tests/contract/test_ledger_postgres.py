"""The ledger in a database keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from gateway.adapters.postgres.ledger import open_postgres_ledger
from gateway.testing.ledger_contract import LedgerContract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.testing.ledger_sample import WholeLedger


class TestPostgresLedger(LedgerContract):
    @pytest_asyncio.fixture
    async def ledger(self, database: str) -> AsyncIterator[WholeLedger]:
        async with open_postgres_ledger(database) as opened:
            yield opened
