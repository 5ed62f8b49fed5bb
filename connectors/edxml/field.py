"""Reads one long text out of a JSON object while it comes: a document that an axis wraps into its answer, in base64 or as it is."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.sdk import Base64Decoder, Malformed, RetryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["FieldReader"]

LARGEST_REST = 256 * 1024
LONGEST_ESCAPE = len(r"\ud83d\ude00")
#: An escape, or the first half of a letter written in two, that the next piece goes on with; an even run of backslashes is whole.
UNFINISHED = re.compile(r"(?<!\\)(?:\\\\)*(\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?|\\(?:u[0-9a-fA-F]{0,3})?)\Z")
QUOTE = re.compile(r'(?<!\\)(?:\\\\)*(")')


class FieldReader:
    """Gives the bytes of the text `name`; afterwards `rest` is the object without it. Raises `RetryLater` for what is no such answer."""

    def __init__(self, name: str) -> None:
        """Know the name of the field."""
        self.rest: dict[str, Any] = {}
        self._begin = re.compile(rf'"{name}"\s*:\s*"')
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._before = self._behind = self._held = ""
        self._state = "before"
        self._decoder: Base64Decoder | None = None
        self._is_plain = False

    async def stream(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Give the text of the field, decoded, while the answer comes."""
        try:
            async for chunk in chunks:
                for piece in self._feed(self._utf8.decode(chunk)):
                    yield piece
            if self._decoder is not None:
                self._decoder.end()
            self.rest = msgspec.json.decode(
                f'{self._before}"{self._behind}' if self._state == "behind" else self._before, type=dict[str, Any]
            )
        except (Malformed, UnicodeError, msgspec.DecodeError, ValueError) as error:
            raise RetryLater("the axis answered something that is no document", code="no_document") from error

    def _feed(self, text: str) -> Iterator[bytes]:
        """Take a piece of the answer."""
        if self._state == "before":
            self._before += text
            found = self._begin.search(self._before)
            if found is None:
                self._require_small(self._before)
                return
            text, self._before = self._before[found.end() :], self._before[: found.end()]
            self._state = "inside"
        if self._state == "inside":
            text, self._held = self._held + text, ""
            end = _end(text)
            if end < 0:
                cut = UNFINISHED.search(text) if "\\" in text[-LONGEST_ESCAPE:] else None
                inner, self._held = (text[: cut.start(1)], text[cut.start(1) :]) if cut else (text, "")
                yield from self._decoded(inner)
                return
            yield from self._decoded(text[:end])
            self._state, text = "behind", text[end + 1 :]
        self._behind += text
        self._require_small(self._behind)

    def _decoded(self, escaped: str) -> Iterator[bytes]:
        """Take off what JSON writes, then base64 unless the text is XML as it is."""
        text: str = json.loads(f'"{escaped}"', strict=False) if "\\" in escaped else escaped
        if self._decoder is None and not self._is_plain:
            text = text.lstrip("\ufeff \t\r\n")
            self._is_plain = text.startswith("<")
            if text and not self._is_plain:
                self._decoder = Base64Decoder()
        piece = self._decoder.feed(text.encode()) if self._decoder is not None else text.encode()
        if piece:
            yield piece

    def _require_small(self, text: str) -> None:
        """What stands around the document is short."""
        if len(text) > LARGEST_REST:
            raise ValueError("too long")


def _end(text: str) -> int:
    """Where the quote stands that ends a text; -1 when it does not end here. Most pieces have no backslash, and are searched at full speed."""
    if "\\" not in text:
        return text.find('"')
    found = QUOTE.search(text)
    return found.start(1) if found else -1
