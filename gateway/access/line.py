"""The line to one service: every call shows what its door wants to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from gateway.access.kinds import ClientCredentials, PasswordGrant
from gateway.access.show import Shown, partner_headers, show
from gateway.access.token import Token
from gateway.domain.errors import Malformed, Problem, Refused, RetryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from gateway.access.kinds import Access
    from gateway.connector import Http, HttpAnswer
    from gateway.ports import Clock

__all__ = ["Line", "LineBody"]

UNAUTHORISED = 401
#: A content, or what makes its stream afresh for each try.
LineBody: TypeAlias = "bytes | Callable[[], bytes | AsyncIterator[bytes]] | None"


class Line:
    """Calls one service; any number of calls at once. Owns the tokens that it needs.

    Where a token is refused nothing was done: the call is made once more with a new one. Raises `RetryLater` when that is refused too.
    """

    def __init__(self, access: Sequence[Access], *, url: str, seconds: float, http: Http, clock: Clock) -> None:
        """Keep the way out; nothing is sent before the first call. `seconds` is the time of one call. Raises `Malformed` when two pieces of
        access would fill the same header.
        """
        self._still = [piece for piece in access if not isinstance(piece, ClientCredentials | PasswordGrant)]
        tokens = [piece for piece in access if isinstance(piece, ClientCredentials | PasswordGrant)]
        self._token = Token(tokens[0], http, clock) if tokens else None
        _require_one_each(access, clock.now())
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._http = http
        self._clock = clock

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: LineBody = None,
        safe: bool = False,
    ) -> HttpAnswer:
        """Make a call; promise and errors as `Http.request`."""
        refused = ""
        for _ in range(2):
            shown = await self._show(refused)
            answer = await self._http.request(
                method,
                self._url + path,
                headers={**(headers or {}), **shown.headers},
                params={**(params or {}), **shown.query},
                body=body() if callable(body) else body,
                safe=safe,
                seconds=self._seconds,
            )
            if answer.status != UNAUTHORISED or self._token is None:
                return answer
            refused = shown.headers["authorization"]
        raise _no_entry()

    async def fetch(self, path: str) -> AsyncIterator[bytes]:
        """Stream a download; promise and errors as `Http.fetch`. Parameters of the access are not sent."""
        refused = ""
        for _ in range(2):
            headers = (await self._show(refused)).headers
            try:
                async for chunk in self._http.fetch(self._url + path, headers=headers):
                    yield chunk
            except Refused as error:
                if error.code != f"http_{UNAUTHORISED}" or self._token is None:
                    raise
                refused = headers["authorization"]
            else:
                return
        raise _no_entry()

    async def _show(self, refused: str) -> Shown:
        """What is added to a call that is made now."""
        shown = Shown({}, {})
        for piece in self._still:
            more = show(piece, self._clock.now())
            shown = Shown(shown.headers | more.headers, shown.query | more.query)
        if self._token is not None:
            shown = Shown(shown.headers | await self._token.headers(refused=refused), shown.query)
        return shown


def _require_one_each(access: Sequence[Access], now: datetime) -> None:
    """Raise `Malformed` naming each piece that fills a header which one before it fills."""
    filled: set[str] = set()
    problems = []
    for index, piece in enumerate(access):
        if isinstance(piece, ClientCredentials | PasswordGrant):
            names = {"authorization", *partner_headers(piece.partner)}
        else:
            names = {name.lower() for name in show(piece, now).headers}
        rule = "fills a header that another piece of access fills"
        problems += [Problem(path=f"access[{index}]", rule=rule, found=name) for name in sorted(names & filled)]
        filled |= names
    if problems:
        raise Malformed(problems, code="configuration")


def _no_entry() -> RetryLater:
    """A new token was refused: no call can succeed."""
    return RetryLater("the service refused a new token", code="login_refused")
