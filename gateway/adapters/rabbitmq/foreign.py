"""Turn whatever the client library raises into an error of the gateway; the only place that knows its exceptions."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pamqp.exceptions
from aiormq.exceptions import AMQPError, ChannelInvalidStateError

from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FOREIGN", "as_retry_later"]

#: RuntimeError and StopAsyncIteration: the library says so of a connection that is closed; OSError includes TimeoutError.
FOREIGN = (
    AMQPError,
    ChannelInvalidStateError,
    OSError,
    RuntimeError,
    StopAsyncIteration,
    pamqp.exceptions.PAMQPException,
)


@contextmanager
def as_retry_later(effort: str) -> Iterator[None]:
    """Raise `RetryLater` naming the effort and the kind of the foreign error; its text is left out, it may quote the address.

    The library also cancels whoever waits on a connection that it closes; that is told apart from a cancellation of the caller.
    """
    try:
        yield
    except FOREIGN as error:
        raise _broker_failed(effort, error) from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise _broker_failed(effort, error) from error


def _broker_failed(effort: str, error: BaseException) -> RetryLater:
    """Say in a sentence what the broker could not do, and of which kind the error is and what it came from."""
    kinds = type(error).__name__
    if error.__cause__ is not None:
        kinds += f" from {type(error.__cause__).__name__}"
    return RetryLater(f"the broker could not {effort}: {kinds}", code="broker")
