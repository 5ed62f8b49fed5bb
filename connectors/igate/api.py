"""The open line to the system: every call with a token, and once more with a new one when the token was refused."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from connectors.igate.wire import Taken, judge, read_rows, read_told
from gateway.sdk import FilePart, Line, OutcomeUnknown, PasswordGrant, Refused, RetryLater, content_type, multipart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from connectors.igate.config import Config
    from connectors.igate.wire import Verdict
    from gateway.sdk import BlobInfo, Context

__all__ = ["Api"]

MISSING = 404
#: A token lives five minutes; it is renewed so long before it ends.
AHEAD_SECONDS = 20.0
JSON = {"content-type": "application/json"}


class Api:
    """Calls the system; any number of calls at once."""

    def __init__(self, config: Config, context: Context) -> None:
        """Keep the way out; nothing is sent."""
        self._config = config
        self._context = context
        keys = PasswordGrant(
            token_url=config.token_url,
            client_id=config.client_id,
            client_secret=config.client_secret,
            username=config.username,
            password=config.password,
            ahead_seconds=AHEAD_SECONDS,
            seconds=config.seconds,
        )
        self._line = Line([keys], url=config.url, seconds=config.seconds, http=context.http, clock=context.clock)

    async def search(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        """One page of a search. Raises `RetryLater` when it cannot be asked."""
        return read_rows(await self._line.request("GET", self._config.search_path, params=params, safe=True))

    async def detail(self, id_: str) -> dict[str, Any] | None:
        """A dossier, whole; None when there is none of that id. Raises `RetryLater` when it cannot be asked."""
        answer = await self._line.request("GET", f"{self._config.dossier_path}/{quote(id_, safe='')}/--online", safe=True)
        return None if answer.status == MISSING else read_told(answer)

    async def change(self, method: str, path: str, document: Mapping[str, Any], *, key: str) -> Verdict:
        """Send a change under its key; the same key again says the same thing."""
        body = msgspec.json.encode(document)
        return judge(await self._line.request(method, path, headers={**JSON, "x-request-id": key}, body=body))

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

        answer = await self._line.request(
            "POST", self._config.file_path, headers={"content-type": content_type(boundary)}, body=body, safe=True
        )
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
        try:
            return await self._context.blobs.put(self._line.fetch(f"{self._config.file_path}/{quote(id_, safe='')}"))
        except Refused:
            return None
