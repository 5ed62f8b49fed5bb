"""The client: sends requests, reads whole answers, streams downloads, and maps every error of aiohttp."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from gateway.adapters.http.guard import GuardedResolver, is_forbidden, require_allowed
from gateway.domain.errors import NeedsPerson, OutcomeUnknown, Refused, RetryLater
from gateway.sdk import HttpAnswer, HttpStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from ipaddress import IPv4Address, IPv6Address
    from types import TracebackType

__all__ = ["AiohttpHttp"]

CHUNK = 256 * 1024
#: An idle connection is used again only this long: common servers close theirs after 5 s, and a request that meets the closing is in doubt.
IDLE_SECONDS = 4.0
MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Everything that a call may raise; `ValueError` and `TypeError` come for headers and parameters that cannot be sent.
FOREIGN = (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError)
UNSENDABLE = (ValueError, TypeError)
#: Nothing of the request was sent when one of these is raised.
UNREACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ServerFingerprintMismatch)


class AiohttpHttp:
    """Implements `gateway.sdk.Http`. No error of aiohttp leaks; no text names more of an address than its host.

    `forbidden` tells the addresses that are never called, whatever name leads to them.
    """

    def __init__(
        self,
        *,
        call_seconds: float = 30.0,
        connect_seconds: float = 5.0,
        download_seconds: float = 900.0,
        answer_bytes: int = 64 * 1024 * 1024,
        download_bytes: int = 2 * 1024 * 1024 * 1024,
        forbidden: Callable[[IPv4Address | IPv6Address], bool] = is_forbidden,
    ) -> None:
        """Keep the limits: times in seconds, the largest answer and download in bytes."""
        self._call_seconds = call_seconds
        self._connect_seconds = connect_seconds
        self._download_seconds = download_seconds
        self._answer_bytes = answer_bytes
        self._download_bytes = download_bytes
        self._forbidden = forbidden
        self._allowed = lru_cache(maxsize=1024)(lambda url: require_allowed(url, forbidden))
        self._limits = lru_cache(maxsize=64)(self._limit)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=200,
                limit_per_host=64,
                keepalive_timeout=IDLE_SECONDS,
                resolver=GuardedResolver(self._forbidden),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
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
        """Send a request and read the whole answer; promise and errors as `gateway.sdk.Http.request`, and `Refused` for what cannot be
        sent at all. A redirection is an answer like any other.
        """
        target = self._allowed(url)
        timeout = self._limits(seconds or self._call_seconds)
        call = self._open().request(method, target, headers=headers, params=params, data=body, timeout=timeout, allow_redirects=False)
        try:
            async with call as answer:
                return await self._whole(answer, safe=safe)
        except aiohttp.InvalidURL as error:
            raise Refused("this is no address", code="bad_address") from error
        except FOREIGN as error:
            raise _mapped(error, str(target.host), safe=safe) from error
        except UNSENDABLE as error:
            raise Refused(f"a request to {target.host} cannot be sent: {type(error).__name__}", code="bad_request") from error

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        safe: bool = False,
        seconds: float | None = None,
    ) -> AsyncGenerator[HttpStream]:
        """Send a request and read its answer while it comes; promise and errors as `gateway.sdk.Http.stream`."""
        target = self._allowed(url)
        host = str(target.host)
        timeout = self._patience(seconds, reads_at_once=isinstance(body, bytes | None))
        try:
            answer = await self._open().request(method, target, headers=headers, data=body, timeout=timeout, allow_redirects=False)
        except FOREIGN as error:
            raise _mapped(error, host, safe=safe) from error
        except UNSENDABLE as error:
            raise Refused(f"a request to {host} cannot be sent: {type(error).__name__}", code="bad_request") from error
        try:
            yield HttpStream(status=answer.status, headers=_lowered(answer), chunks=self._arriving(answer, host, safe=safe))
        finally:
            answer.close()

    async def fetch(self, url: str, *, headers: Mapping[str, str] | None = None, method: str = "GET") -> AsyncIterator[bytes]:
        """Stream a download; promise and errors as `gateway.sdk.Http.fetch`. A few redirections are followed; the headers go only to the
        server that was named.
        """
        target = require_allowed(url, self._forbidden)
        try:
            for _ in range(MOST_REDIRECTS + 1):
                call = self._open().request(method, target, headers=headers, timeout=self._patience(), allow_redirects=False)
                async with call as answer:
                    if answer.status not in REDIRECTS:
                        async for chunk in self._pieces(answer):
                            yield chunk
                        return
                    target, headers = self._onward(answer, target, headers)
        except aiohttp.InvalidURL as error:
            raise Refused("this is no address", code="bad_address") from error
        except FOREIGN as error:
            raise RetryLater(f"the download from {target.host} broke: {type(error).__name__}", code="no_answer") from error
        except UNSENDABLE as error:
            raise Refused(f"a request to {target.host} cannot be sent: {type(error).__name__}", code="bad_request") from error
        raise Refused(f"{target.host} redirects a download again and again", code="redirects")

    def _open(self) -> aiohttp.ClientSession:
        """Name the open session."""
        if self._session is None:
            raise NeedsPerson("the HTTP client is not open")
        return self._session

    def _limit(self, seconds: float) -> aiohttp.ClientTimeout:
        """Limit a call. Waiting for a free connection counts as connecting, whose limit comes first: so it is known that nothing left."""
        connect_seconds = min(self._connect_seconds, seconds * 0.9)
        return aiohttp.ClientTimeout(total=seconds, connect=connect_seconds, sock_connect=connect_seconds)

    def _patience(self, seconds: float | None = None, *, reads_at_once: bool = True) -> aiohttp.ClientTimeout:
        """Limit a download: connecting, all of it, and each read, where an answer is waited for at once and not while something is sent."""
        read_seconds = self._call_seconds if reads_at_once else None
        return aiohttp.ClientTimeout(total=seconds or self._download_seconds, sock_connect=self._connect_seconds, sock_read=read_seconds)

    async def _whole(self, answer: aiohttp.ClientResponse, *, safe: bool) -> HttpAnswer:
        """Read the whole answer, up to the limit."""
        pieces: list[bytes] = []
        size = 0
        while piece := await answer.content.readany():
            pieces.append(piece)
            size += len(piece)
            if size > self._answer_bytes:
                text = f"{answer.url.host} answered more than {self._answer_bytes} bytes"
                raise RetryLater(text, code="answer_too_large") if safe else OutcomeUnknown(text, code="answer_too_large")
        return HttpAnswer(status=answer.status, headers=_lowered(answer), body=b"".join(pieces))

    async def _arriving(self, answer: aiohttp.ClientResponse, host: str, *, safe: bool) -> AsyncIterator[bytes]:
        """The pieces of an answer, up to the limit of a download."""
        size = 0
        try:
            async for chunk in answer.content.iter_chunked(CHUNK):
                size += len(chunk)
                if size > self._download_bytes:
                    break
                yield chunk
        except FOREIGN as error:
            raise _mapped(error, host, safe=safe) from error
        if size > self._download_bytes:
            text = f"{host} answered more than {self._download_bytes} bytes"
            raise RetryLater(text, code="answer_too_large") if safe else OutcomeUnknown(text, code="answer_too_large")

    async def _pieces(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """The pieces of a download that succeeded, up to the limit."""
        host, code = answer.url.host, f"http_{answer.status}"
        if answer.status in {408, 429} or answer.status >= 500:
            raise RetryLater(f"{host} answered {answer.status} to a download", code=code)
        if answer.status != 200:
            raise Refused(f"{host} answered {answer.status} to a download", code=code)
        size = 0
        async for chunk in answer.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > self._download_bytes:
                raise Refused(f"{host} sends more than {self._download_bytes} bytes", code="download_too_large")
            yield chunk

    def _onward(
        self, answer: aiohttp.ClientResponse, target: URL, headers: Mapping[str, str] | None
    ) -> tuple[URL, Mapping[str, str] | None]:
        """Name where a redirection leads, and the headers for there."""
        place = answer.headers.get("location", "")
        following = require_allowed(str(target.join(URL(place))) if place else "", self._forbidden)
        return following, headers if following.origin() == target.origin() else None


def _lowered(answer: aiohttp.ClientResponse) -> dict[str, str]:
    """The headers of an answer."""
    return {name.lower(): value for name, value in answer.headers.items()}


def _mapped(error: BaseException, host: str, *, safe: bool) -> RetryLater:
    """Say what an error of a call means for whoever called."""
    if isinstance(error, UNREACHED):
        return RetryLater(f"{host} cannot be reached: {type(error).__name__}", code="unreachable")
    text = f"{host} gave no whole answer: {type(error).__name__}"
    return RetryLater(text, code="no_answer") if safe else OutcomeUnknown(text, code="no_answer")
