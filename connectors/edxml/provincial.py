"""The axis of a province: the same documents as a form, named by headers, listed by days, with a login at some."""

from __future__ import annotations

import secrets
from datetime import timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from connectors.edxml.field import FieldReader
from connectors.edxml.login import Token
from connectors.edxml.wire import Item, judge, read_object, read_rows, stamp_of
from gateway.sdk import FilePart, Refused, RetryLater, content_type, multipart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from connectors.edxml.config import Config
    from connectors.edxml.letter import Letter
    from connectors.edxml.wire import Verdict
    from gateway.sdk import BlobInfo, Context, Document, HttpAnswer

__all__ = ["ProvincialAxis"]

HANOI = timezone(timedelta(hours=7))
UNAUTHORISED = 401
JSON = {"content-type": "application/json"}


class ProvincialAxis:
    """Implements `wire.Axis`; owns the login."""

    def __init__(self, config: Config, context: Context) -> None:
        """Keep the way out; nothing is sent."""
        self._config = config
        self._context = context
        self._token = Token(config, context)

    async def send(self, document: Document, letter: Letter, body: Callable[[], AsyncIterator[bytes]]) -> Verdict:
        """Send a document as the file of a form."""
        boundary = f"lienthong-{secrets.token_hex(16)}"
        name = f"{letter.number}.edxml"

        def form() -> AsyncIterator[bytes]:
            """Make the stream afresh for each try."""
            file = FilePart(field="edocFile", name=name, chunks=body(), media_type="application/xml")
            return multipart(boundary, fields={"messageType": document.operation}, files=[file])

        return judge(await self._call("POST", "/v1/sendEdoc", headers={"content-type": content_type(boundary)}, body=form))

    async def is_sent(self, letter: Letter) -> bool:
        """Look for a document of ours by its number and notation among what was sent."""
        rows = read_rows(await self._call("GET", self._config.sent_path, params=self._days("edoc"), safe=True), lenient=False)
        return any(row.get("notation") == letter.name.code for row in rows)

    async def received(self, kind: str) -> list[Item]:
        """List what came in the last days; what is answered for is marked."""
        rows = read_rows(await self._call("GET", "/v1/syncReceivedEdocList", params=self._days(kind), safe=True), lenient=True)
        return [
            Item(
                id=str(row["docId"]), kind=kind, created=stamp_of(row.get("createdTime")), is_answered=row.get("status") in {"done", "fail"}
            )
            for row in rows
            if row.get("docId") and row.get("messageType", kind) == kind
        ]

    async def fetch(self, id_: str) -> BlobInfo:
        """Bring a document into the blob store while it comes."""
        return await self._context.blobs.put(self._stream(id_))

    async def _stream(self, id_: str) -> AsyncIterator[bytes]:
        """Stream a document out of the text of an answer, whether it stands there in base64 or as it is."""
        refused = ""
        for _ in range(2):
            reader = FieldReader("edxml")
            headers = await self._token.headers(refused=refused)
            url = f"{self._config.url.rstrip('/')}/v1/getEdoc?{urlencode({'docId': id_})}"
            try:
                async for piece in reader.stream(self._context.http.fetch(url, headers=headers)):
                    yield piece
            except Refused as error:
                if error.code != f"http_{UNAUTHORISED}" or refused:
                    raise RetryLater(error.text, code=error.code) from error
                refused = headers.get("Authorization", "none")
                continue
            if reader.rest.get("success") is not True:
                raise RetryLater("the axis would not give a document", code="not_given")
            return

    async def acknowledge(self, id_: str, *, is_done: bool) -> None:
        """Tell that a message arrived whole, or cannot be read."""
        body = msgspec.json.encode({"docId": id_, "status": "done" if is_done else "fail"})
        read_object(await self._call("POST", "/v1/updateStatus", headers=JSON, body=lambda: body, safe=True))

    def _days(self, kind: str) -> dict[str, str]:
        """The question for a list: what kind, and from which day to which."""
        today = self._context.clock.now().astimezone(HANOI).date()
        first = today - timedelta(days=self._config.list_days)
        return {"messageType": kind, "fromDate": f"{first:%Y/%m/%d}", "toDate": f"{today:%Y/%m/%d}"}

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
            named = await self._token.headers(refused=refused)
            answer = await self._context.http.request(
                method,
                self._config.url.rstrip("/") + path,
                headers={**(headers or {}), **named},
                params=params,
                body=body() if body else None,
                safe=safe,
                seconds=self._config.seconds,
            )
            if answer.status != UNAUTHORISED or "Authorization" not in named:
                return answer
            refused = named["Authorization"]
        return answer
