"""The token of the province's service bus: asked for once, renewed before it ends or when it is refused."""

from __future__ import annotations

import asyncio
import base64
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from connectors.hotich.wire import require_answer
from gateway.sdk import OutcomeUnknown, RetryLater

if TYPE_CHECKING:
    from connectors.hotich.config import Keys, PartnerKeys
    from gateway.sdk import Clock, Http

__all__ = ["Token"]

#: Renewed this long before it ends.
MARGIN = timedelta(seconds=30)
SHORTEST = timedelta(seconds=5)
DEFAULT_SECONDS = 300.0


class Grant(msgspec.Struct):
    """What the service bus answers."""

    access_token: str
    expires_in: float | str = DEFAULT_SECONDS


class Token:
    """Owns the token; any number of callers, one request for a token at a time."""

    def __init__(self, keys: Keys | None, http: Http, clock: Clock) -> None:
        """Keep the way out; nothing is sent before the first call."""
        self._keys = keys
        self._http = http
        self._clock = clock
        self._value = ""
        self._until: datetime | None = None
        self._asking = asyncio.Lock()

    async def headers(self, *, refused: str | None = None) -> dict[str, str]:
        """The headers that a call needs; `refused` is the `authorization` that the service would not take. Raises `RetryLater`."""
        if self._keys is None:
            return {}
        async with self._asking:
            stale = self._until is None or self._clock.now() >= self._until
            if stale or refused == f"Bearer {self._value}":
                self._until = None
                await self._renew(self._keys)
            return {"authorization": f"Bearer {self._value}", **partner_headers(self._keys.partner)}

    async def _renew(self, keys: Keys) -> None:
        """Ask for a token; raises `RetryLater` whatever goes wrong, for it concerns every dossier."""
        basic = base64.b64encode(f"{keys.key}:{keys.secret}".encode()).decode()
        headers = {
            "authorization": f"Basic {basic}",
            "content-type": "application/x-www-form-urlencoded",
            **partner_headers(keys.partner),
        }
        try:
            answer = await self._http.request("POST", keys.token_url, headers=headers, body=b"grant_type=client_credentials", safe=True)
            require_answer(answer)
            grant = msgspec.json.decode(answer.body, type=Grant)
            seconds = float(grant.expires_in)
        except (msgspec.DecodeError, OutcomeUnknown, ValueError) as error:
            raise RetryLater("the service bus gave no token", code="no_token") from error
        self._value = grant.access_token
        self._until = self._clock.now() + max(timedelta(seconds=seconds) - MARGIN, SHORTEST)


def partner_headers(partner: PartnerKeys | None) -> dict[str, str]:
    """Write the header of the provinces that want the partner's keys beside the token."""
    if partner is None:
        return {}
    content = {
        "AccessKey": partner.access_key,
        "SecretKey": partner.secret_key,
        "AppName": partner.app_name,
        "PartnerCode": partner.partner_code,
        "PartnerCodeCus": partner.partner_code_customer,
    }
    return {"lgspaccesstoken": base64.b64encode(msgspec.json.encode(content)).decode()}
