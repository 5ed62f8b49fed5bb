"""The open line to the system: every call with a token, and once more with a new one when the token was refused."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from connectors.igate.login import Login
from connectors.igate.wire import Taken, judge, read_object, read_rows
from gateway.sdk import FilePart, OutcomeUnknown, Refused, RetryLater, content_type, multipart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from connectors.igate.config import Config
    from connectors.igate.wire import Verdict
    from gateway.sdk import BlobInfo, Context, HttpAnswer

__all__ = ["Api"]

UNAUTHORISED = 401
MISSING = 404
JSON = {"content-type": "application/json"}


class Api:
    """Calls the system; any number of calls at once."""

    def __init__(self, config: Config, context: Context) -> None:
        """Keep the way out; nothing is sent."""
        self._config = config
        self._context = context
        self._login = Login(config, context)

    async def search(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        """One page of a search. Raises `RetryLater` when it cannot be asked."""
        return read_rows(await self._call("GET", self._config.search_path, params=params, safe=True))

    async def detail(self, id_: str) -> dict[str, Any] | None:
        """A dossier, whole; None when there is none of that id. Raises `RetryLater` when it cannot be asked."""
        answer = await self._call("GET", f"{self._config.dossier_path}/{quote(id_, safe='')}/--online", safe=True)
        return None if answer.status == MISSING else read_object(answer)

    async def change(self, method: str, path: str, document: Mapping[str, Any], *, key: str) -> Verdict:
        """Send a change under its key; the same key again says the same thing."""
        body = msgspec.json.encode(document)
        return judge(await self._call(method, path, headers={**JSON, "x-request-id": key}, body=lambda: body))

    async def upload(self, sha256: str, name: str, media_type: str | None) -> str:
        """Send a file of the blob store as a stream; answers the system's id of it. Repeating it is harmless: a file that no dossier names
        counts for nothing. Raises `RetryLater` when it did not arrive, `Refused` when the system will not have it.
        """
        boundary = f"lienthong-{secrets.token_hex(16)}"

        def body() -> AsyncIterator[bytes]:
            """Make the stream afresh for each try."""
            kind = media_type or "application/octet-stream"
            file = FilePart(field="files", name=name, chunks=self._context.blobs.open(sha256), media_type=kind)
            return multipart(boundary, fields={}, files=[file])

        answer = await self._call("POST", self._config.file_path, headers={"content-type": content_type(boundary)}, body=body, safe=True)
        try:
            verdict = judge(answer)
        except OutcomeUnknown as error:
            raise RetryLater(error.text, code=error.code) from error
        match verdict:
            case Taken(id=id_) if id_:
                return id_
            case _:
                raise Refused(f"the one-stop system did not keep a file: HTTP {answer.status}", code="file_refused")

    async def download(self, id_: str) -> BlobInfo | None:
        """Fetch a file into the blob store as a stream; None when the system has no such file. Raises `RetryLater` when it broke."""
        refused = ""
        for _ in range(2):
            headers = await self._login.headers(refused=refused)
            try:
                return await self._context.blobs.put(
                    self._context.http.fetch(self._url(f"{self._config.file_path}/{quote(id_, safe='')}"), headers=headers)
                )
            except Refused as error:
                if error.code != f"http_{UNAUTHORISED}":
                    return None
            refused = headers["authorization"]
        raise RetryLater("the one-stop system refused a new token", code="login_refused")

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Callable[[], bytes | AsyncIterator[bytes]] | None = None,
        safe: bool = False,
    ) -> HttpAnswer:
        """Make a call; when the token is refused nothing was done, and it is made once more with a new one."""
        refused = ""
        for _ in range(2):
            bearer = await self._login.headers(refused=refused)
            answer = await self._context.http.request(
                method,
                self._url(path),
                headers={**(headers or {}), **bearer},
                params=params,
                body=body() if body else None,
                safe=safe,
                seconds=self._config.seconds,
            )
            if answer.status != UNAUTHORISED:
                return answer
            refused = bearer["authorization"]
        raise RetryLater("the one-stop system refused a new token", code="login_refused")

    def _url(self, path: str) -> str:
        """The address of a call."""
        return self._config.url.rstrip("/") + path
