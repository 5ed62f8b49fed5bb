"""A token: asked for once, shared by everybody, renewed before it ends or when it is refused."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, assert_never
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from gateway.access.answer import pause_of
from gateway.access.kinds import ClientCredentials, PasswordGrant
from gateway.access.show import partner_headers
from gateway.domain.errors import OutcomeUnknown, RetryLater

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.connector import Http, HttpAnswer
    from gateway.ports import Clock

__all__ = ["Token"]

FORM = "application/x-www-form-urlencoded"
#: A token is not asked for more often than this by itself, however short it says its life is.
SHORTEST = timedelta(seconds=5)
LONGEST_SECONDS = 86400.0


class Grant(msgspec.Struct, frozen=True):
    """What a server of tokens answers; some write the seconds as a text."""

    access_token: Annotated[str, Meta(pattern=r"^[!-~]+\Z")]
    expires_in: float | str = 60.0


class Token:
    """Owns one token; any number of callers, one request for a token at a time."""

    def __init__(self, keys: ClientCredentials | PasswordGrant, http: Http, clock: Clock) -> None:
        """Keep the way out; nothing is sent before the first call."""
        self._keys = keys
        self._http = http
        self._clock = clock
        self._bearer = ""
        self._until: datetime | None = None
        self._turn = asyncio.Lock()

    async def headers(self, *, refused: str = "") -> dict[str, str]:
        """The headers of a call, with a token other than the `refused` value of `authorization`. Raises `RetryLater` when none is to be had,
        for that concerns every dossier.
        """
        async with self._turn:
            if self._until is None or self._clock.now() >= self._until or self._bearer == refused:
                self._until = None
                await self._renew()
            return {"authorization": self._bearer, **partner_headers(self._keys.partner)}

    async def _renew(self) -> None:
        """Ask for a token."""
        headers, form = _request(self._keys)
        try:
            answer = await self._http.request(
                "POST",
                self._keys.token_url,
                headers={"content-type": FORM, **headers, **partner_headers(self._keys.partner)},
                body=urlencode(form).encode(),
                safe=True,
                seconds=self._keys.seconds,
            )
        except OutcomeUnknown as error:
            raise RetryLater(error.text, code=error.code) from error
        token, life = _read(answer)
        ahead = min(timedelta(seconds=self._keys.ahead_seconds), life / 10)
        self._bearer = f"Bearer {token}"
        self._until = self._clock.now() + max(life - ahead, SHORTEST)


def _request(keys: ClientCredentials | PasswordGrant) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the form that ask for a token."""
    match keys:
        case ClientCredentials():
            form = {"grant_type": "client_credentials"} | ({"scope": keys.scope} if keys.scope else {})
            if keys.keys_in == "form":
                return {}, form | {"client_id": keys.key, "client_secret": keys.secret}
            basic = base64.b64encode(f"{keys.key}:{keys.secret}".encode()).decode()
            return {"authorization": f"Basic {basic}"}, form
        case PasswordGrant():
            form = {"grant_type": "password", "client_id": keys.client_id, "username": keys.username, "password": keys.password}
            return {}, form | ({"client_secret": keys.client_secret} if keys.client_secret else {})
        case _:
            assert_never(keys)


def _read(answer: HttpAnswer) -> tuple[str, timedelta]:
    """Read a token and how long it lives. Raises `RetryLater` for anything else."""
    if answer.status != 200:
        text = f"no token: the server of tokens answered HTTP {answer.status}"
        raise RetryLater(text, after=pause_of(answer), code="login_refused" if answer.status in {400, 401, 403} else "no_token")
    try:
        grant = msgspec.json.decode(answer.body, type=Grant)
        life = timedelta(seconds=min(float(grant.expires_in), LONGEST_SECONDS))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError) as error:
        raise RetryLater("the server of tokens answered something that is no token", code="no_token") from error
    return grant.access_token, life
