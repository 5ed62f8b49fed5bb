"""The one place where any error of an attempt becomes an outcome, or a reason to park."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec
import structlog

from gateway.domain.errors import (
    GatewayError,
    Malformed,
    NeedsPerson,
    OutcomeUnknown,
    Refused,
    RetryLater,
)
from gateway.domain.outcome import Deferred, Outcome, Rejected, Unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Stuck", "recover", "sound"]

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt ended in something only a person can mend."""

    cause: str
    text: str


Ended: TypeAlias = "Outcome | Stuck"


async def recover(attempt: Callable[[], Awaitable[Outcome]], *, seconds: float, delivery_id: str) -> Ended:
    """Run an attempt under a deadline; whatever it raises is turned into what to do next.

    A deadline that passes is `Unknown`: nobody can say how far the attempt came. A defect (any foreign error) parks the delivery under
    the name of the error's class; its text is left out, for it may quote the document.
    """
    try:
        async with asyncio.timeout(seconds):
            return await attempt()
    except OutcomeUnknown as error:
        return Unknown(reason=error.text)
    except RetryLater as error:
        return Deferred(
            reason=error.text,
            after=error.after,
            about_destination=error.about_destination,
        )
    except Malformed as error:
        return Stuck(cause="malformed", text=str(error))
    except NeedsPerson as error:
        return Stuck(cause=error.code, text=error.text)
    except Refused as error:
        return Rejected(code=error.code, text=error.text)
    except TimeoutError:
        return Unknown(reason=f"no answer within {seconds:.0f} s")
    except Exception as error:  # noqa: BLE001 - a connector's defect must hold one delivery, not a worker
        place = _place(error)
        log.warning(
            "attempt_failed_by_defect",
            delivery_id=delivery_id,
            error=type(error).__name__,
            place=place,
        )
        return Stuck(cause="defect", text=f"{type(error).__name__} at {place}")


async def sound(reading: Awaitable[T], *, system: str) -> T:
    """Await what a connector reads; a defect of it (any foreign error) is raised as `NeedsPerson`, without its text."""
    try:
        return await reading
    except GatewayError:
        raise
    except Exception as error:
        place = _place(error)
        log.warning("reading_failed_by_defect", system=system, error=type(error).__name__, place=place)
        raise NeedsPerson(f"{type(error).__name__} at {place}", code="defect") from error


def _place(error: BaseException) -> str:
    """File and line where an error was raised."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return f"{where.tb_frame.f_code.co_filename.rpartition('/')[2]}:{where.tb_lineno}" if where else ""
