"""The login at a provincial axis: one token for everybody, renewed ahead of time and once when it is refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from connectors.edxml.wire import read_object
from gateway.sdk import RetryLater

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.edxml.config import Config
    from gateway.sdk import Context

__all__ = ["LOGIN_PATH", "Token"]

LOGIN_PATH = "/v1/auth/login"
#: A token lasts half an hour.
LIFE = timedelta(minutes=29)


class Token:
    """Owns the token; any number of callers, one login at a time."""

    def __init__(self, config: Config, context: Context) -> None:
        """Keep the way out; nothing is sent before the first call."""
        self._config = config
        self._context = context
        self._value = ""
        self._until: datetime | None = None
        self._turn = asyncio.Lock()

    async def headers(self, *, refused: str = "") -> dict[str, str]:
        """The headers of a call, with a token other than the `refused` one when the site has a login. Raises `RetryLater`."""
        named = {"X-SystemId": self._config.system_id, "X-SecretKey": self._config.secret}
        if self._config.login is None:
            return named
        async with self._turn:
            if self._until is None or self._context.clock.now() >= self._until or f"Bearer {self._value}" == refused:
                self._until = None
                await self._log_in()
            return {**named, "Authorization": f"Bearer {self._value}"}

    async def _log_in(self) -> None:
        """Ask for a token; whatever goes wrong concerns every document."""
        login = self._config.login
        form = {
            "username": login.username if login else "",
            "password": login.password if login else "",
            "applicationCode": login.application_code if login else "",
            "otp": None,
            "twoFactorProvider": None,
            "typeObjs": [0, 1],
        }
        answer = await self._context.http.request(
            "POST",
            self._config.url.rstrip("/") + LOGIN_PATH,
            headers={"content-type": "application/json"},
            params={"allow_anonymous": "true"},
            body=msgspec.json.encode(form),
            safe=True,
            seconds=self._config.seconds,
        )
        data = read_object(answer).get("data")
        token = data.get("token") if isinstance(data, dict) else None
        if not isinstance(token, str) or not token:
            raise RetryLater("the axis gave no token", code="login_refused")
        self._value = token
        self._until = self._context.clock.now() + LIFE
