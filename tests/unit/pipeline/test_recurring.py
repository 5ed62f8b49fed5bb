"""What recurs goes on after failures and defects, and ends when it is cancelled."""

from __future__ import annotations

import asyncio

import pytest

from gateway.domain.errors import NeedsPerson, RetryLater
from gateway.pipeline.recurring import recur


async def test_neither_a_failure_nor_a_defect_ends_what_recurs() -> None:
    outcomes = iter([RetryLater("away"), NeedsPerson("stuck"), ValueError("defect"), None])
    reached = asyncio.Event()

    async def work() -> None:
        outcome = next(outcomes, None)
        if outcome is not None:
            raise outcome
        reached.set()

    task = asyncio.create_task(recur("sweep", 0, work))
    async with asyncio.timeout(5):
        await reached.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
