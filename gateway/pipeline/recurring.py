"""Do something again and again, whatever becomes of it: what sweeps and measures must never fall silent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import structlog

from gateway.domain.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["recur"]

log = structlog.get_logger(__name__)


async def recur(name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> NoReturn:
    """Do the work, pause so many seconds, and begin again, until cancelled; a failure or a defect is told and changes nothing."""
    while True:
        try:
            await work()
        except GatewayError as error:
            log.warning("loop_failed", loop=name, reason=error.text)
        except Exception as error:  # noqa: BLE001 - a defect met once must not end what everything rests on
            log.error("loop_failed_by_defect", loop=name, error=type(error).__name__)  # noqa: TRY400 - a traceback may quote a document
        await asyncio.sleep(seconds)
