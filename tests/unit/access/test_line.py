"""Calls that show what a door wants to see: tokens, keys, hashes, hops."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from gateway.access.line import Line
from gateway.adapters.http import AiohttpHttp
from gateway.sdk import (
    Access,
    AuthHash,
    ClientCredentials,
    Fixed,
    HashedBasic,
    Malformed,
    OutcomeUnknown,
    PartnerKeys,
    PasswordGrant,
    Refused,
    RetryLater,
    XRoadAdapter,
)
from tests.connector_desk import NOW, StillClock

PARTNER = PartnerKeys(access_key="a", secret_key="s", app_name="mot-cua", partner_code="p")
PARTNER_HEADER = {"AccessKey": "a", "SecretKey": "s", "AppName": "mot-cua", "PartnerCode": "p", "PartnerCodeCus": ""}


class Bus:
    """A service bus on loopback: gives tokens, wants them, and remembers what it was shown."""

    def __init__(self) -> None:
        self.url = ""
        self.grant: object = {"access_token": "t-{}", "expires_in": 300}
        self.grant_status = 200
        self.wants_token = True
        self.given: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.seen: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.calls: Counter[str] = Counter()

    async def token(self, request: web.Request) -> web.Response:
        self.forms.append(parse_qs(await request.text()))
        self.seen.append(request)
        await asyncio.sleep(0)
        text = json.dumps(self.grant) if not isinstance(self.grant, str) else self.grant
        token = f"t-{len(self.given)}"
        self.given.append(token)
        return web.Response(text=text.replace("t-{}", token), status=self.grant_status)

    async def call(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        self.bodies.append(await request.read())
        if self.wants_token and request.headers.get("authorization") != f"Bearer {self.given[-1] if self.given else ''}":
            self.calls["refused"] += 1
            return web.Response(status=401)
        self.calls["taken"] += 1
        return web.Response(text="xong")

    def line(self, http: AiohttpHttp, access: Sequence[Access], clock: StillClock | None = None) -> Line:
        return Line(access, url=f"{self.url}/api/", seconds=5, http=http, clock=clock or StillClock())

    def keys(self, **more: Any) -> ClientCredentials:
        return ClientCredentials(token_url=f"{self.url}/token", key="khoa", secret="bi-mat", **more)


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Bus, AiohttpHttp]]:
    bus = Bus()
    app = web.Application()
    app.add_routes([web.post("/token", bus.token), web.route("*", "/api//{path:.*}", bus.call), web.route("*", "/api/{path:.*}", bus.call)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bus.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with AiohttpHttp() as http:
            yield bus, http
    finally:
        await runner.cleanup()


async def test_a_key_and_its_secret_get_a_token_that_every_call_shows() -> None:
    async with running() as (bus, http):
        line = bus.line(http, [bus.keys(scope="ho-so", partner=PARTNER)])
        answers = [await line.request("POST", "/nhan", headers={"x-a": "1"}, body=b"{}") for _ in range(3)]

    assert [answer.body for answer in answers] == [b"xong"] * 3
    asked, called, *_ = bus.seen
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"khoa:bi-mat").decode()
    assert bus.forms == [{"grant_type": ["client_credentials"], "scope": ["ho-so"]}]
    assert (called.headers["authorization"], called.headers["x-a"]) == ("Bearer t-0", "1")
    assert all(json.loads(base64.b64decode(one.headers["lgspaccesstoken"])) == PARTNER_HEADER for one in bus.seen)


async def test_keys_may_go_in_the_form_and_a_password_gets_a_token_too() -> None:
    async with running() as (bus, http):
        await bus.line(http, [bus.keys(keys_in="form")]).request("GET", "/a")
        password = PasswordGrant(token_url=f"{bus.url}/token", client_id="mot-cua", client_secret="c", username="u", password="p&=")
        await bus.line(http, [password]).request("GET", "/a")

    assert bus.forms == [
        {"grant_type": ["client_credentials"], "client_id": ["khoa"], "client_secret": ["bi-mat"]},
        {"grant_type": ["password"], "client_id": ["mot-cua"], "client_secret": ["c"], "username": ["u"], "password": ["p&="]},
    ]
    assert "authorization" not in bus.seen[0].headers


async def test_many_calls_at_once_share_one_token_and_one_renewal() -> None:
    async with running() as (bus, http):
        line = bus.line(http, [bus.keys()])
        await asyncio.gather(*(line.request("GET", "/a") for _ in range(20)))
        assert len(bus.given) == 1
        bus.given.append("another")
        answers = await asyncio.gather(*(line.request("GET", "/a") for _ in range(20)))

    assert {answer.status for answer in answers} == {200}
    assert len(bus.given) == 3  # the first, the one that made it stale, one for all


@pytest.mark.parametrize(
    ("grant", "seconds"),
    [
        ({"access_token": "t-{}", "expires_in": 300}, 270),
        ({"access_token": "t-{}", "expires_in": "3600"}, 3570),
        ({"access_token": "t-{}", "expires_in": 100}, 90),
        ({"access_token": "t-{}"}, 54),
        ({"access_token": "t-{}", "expires_in": 0}, 5),
        ({"access_token": "t-{}", "expires_in": 1e300}, 86370),
    ],
)
async def test_a_token_is_renewed_ahead_of_its_end(grant: object, seconds: float) -> None:
    clock = StillClock()
    async with running() as (bus, http):
        bus.grant = grant
        line = bus.line(http, [bus.keys()], clock)
        given = []
        for pause in (0, seconds - 0.5, 0.5):
            clock.at += timedelta(seconds=pause)
            await line.request("GET", "/a")
            given.append(len(bus.given))

    assert given == [1, 1, 2]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
async def test_a_refused_login_concerns_the_whole_destination(status: int) -> None:
    async with running() as (bus, http):
        bus.grant_status = status
        with pytest.raises(RetryLater) as raised:
            await bus.line(http, [bus.keys()]).request("POST", "/a", body=b"{}")

    assert raised.value.about_destination
    assert not isinstance(raised.value, OutcomeUnknown)
    assert "bi-mat" not in str(raised.value)


@pytest.mark.parametrize(
    "grant",
    [
        "<html>",
        "[]",
        "{}",
        '{"access_token": 7}',
        '{"access_token": ""}',
        '{"access_token": "a\\r\\nx: y"}',
        '{"access_token": "t-{}", "expires_in": "nan"}',
        '{"access_token": "t-{}", "expires_in": "-inf"}',
        '{"access_token": "t-{}", "expires_in": "x"}',
        "[" * 100_000,
    ],
)
async def test_what_is_no_token_is_waited_out(grant: str) -> None:
    async with running() as (bus, http):
        bus.grant = grant
        with pytest.raises(RetryLater) as raised:
            await bus.line(http, [bus.keys()]).request("POST", "/a", body=b"{}")

    assert raised.value.code == "no_token"
    assert bus.calls == {}


async def test_a_new_token_that_is_refused_too_ends_the_call() -> None:
    async with running() as (bus, http):
        bus.grant = {"access_token": "never-taken"}
        with pytest.raises(RetryLater) as raised:
            await bus.line(http, [bus.keys()]).request("POST", "/a", body=b"{}")

    assert raised.value.code == "login_refused"
    assert bus.calls == {"refused": 2}


async def test_a_stream_is_made_afresh_when_it_must_be_sent_again() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"mot", b"hai"):
            yield piece

    async with running() as (bus, http):
        line = bus.line(http, [bus.keys()])
        await line.request("GET", "/a")
        bus.given.append("another")
        await line.request("POST", "/a", body=pieces)

    assert bus.bodies == [b"", b"mothai", b"mothai"]


async def test_a_download_begins_again_with_a_new_token_and_only_then() -> None:
    async with running() as (bus, http):
        line = bus.line(http, [bus.keys()])
        await line.request("GET", "/a")
        bus.given.append("another")
        found = [chunk async for chunk in line.fetch("/tep")]
        still = bus.line(http, [])
        with pytest.raises(Refused):
            _ = [chunk async for chunk in still.fetch("/tep")]

    assert found == [b"xong"]
    assert bus.calls == {"taken": 2, "refused": 2}


async def test_without_a_token_a_refusal_is_an_answer_like_any_other() -> None:
    async with running() as (bus, http):
        answer = await bus.line(http, [Fixed(headers={"service-code": "HT"})]).request("GET", "/a")

    assert answer.status == 401
    assert bus.calls == {"refused": 1}


async def test_headers_and_parameters_that_never_change_go_with_every_call() -> None:
    fixed = Fixed(headers={"service-code": "HT"}, query={"serviceType": "VNPost", "serviceName": "OrderCancel"})
    async with running() as (bus, http):
        bus.wants_token = False
        await bus.line(http, [fixed, PARTNER]).request("GET", "/a", params={"ma": "1"})

    (seen,) = bus.seen
    assert seen.headers["service-code"] == "HT"
    assert dict(seen.query) == {"ma": "1", "serviceType": "VNPost", "serviceName": "OrderCancel"}
    assert json.loads(base64.b64decode(seen.headers["lgspaccesstoken"])) == PARTNER_HEADER


@pytest.mark.parametrize("place", ["header", "query"])
async def test_an_adapter_is_told_where_to_forward_a_call(place: str) -> None:
    hop = XRoadAdapter(
        dstcode="VN:GOV:G01:dancu", dstcode_in="header" if place == "header" else "query", provider_url="http://a.test/x?y=1"
    )
    async with running() as (bus, http):
        bus.wants_token = False
        await bus.line(http, [hop]).request("POST", "/a", body=b"")

    (seen,) = bus.seen
    assert seen.query["providerurl"] == "http://a.test/x?y=1"
    assert (seen.headers.get("dstcode"), seen.query.get("dstcode")) == (
        ("VN:GOV:G01:dancu", None) if place == "header" else (None, "VN:GOV:G01:dancu")
    )


@pytest.mark.parametrize(("unit", "stamp"), [("milliseconds", "1772413200000"), ("seconds", "1772413200")])
async def test_a_hash_of_address_user_time_and_secret_stands_for_the_password(unit: str, stamp: str) -> None:
    hashed = HashedBasic(
        auth_url="http://c06.test/x", user="u", secret="s", api_key="k", time_in="seconds" if unit == "seconds" else "milliseconds"
    )
    clock = StillClock()
    async with running() as (bus, http):
        bus.wants_token = False
        line = bus.line(http, [hashed], clock)
        await line.request("POST", "/a", body=b"")
        clock.at += timedelta(seconds=1)
        await line.request("POST", "/a", body=b"")

    first, second = bus.seen
    password = sha256(f"http://c06.test/xu{stamp}s".encode()).hexdigest()
    assert first.headers["authorization"] == "Basic " + base64.b64encode(f"u:{password}".encode()).decode()
    assert (first.headers["Timestamp"], first.headers["ApiKey"]) == (stamp, "k")
    assert second.headers["authorization"] != first.headers["authorization"]
    assert NOW.timestamp() == 1772413200


async def test_the_older_form_shows_user_and_secret_in_a_header_of_its_own_beside_a_token() -> None:
    async with running() as (bus, http):
        await bus.line(http, [bus.keys(), AuthHash(user="u", secret="s")]).request("POST", "/a", body=b"")

    assert bus.seen[-1].headers["AuthHash"] == base64.b64encode(b"u:s").decode()
    assert bus.seen[-1].headers["authorization"] == "Bearer t-0"


async def test_two_pieces_that_fill_one_header_are_a_fault_of_the_configuration() -> None:
    async with running() as (bus, http):
        with pytest.raises(Malformed) as raised:
            bus.line(http, [bus.keys(partner=PARTNER), PARTNER, HashedBasic(auth_url="a", user="u", secret="s")])

    assert [(one.path, one.found) for one in raised.value.problems] == [("access[1]", "lgspaccesstoken"), ("access[2]", "authorization")]
