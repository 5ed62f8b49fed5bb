"""No exception of the client library leaves the adapter."""

from __future__ import annotations

import asyncio
import inspect
import ssl

import aio_pika.exceptions
import aiormq.exceptions
import pamqp.exceptions
import pytest

from gateway.adapters.rabbitmq.foreign import FOREIGN, as_retry_later
from gateway.domain.errors import RetryLater

EXCEPTIONS = sorted(
    {
        value
        for module in (aiormq.exceptions, aio_pika.exceptions, pamqp.exceptions)
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, BaseException)
    },
    key=lambda kind: f"{kind.__module__}.{kind.__name__}",
)


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: str(kind.__name__))
def test_every_exception_of_the_library_becomes_retry_later(kind: type[BaseException]) -> None:
    foreign = kind.__new__(kind)

    with pytest.raises(RetryLater, match=kind.__name__), as_retry_later("answer"):
        raise foreign


def test_the_text_of_a_foreign_error_stays_inside() -> None:
    with pytest.raises(RetryLater) as caught, as_retry_later("be reached"):
        raise OSError("amqp://user:password@host")

    assert "password" not in str(caught.value)


def test_the_kind_of_error_behind_a_foreign_one_is_told() -> None:
    with pytest.raises(RetryLater, match="AMQPConnectionError from SSLCertVerificationError") as caught, as_retry_later("be reached"):
        raise aiormq.exceptions.AMQPConnectionError from ssl.SSLCertVerificationError("certificate of host")

    assert "certificate of host" not in str(caught.value)


def test_the_library_was_found() -> None:
    assert len(EXCEPTIONS) > len(FOREIGN) + 20


async def test_a_wait_that_the_library_cancels_becomes_retry_later() -> None:
    with pytest.raises(RetryLater), as_retry_later("answer"):
        raise asyncio.CancelledError


async def test_a_cancellation_of_the_caller_stays_one() -> None:
    async def wait() -> None:
        with as_retry_later("answer"):
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
