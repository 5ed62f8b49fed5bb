"""The login at the identity server: one token for everybody, renewed ahead of time and once when it is refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from connectors.igate.wire import require_answer
from gateway.sdk import RetryLater

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.igate.config import Config
    from gateway.sdk import Context

__all__ = ["Login"]

#: A token is renewed when a tenth of its life is left, but never later than this.
AHEAD = timedelta(seconds=20)


class Grant(msgspec.Struct, frozen=True):
    """What the identity server gives."""

    access_token: str
    expires_in: float = 60.0


class Login:
    """Owns the token; any number of callers, one login at a time."""

    def __init__(self, config: Config, context: Context) -> None:
        """Keep the way out; nothing is sent before the first call."""
        self._config = config
        self._context = context
        self._token = ""
        self._renew_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def headers(self, *, refused: str = "") -> dict[str, str]:
        """The headers of a call, with a token other than the `refused` one. Raises `RetryLater` when there is none to be had."""
        async with self._turn:
            if self._renew_at is None or self._context.clock.now() >= self._renew_at or self._bearer() == refused:
                await self._log_in()
            return {"authorization": self._bearer()}

    def _bearer(self) -> str:
        """The value of the header."""
        return f"Bearer {self._token}"

    async def _log_in(self) -> None:
        """Ask for a token; whatever goes wrong concerns every dossier."""
        config = self._config
        form = {"grant_type": "password", "client_id": config.client_id, "username": config.username, "password": config.password}
        if config.client_secret:
            form["client_secret"] = config.client_secret
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self._context.http.request(
            "POST", config.token_url, headers=headers, body=urlencode(form).encode(), safe=True, seconds=config.seconds
        )
        if answer.status in {400, 401, 403}:
            raise RetryLater(f"the identity server refused the login with HTTP {answer.status}", code="login_refused")
        require_answer(answer, safe=True)
        try:
            grant = msgspec.json.decode(answer.body, type=Grant)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RetryLater("the identity server answered something that is no token", code="login_refused") from error
        life = timedelta(seconds=grant.expires_in)
        self._token = grant.access_token
        self._renew_at = self._context.clock.now() + life - min(AHEAD, life / 10)
