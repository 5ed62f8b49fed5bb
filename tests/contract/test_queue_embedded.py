"""The embedded queue keeps the promises of a queue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.embedded_queue import EmbeddedQueue
from gateway.testing.queue_contract import QueueContract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TestEmbeddedQueue(QueueContract):
    """In memory."""

    @pytest.fixture
    async def queue(self) -> AsyncIterator[EmbeddedQueue]:
        """Open a queue for one test."""
        queue = EmbeddedQueue(first_pause=timedelta(milliseconds=50))
        yield queue
        await queue.close()
