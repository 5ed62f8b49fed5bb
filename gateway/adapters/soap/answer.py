"""An HTTP answer taken apart: the envelope, and the contents beside it."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.domain.errors import Malformed, Problem
from gateway.multipart import read_media_type, read_related
from gateway.ports import BlobInfo
from gateway.soap import Envelope, includes, read_envelope

if TYPE_CHECKING:
    from lxml import etree

    from gateway.sdk import HttpAnswer

__all__ = ["Opened", "Placed", "open_answer"]

LARGEST_CONTENTS = 64 * 1024**2


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What came: the envelope and the contents by their ids."""

    envelope: Envelope
    contents: Mapping[str, BlobInfo | bytes]


async def open_answer(answer: HttpAnswer) -> Opened:
    """Take an answer apart, whatever media type it says it is. Raises `Malformed` when it is no SOAP."""
    said = read_media_type(answer.headers.get("content-type") or "text/xml")
    if said.type != "multipart/related":
        return Opened(envelope=read_envelope(answer.body, charset=said.parameters.get("charset", "")), contents={})
    related = await read_related(said, _once(answer.body))
    contents = {part.content_id: await part.whole(LARGEST_CONTENTS) async for part in related.parts}
    return Opened(envelope=read_envelope(related.root, charset=related.root_type.parameters.get("charset", "")), contents=contents)


class Placed:
    """The element of an answer in which marks stand for the contents that it includes; each mark is told from every other value."""

    def __init__(self, found: etree._Element, contents: Mapping[str, BlobInfo | bytes]) -> None:
        """Set the marks, in a copy. Raises `Malformed` for an `Include` whose part did not come."""
        self._marked: dict[bytes, BlobInfo | bytes] = {}
        self.element = deepcopy(found) if contents else found
        for parent, content_id in list(includes(self.element)):
            if content_id not in contents:
                raise Malformed([Problem(path="Body", rule="an xop:Include names a part that did not come")], code="mime")
            mark = secrets.token_bytes(16)
            self._marked[mark] = contents[content_id]
            del parent[0]
            parent.text = b64encode(mark).decode()

    def filled(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with the contents in the places of their marks."""
        return {name: self._filled(value) for name, value in values.items()} if self._marked else values

    def _filled(self, value: Any) -> Any:
        """A value with the contents in it."""
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        return self._marked.get(value, value) if isinstance(value, bytes) else value


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """Stream one piece."""
    yield content
