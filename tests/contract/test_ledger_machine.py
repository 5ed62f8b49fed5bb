"""Both ledgers behave as the model, whatever is done to them."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gateway.adapters.postgres.ledger import open_postgres_ledger
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from tests.contract.ledger_machine import LedgerMachine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.testing.ledger_sample import WholeLedger

#: A story of fifty steps against a real file shrinks for minutes; the unshrunk one is told at once.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much)


def test_the_ledger_in_one_file_behaves_as_the_model() -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[WholeLedger]:
        with tempfile.TemporaryDirectory() as folder:
            async with open_sqlite_ledger(Path(folder) / "ledger") as ledger:
                yield ledger

    machine = type("SqliteMachine", (LedgerMachine,), {"open": staticmethod(opened)})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=60, stateful_step_count=50, deadline=None, phases=PHASES, suppress_health_check=SLOW)
    )


@pytest.mark.slow
async def test_the_ledger_in_a_database_behaves_as_the_model(database: str) -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[WholeLedger]:
        connection = await asyncpg.connect(database)
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        await connection.close()
        async with open_postgres_ledger(database) as ledger:
            yield ledger

    machine = type("PostgresMachine", (LedgerMachine,), {"open": staticmethod(opened)})
    given = settings(max_examples=12, stateful_step_count=30, deadline=None, phases=PHASES, suppress_health_check=SLOW)

    await asyncio.to_thread(run_state_machine_as_test, machine, settings=given)
