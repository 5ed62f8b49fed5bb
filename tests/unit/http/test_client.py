"""The way out over HTTP: what left, what may have left, what was never called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from inspect import getmembers, isclass

import aiohttp
import pytest
from aiohttp import web

from gateway.adapters.http import AiohttpHttp
from gateway.adapters.http.client import FOREIGN, UNSENDABLE
from gateway.domain.errors import GatewayError, OutcomeUnknown, Refused, RetryLater

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
SPOKEN = "tham-so-rieng-tu"


@asynccontextmanager
async def server(handle: Answering) -> AsyncIterator[str]:
    app = web.Application(client_max_size=1024**3)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(answer)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()


async def everything(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def ok(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.method} {request.query_string} {await request.text()}", headers={"X-Ma": "7"})


async def stall(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"content-length": "100"})
    await answer.prepare(request)
    await answer.write(b"mot nua")
    await asyncio.sleep(10)
    return answer


async def test_an_answer_is_whole_whatever_its_status() -> None:
    async with server(ok) as url, AiohttpHttp() as http:
        answer = await http.request("POST", url, params={"a": "1"}, body=b"than")

    assert (answer.status, answer.body, answer.headers["x-ma"]) == (200, b"POST a=1 than", "7")


async def test_a_body_is_streamed() -> None:
    seen: list[int] = []

    async def count(request: web.Request) -> web.Response:
        seen.extend([len(chunk) async for chunk in request.content.iter_chunked(65536)])
        return web.Response()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(65536)

    async with server(count) as url, AiohttpHttp() as http:
        assert (await http.request("PUT", url, body=pieces())).status == 200

    assert sum(seen) == 64 * 65536


async def test_a_refused_connection_is_tried_later_and_surely_was_not_taken() -> None:
    async with server(ok) as url:
        pass
    async with AiohttpHttp() as http:
        with pytest.raises(RetryLater) as caught:
            await http.request("POST", f"{url}/?a={SPOKEN}")

    assert not isinstance(caught.value, OutcomeUnknown)
    assert SPOKEN not in str(caught.value)


async def test_a_name_that_does_not_exist_is_tried_later() -> None:
    async with AiohttpHttp() as http:
        with pytest.raises(RetryLater) as caught:
            await http.request("POST", "http://khong-co.invalid/")

    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nit",
        b"khong phai http\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["silence", "half", "nonsense", "bad chunk"],
)
async def test_no_whole_answer_is_unknown_and_for_a_question_to_be_asked_again(answer: bytes) -> None:
    async with raw_server(answer) as url, AiohttpHttp() as http:
        with pytest.raises(OutcomeUnknown):
            await http.request("POST", url, body=b"x")
        with pytest.raises(RetryLater) as caught:
            await http.request("POST", url, body=b"x", safe=True)

    assert not isinstance(caught.value, OutcomeUnknown)


async def through(http: AiohttpHttp, url: str, *, safe: bool = False, body: bytes | AsyncIterator[bytes] = b"x") -> tuple[int, bytes]:
    async with http.stream("POST", url, body=body, safe=safe) as answer:
        return answer.status, await everything(answer.chunks)


async def test_an_answer_is_streamed_whatever_its_status() -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=500, body=await request.read() * 100, headers={"X-Ma": "7"})

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield bytes(65536)

    async with server(refuse) as url, AiohttpHttp() as http:
        status, body = await through(http, url, body=pieces())
        async with http.stream("POST", url) as answer:
            assert answer.headers["x-ma"] == "7"

    assert (status, len(body)) == (500, 4 * 65536 * 100)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nit", b"khong phai http\r\n\r\n"])
async def test_a_stream_that_is_not_whole_is_unknown_and_for_a_question_to_be_asked_again(answer: bytes) -> None:
    async with raw_server(answer) as url, AiohttpHttp() as http:
        with pytest.raises(OutcomeUnknown):
            await through(http, url)
        with pytest.raises(RetryLater) as caught:
            await through(http, url, safe=True)

    assert not isinstance(caught.value, OutcomeUnknown)


async def test_a_stream_is_given_up_where_nothing_comes_or_too_much_does() -> None:
    async with server(stall) as url, AiohttpHttp(call_seconds=0.3) as http, asyncio.timeout(3):
        with pytest.raises(OutcomeUnknown):
            await through(http, url)
    async with server(ok) as url, AiohttpHttp(download_bytes=3) as http:
        with pytest.raises(OutcomeUnknown):
            await through(http, url)
    async with AiohttpHttp() as http:
        with pytest.raises(RetryLater) as caught:
            await through(http, url)

    assert not isinstance(caught.value, OutcomeUnknown)


async def test_an_error_of_who_reads_a_stream_stays_what_it_is() -> None:
    async with server(ok) as url, AiohttpHttp() as http:
        with pytest.raises(OSError, match="dia day"):
            async with http.stream("POST", url):
                raise OSError("dia day")
        assert (await http.request("POST", url)).status == 200


async def test_a_body_that_stops_midway_is_given_up_in_time() -> None:
    async with server(stall) as url, AiohttpHttp(call_seconds=0.3) as http:
        async with asyncio.timeout(3):
            with pytest.raises(OutcomeUnknown):
                await http.request("POST", url)
        async with asyncio.timeout(3):
            with pytest.raises(RetryLater):
                await everything(http.fetch(url))


async def test_a_download_may_want_another_method() -> None:
    async with server(ok) as url, AiohttpHttp() as http:
        assert await everything(http.fetch(url, method="POST")) == b"POST  "


async def test_waiting_for_a_free_connection_is_not_a_call() -> None:
    async with server(stall) as url, AiohttpHttp(call_seconds=1.5) as http:
        calls = [asyncio.create_task(http.request("POST", url)) for _ in range(64)]
        await asyncio.sleep(0.5)
        with pytest.raises(RetryLater) as caught:
            await http.request("POST", url, seconds=0.2)
        await asyncio.gather(*calls, return_exceptions=True)

    assert not isinstance(caught.value, OutcomeUnknown)


async def test_an_answer_beyond_the_limit_is_not_read() -> None:
    async def endless(_: web.Request) -> web.Response:
        return web.Response(body=bytes(200_000))

    async with server(endless) as url, AiohttpHttp(answer_bytes=100_000, download_bytes=100_000) as http:
        with pytest.raises(OutcomeUnknown, match="100000 bytes"):
            await http.request("GET", url)
        with pytest.raises(Refused, match="100000 bytes"):
            await everything(http.fetch(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://100.100.100.200/",
        "http://0.0.0.0/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "ftp://127.0.0.1/",
        "file:///etc/hostname",
        "khong phai dia chi",
        "http://127.0.0.1:99999/",
        "",
    ],
)
async def test_a_forbidden_address_is_never_called(url: str) -> None:
    async with AiohttpHttp() as http:
        with pytest.raises(Refused):
            await http.request("GET", url)
        with pytest.raises(Refused):
            await everything(http.fetch(url))


async def test_a_name_behind_which_a_forbidden_address_lies_is_refused() -> None:
    async with server(ok) as url, AiohttpHttp(forbidden=lambda address: address.is_loopback) as http:
        with pytest.raises(Refused):
            await http.request("GET", url.replace("127.0.0.1", "localhost"))


async def test_a_download_does_not_follow_to_a_forbidden_address() -> None:
    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/")

    async with server(away) as url, AiohttpHttp() as http:
        with pytest.raises(Refused):
            await everything(http.fetch(url))


async def test_a_download_follows_a_redirection_and_leaves_the_headers_behind() -> None:
    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=request.headers.get("authorization", "none"))

    async with server(tell) as there:

        async def away(_: web.Request) -> web.Response:
            raise web.HTTPFound(there)

        async with server(away) as here, AiohttpHttp() as http:
            assert await everything(http.fetch(here, headers={"authorization": "Bearer x"})) == b"none"
            assert await everything(http.fetch(there, headers={"authorization": "Bearer x"})) == b"Bearer x"


async def test_an_endless_redirection_ends() -> None:
    async def around(_: web.Request) -> web.Response:
        raise web.HTTPFound("/again")

    async with server(around) as url, AiohttpHttp() as http:
        with pytest.raises(Refused, match="again and again"):
            await everything(http.fetch(url))


@pytest.mark.parametrize(("status", "error"), [(404, Refused), (401, Refused), (503, RetryLater), (429, RetryLater)])
async def test_a_failed_download_says_what_to_do(status: int, error: type[GatewayError]) -> None:
    async def fail(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with server(fail) as url, AiohttpHttp() as http:
        with pytest.raises(error) as caught:
            await everything(http.fetch(url))

    assert caught.value.code == f"http_{status}"


async def test_a_header_that_would_smuggle_is_refused() -> None:
    async with server(ok) as url, AiohttpHttp() as http:
        with pytest.raises(Refused):
            await http.request("GET", url, headers={"x-ma": "1\r\nx-khac: 2"})


def test_every_error_of_the_library_is_mapped() -> None:
    found = [error for _, error in getmembers(aiohttp, isclass) if issubclass(error, Exception) and not issubclass(error, Warning)]
    elsewhere = {aiohttp.EofStream, aiohttp.WebSocketError}  # of raw streams and web sockets, which are not used

    assert len(found) > 20
    assert {error for error in found if not issubclass(error, (*FOREIGN, *UNSENDABLE))} == elsewhere
