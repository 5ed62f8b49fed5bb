"""The way out to agencies' HTTP servers, on one shared aiohttp session."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Self

import aiohttp
from yarl import URL

from gateway.domain.errors import NeedsPerson, OutcomeUnknown, Refused, RetryLater
from gateway.sdk import HttpAnswer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from types import TracebackType

__all__ = ["AiohttpHttp"]

CHUNK = 256 * 1024


class AiohttpHttp:
    """Implements `gateway.sdk.Http`. No error of aiohttp leaks; no error names more of an address than its host."""

    def __init__(self, *, call_seconds: float = 30.0, connect_seconds: float = 5.0, answer_bytes: int = 64 * 1024 * 1024) -> None:
        """Keep the limits: times in seconds, the largest answer in bytes."""
        self._call_seconds = call_seconds
        self._connect_seconds = connect_seconds
        self._answer_bytes = answer_bytes
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=200, limit_per_host=64, keepalive_timeout=15),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=True,
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        safe: bool = False,
        seconds: float | None = None,
    ) -> HttpAnswer:
        """Send a request and read the whole answer; promise and errors as `gateway.sdk.Http.request`."""
        host = _require_outside(url)
        try:
            async with self._open().request(
                method, url, headers=headers, params=params, data=body, timeout=self._timeout(seconds), allow_redirects=False
            ) as answer:
                content = await self._read(answer, host)
                lowered = {name.lower(): value for name, value in answer.headers.items()}
                return HttpAnswer(status=answer.status, headers=lowered, body=content)
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ConnectionTimeoutError) as error:
            raise RetryLater(f"{host} cannot be reached: {type(error).__name__}", code="unreachable") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            text = f"{host} gave no whole answer: {type(error).__name__}"
            raise (RetryLater(text, code="no_answer") if safe else OutcomeUnknown(text, code="no_answer")) from error

    async def fetch(self, url: str, *, headers: Mapping[str, str] | None = None) -> AsyncIterator[bytes]:
        """Stream a download; promise and errors as `gateway.sdk.Http.fetch`."""
        host = _require_outside(url)
        try:
            timeout = aiohttp.ClientTimeout(sock_connect=self._connect_seconds, sock_read=self._call_seconds)
            async with self._open().get(url, headers=headers, timeout=timeout) as answer:
                if answer.status >= 500:
                    raise RetryLater(f"{host} answered {answer.status} to a download", code=f"http_{answer.status}")
                if answer.status != 200:
                    raise Refused(f"{host} answered {answer.status} to a download", code=f"http_{answer.status}")
                async for chunk in answer.content.iter_chunked(CHUNK):
                    yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryLater(f"the download from {host} broke: {type(error).__name__}", code="no_answer") from error

    def _open(self) -> aiohttp.ClientSession:
        """Name the open session."""
        if self._session is None:
            raise NeedsPerson("the HTTP client is not open")
        return self._session

    def _timeout(self, seconds: float | None) -> aiohttp.ClientTimeout:
        """Limit connecting and the whole call."""
        return aiohttp.ClientTimeout(total=seconds or self._call_seconds, sock_connect=self._connect_seconds)

    async def _read(self, answer: aiohttp.ClientResponse, host: str) -> bytes:
        """Read the whole answer, up to the limit."""
        content = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            content += chunk
            if len(content) > self._answer_bytes:
                raise OutcomeUnknown(f"{host} answered more than {self._answer_bytes} bytes", code="answer_too_large")
        return bytes(content)


def _require_outside(url: str) -> str:
    """Name the host of an address. Raises `Refused` for an address that is no HTTP, or is link-local (where clouds keep their secrets)."""
    try:
        parsed = URL(url)
    except ValueError as error:
        raise Refused("this is no address", code="bad_address") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise Refused("only http and https addresses are called", code="bad_address")
    try:
        address = ipaddress.ip_address(parsed.host)
    except ValueError:
        return parsed.host
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise Refused("addresses of this kind are never called", code="bad_address")
    return parsed.host
