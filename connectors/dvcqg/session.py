"""The session with the portal: one login for everybody, a second one when it ran out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.dvcqg.wire import (
    Expired,
    Reply,
    Verdict,
    Yes,
    encode_call,
    judge,
    read_reply,
)
from gateway.sdk import Line, OutcomeUnknown, RetryLater, XRoadAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.dvcqg.config import Config
    from gateway.sdk import Clock, Http

__all__ = ["Session"]

UNAUTHORISED = 401
HEADERS = {"content-type": "application/json", "charset": "utf-8"}


class Session:
    """Owns the session token; any number of calls at once, one login at a time."""

    def __init__(self, config: Config, http: Http, clock: Clock) -> None:
        """Keep the way out; nothing is sent before the first call."""
        self._config = config
        hop = XRoadAdapter(dstcode=config.dstcode, dstcode_in=config.dstcode_in, provider_url=config.provider_url)
        self._line = Line([hop], url=config.adapter_url, seconds=config.seconds, http=http, clock=clock)
        self._token: str | None = None
        self._login = asyncio.Lock()

    async def call(
        self,
        service: str,
        data: Sequence[Mapping[str, Any]],
        *,
        updating: bool | None = None,
        safe: bool = False,
    ) -> tuple[Verdict, Reply]:
        """Call an operation and tell what the answer means; when the session ran out, log in again once.

        Raises `RetryLater` when nothing was done, `OutcomeUnknown` when nobody knows (never when `safe`).
        """
        stale = None
        for _ in range(2):
            stale = await self._open(stale)
            body = encode_call(
                service,
                data,
                agency=self._config.agency_code,
                session=stale,
                updating=updating,
            )
            verdict, reply = await self._ask(body, safe=safe)
            if not isinstance(verdict, Expired):
                return verdict, reply
        raise RetryLater("the portal ended the session twice in a row", code="session_expired")

    async def _ask(self, body: bytes, *, safe: bool) -> tuple[Verdict, Reply]:
        """Send one call; a look-up that came to nothing is only to be tried later."""
        try:
            answer = await self._line.request("POST", self._config.endpoint_path, headers=HEADERS, body=body, safe=safe)
            if answer.status == UNAUTHORISED:
                return Expired(), Reply(code="401", message="", result=[])
            reply = read_reply(answer)
            return judge(reply, self._config), reply
        except OutcomeUnknown as error:
            if not safe:
                raise
            raise RetryLater(error.text, code=error.code) from error

    async def _open(self, stale: str | None) -> str:
        """Name a session other than the stale one, logging in when there is none."""
        async with self._login:
            if self._token is None or self._token == stale:
                self._token = None
                self._token = await self._log_in()
            return self._token

    async def _log_in(self) -> str:
        """Log in; raises `RetryLater` whatever goes wrong, for it concerns every dossier."""
        body = msgspec.json.encode({"username": self._config.username, "password": self._config.password})
        try:
            answer = await self._line.request("POST", self._config.login_path, headers=HEADERS, body=body, safe=True)
            reply = read_reply(answer)
        except OutcomeUnknown as error:
            raise RetryLater(f"login: {error.text}", code=error.code) from error
        if reply.session is None or not isinstance(judge(reply, self._config), Yes):
            raise RetryLater(
                f"the portal refused the login with error_code {reply.code or '(none)'}",
                code="login_refused",
            )
        return reply.session
