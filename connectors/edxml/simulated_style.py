"""The two styles in which a simulated axis is called and answers: who calls, success, refusal, lists."""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PASSWORD", "SECRET", "Style"]

SECRET, PASSWORD = "bi-mat-thu", "khong-phai-that"  # the only clients of a server on loopback that lives for a test
PREFIX = "XroadVnpt-"


class Style:
    """Owns the tokens of the provincial style. `is_national` is the style of the national axis; `with_login`: a token is wanted."""

    def __init__(self, name: str, *, with_login: bool) -> None:
        """Begin without a token."""
        self.is_national = name == "vxp"
        self.with_login = with_login and not self.is_national
        self.tokens: set[str] = set()
        self.logins = 0

    def parameters(self, request: web.Request) -> dict[str, str]:
        """What a call says: in signed headers, or in its address."""
        return (_signed(request.headers) or {}) if self.is_national else dict(request.query)

    def caller(self, request: web.Request) -> str:
        """The system that calls; empty when it is not who it says. Answers 401 when a token is wanted and is not good."""
        if self.is_national:
            return (_signed(request.headers) or {}).get("systemid", "")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.with_login and token not in self.tokens:
            raise web.HTTPUnauthorized(text="Unauthorized")
        return request.headers.get("X-SystemId", "") if request.headers.get("X-SecretKey") == SECRET else ""

    async def log_in(self, request: web.Request) -> web.Response:
        """Give a token for a password."""
        given = await request.json()
        if given.get("password") != PASSWORD:
            return web.json_response({"code": 401, "message": "Sai tài khoản"}, status=401)
        self.logins += 1
        token = secrets.token_hex(16)
        self.tokens.add(token)
        return web.json_response({"code": 200, "message": "OK", "data": {"username": given["username"], "token": token}})

    def yes(self, **more: object) -> web.Response:
        """Success; `doc_id` in the name that the style has for it."""
        id_ = more.pop("doc_id", None)
        if self.is_national:
            return web.json_response({"status": "OK", "ErrorCode": "0", "ErrorDesc": "Success", **({"DocId": id_} if id_ else {}), **more})
        return web.json_response({"success": True, "message": "OK", **({"docId": id_} if id_ else {}), **more})

    def no(self, code: str, text: str) -> web.Response:
        """Refusal."""
        if self.is_national:
            return web.json_response({"status": "FAIL", "ErrorCode": code, "ErrorDesc": text})
        data = {"docId": None, "status": "error", "errorCode": code or None, "errorDesc": text}
        return web.json_response({"success": False, "message": "Loi", "data": data})

    def listed(self, rows: list[dict[str, Any]]) -> web.Response:
        """A list."""
        return self.yes(data=rows) if self.is_national else self.yes(count=len(rows), data=rows)


def _signed(headers: Mapping[str, str]) -> dict[str, str] | None:
    """The parameters in the headers of a call; None when they are not signed with the secret."""
    signed, hash_ = headers.get(f"{PREFIX}sign-header", ""), headers.get(f"{PREFIX}hash-header", "")
    if not hmac.compare_digest(hmac.new(SECRET.encode(), signed.encode(), "sha256").hexdigest(), hash_):
        return None
    named: dict[str, str] = json.loads(signed)
    if any(headers.get(name) != value for name, value in named.items()):
        return None
    return {name.removeprefix(PREFIX): value for name, value in named.items()}
