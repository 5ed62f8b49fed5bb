"""The national axis of official documents (VXP): parameters in headers that are signed, documents as bytes out and in base64 in."""

from __future__ import annotations

import hmac
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

import msgspec

from connectors.edxml.contents import measure
from connectors.edxml.field import FieldReader
from connectors.edxml.wire import Item, judge, read_object, read_rows, stamp_of
from gateway.sdk import Refused, RetryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from connectors.edxml.config import Config
    from connectors.edxml.letter import Letter
    from connectors.edxml.wire import Verdict
    from gateway.sdk import BlobInfo, Context, Document, HttpAnswer

__all__ = ["NationalAxis"]

HANOI = timezone(timedelta(hours=7))
PREFIX = "XroadVnpt-"
VERSION = "3.0.201608"
ANSWERED = frozenset({"done", "fail"})
COUNTS = {"edoc": "countReceiveEdoc", "status": "countReceiveStatus"}


class NationalAxis:
    """Implements `wire.Axis`; holds nothing between two calls."""

    def __init__(self, config: Config, context: Context) -> None:
        """Keep the way out; nothing is sent."""
        self._config = config
        self._context = context

    async def send(self, document: Document, letter: Letter, body: Callable[[], AsyncIterator[bytes]]) -> Verdict:
        """Send a document with its hash; both are made while it streams."""
        measured = await measure(body())
        said = {
            "messagetype": document.operation,
            "from": self._config.organ.id,
            "to": msgspec.json.encode([one.id for one in letter.to]).decode(),
            "hash-file": _hash(measured.sha256, self._config.hash_form),
        }
        headers = {**self._headers(said, media_type="application/octet-stream"), "content-length": str(measured.size)}
        url = f"{self._config.url.rstrip('/')}/sendEdoc"
        answer = await self._context.http.request("POST", url, headers=headers, body=body(), seconds=self._config.seconds)
        return judge(answer)

    async def is_sent(self, letter: Letter) -> bool:
        """Look for a document of ours by its number and notation among what was sent."""
        rows = read_rows(await self._ask("getSentEdocList", {"messagetype": "edoc"}), lenient=False)
        return any(row.get("notation") == letter.name.code and row.get("sendStatus") != "fail" for row in rows)

    async def received(self, kind: str) -> list[Item]:
        """List what waits; an answer that is empty or no JSON lists nothing."""
        if self._config.count_first and await self._count(kind) == 0:
            return []
        rows = read_rows(await self._ask("getReceivedEdocList", {"messagetype": kind}), lenient=True)
        return [
            Item(id=str(row["docId"]), kind=kind, created=stamp_of(row.get("created_time")), is_answered=row.get("status") in ANSWERED)
            for row in rows
            if row.get("docId") and row.get("messageType", kind) == kind
        ]

    async def fetch(self, id_: str) -> BlobInfo:
        """Bring a document into the blob store while it comes."""
        return await self._context.blobs.put(self._stream(id_))

    async def _stream(self, id_: str) -> AsyncIterator[bytes]:
        """Stream a document out of the base64 of an answer."""
        reader = FieldReader("data")
        url = f"{self._config.url.rstrip('/')}/getEdoc"
        try:
            async for piece in reader.stream(self._context.http.fetch(url, headers=self._headers({"docId": id_}), method="POST")):
                yield piece
        except Refused as error:
            raise RetryLater(error.text, code=error.code) from error
        if reader.rest.get("status") == "FAIL" or str(reader.rest.get("ErrorCode", "0")) != "0":
            raise RetryLater("the axis would not give a document", code=f"axis_{str(reader.rest.get('ErrorCode', ''))[:20]}")

    async def acknowledge(self, id_: str, *, is_done: bool) -> None:
        """Tell that a message arrived whole, or cannot be read."""
        read_object(await self._ask("updateStatus", {"docId": id_, "status": "done" if is_done else "fail"}))

    async def _count(self, kind: str) -> int | None:
        """How much waits; None when the axis does not say."""
        answer = await self._ask(COUNTS[kind], {}, method="GET")
        found = read_object(answer).get("count")
        return found if isinstance(found, int) else None

    async def _ask(self, call: str, said: dict[str, str], *, method: str = "POST") -> HttpAnswer:
        """Make a call that can be made again."""
        url = f"{self._config.url.rstrip('/')}/{call}"
        return await self._context.http.request(method, url, headers=self._headers(said), safe=True, seconds=self._config.seconds)

    def _headers(self, said: dict[str, str], *, media_type: str = "application/json") -> dict[str, str]:
        """The headers of a call: every parameter with a prefix, their names, all of them as JSON, and its HMAC-SHA256 under the secret."""
        now = self._context.clock.now().astimezone(HANOI)
        named = {
            "Content-Type": media_type,
            "timestamp": f"{now:%d%m%YT%H%M%S}+{now.microsecond // 1000:04d}",
            "systemid": self._config.system_id,
            "servicetype": "eDoc",
            **said,
        }
        prefixed = {f"{PREFIX}{name}": value for name, value in named.items()}
        signed = msgspec.json.encode(prefixed).decode()
        return {
            "Content-Type": media_type,
            **prefixed,
            f"{PREFIX}sign-header-key": ";".join(named),
            f"{PREFIX}sign-header": signed,
            f"{PREFIX}hash-header": hmac.new(self._config.secret.encode(), signed.encode(), "sha256").hexdigest(),
            f"{PREFIX}version": VERSION,
        }


def _hash(found: bytes, form: str) -> str:
    """The hash of a document; the library of the axis leaves out the leading zero of each byte, and so must who wants to be believed."""
    return found.hex() if form == "hex" else "".join(f"{byte:x}" for byte in found)
