"""What is to run for ever does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.adapters.rabbitmq import perpetual
from gateway.adapters.rabbitmq.perpetual import Perpetual

if TYPE_CHECKING:
    import pytest


async def test_a_task_that_fails_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perpetual, "PAUSE_SECONDS", 0.0)
    begun, third = 0, asyncio.Event()

    async def act() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise LookupError
        third.set()
        await asyncio.Event().wait()

    task = Perpetual(act, name="test")
    task.begin()

    await asyncio.wait_for(third.wait(), timeout=5)
    await task.close()
    assert begun == 3


async def test_a_closed_task_stays_closed() -> None:
    ended = asyncio.Event()

    async def act() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = Perpetual(act, name="test")
    task.begin()
    await asyncio.sleep(0.01)

    await task.close()

    assert ended.is_set()
    await task.close()


async def test_a_swallowed_cancellation_does_not_keep_it_alive() -> None:
    async def act() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = Perpetual(act, name="test")
    task.begin()
    await asyncio.sleep(0.01)

    await asyncio.wait_for(task.close(), timeout=5)
