"""An HTTP answer taken apart: the envelope, and the contents beside it or in it, stored as they come where there is a store."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.domain.errors import Malformed, Problem
from gateway.multipart import MediaType, read_media_type, read_related
from gateway.ports import BlobInfo
from gateway.soap import Envelope, include_element, includes, read_envelope
from gateway.soap.sieve import Begun, Ended, Sieve, base64_content

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml import etree

    from gateway.multipart import Part
    from gateway.ports import BlobStore
    from gateway.soap.sieve import Flow

__all__ = ["Opened", "Placed", "open_answer", "open_stream"]

LARGEST_CONTENT = 64 * 1024**2


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What came: the envelope and the contents by their ids; in the envelope, an `Include` stands for each that came in it."""

    envelope: Envelope
    contents: Mapping[str, BlobInfo | bytes]


async def open_answer(headers: Mapping[str, str], body: bytes) -> Opened:
    """Take an answer apart, whatever media type it says it is. Raises `Malformed` when it is no SOAP."""
    said = _said(headers)
    if said.type != "multipart/related":
        return Opened(envelope=read_envelope(body, charset=said.parameters.get("charset", "")), contents={})
    return await _apart(said, _once(body), None)


async def open_stream(headers: Mapping[str, str], chunks: AsyncIterator[bytes], into: BlobStore, inside: Collection[str]) -> Opened:
    """Take an answer apart while it comes; contents go into the store, those beside it and those of elements with a name in `inside`.

    Raises `Malformed` when it is no SOAP.
    """
    said = _said(headers)
    if said.type == "multipart/related":
        return await _apart(said, chunks, into)
    return await _Sifted(chunks, inside, said.parameters.get("charset", "")).read(into)


def _said(headers: Mapping[str, str]) -> MediaType:
    """The media type of an answer; XML, when there is none."""
    return read_media_type(headers.get("content-type") or "text/xml")


async def _apart(said: MediaType, chunks: AsyncIterator[bytes], into: BlobStore | None) -> Opened:
    """Take a message of several parts apart."""
    related = await read_related(said, chunks)
    envelope = read_envelope(related.root, charset=related.root_type.parameters.get("charset", ""))
    contents = {part.content_id: await _kept(part, into) async for part in related.parts}
    return Opened(envelope=envelope, contents=contents)


async def _kept(part: Part, into: BlobStore | None) -> BlobInfo | bytes:
    """Keep the content of a part, in the store if there is one."""
    return await part.whole(LARGEST_CONTENT) if into is None else await into.put(part.chunks)


class _Sifted:
    """Reads one message whose contents stand in it."""

    def __init__(self, chunks: AsyncIterator[bytes], inside: Collection[str], charset: str) -> None:
        """Know where it comes from."""
        self._chunks = chunks
        self._inside = inside
        self._sieve = Sieve(inside, charset=charset)
        self._root: etree._Element | None = None

    async def read(self, into: BlobStore) -> Opened:
        """Read it; the contents go into the store."""
        flows = self._flows()
        stored = [await self._stored(flows, into) async for flow in flows if isinstance(flow, Begun)]
        if self._root is None:
            raise ValueError("a message ended without an end")
        contents: dict[str, BlobInfo | bytes] = {}
        places = [element for element in self._root.iter() if element.tag in self._inside]
        for number, (place, info) in enumerate(zip(places, stored, strict=True)):
            if info is not None:
                contents[f"inline-{number}"] = info
                place.append(include_element(f"inline-{number}"))
        return Opened(envelope=read_envelope(self._root), contents=contents)

    async def _stored(self, flows: AsyncIterator[Flow], into: BlobStore) -> BlobInfo | None:
        """Store the content that begins; None for an element in which nothing is."""
        first = await anext(flows, None)
        if first is None or isinstance(first, Ended):
            return None
        return await into.put(base64_content(_after(first, flows), "Body"))

    async def _flows(self) -> AsyncIterator[Flow]:
        """What is let through, and at last the root."""
        async for chunk in self._chunks:
            for flow in self._sieve.feed(chunk):
                yield flow
        rest, self._root = self._sieve.close()
        for flow in rest:
            yield flow


async def _after(first: Flow, flows: AsyncIterator[Flow]) -> AsyncIterator[Flow]:
    """What was taken already, and the rest."""
    yield first
    async for flow in flows:
        yield flow


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
