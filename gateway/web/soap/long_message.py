"""A message that is longer than a body may be, because of the contents that it holds inline: they are stored as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from msgspec.structs import replace

from gateway.domain.errors import Malformed
from gateway.soap import read_envelope
from gateway.soap.sieve import Begun, Sieve, base64_content
from gateway.web.soap.enclosed import CONTENT
from gateway.xml import XmlBounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.ports import BlobInfo, BlobStore
    from gateway.soap import Envelope
    from gateway.soap.sieve import Flow
    from gateway.web.soap.incoming import Kind
    from gateway.web.soap.proof import Proof

__all__ = ["LongMessage"]


class LongMessage:
    """Reads such a message once. Its sender must be known when the Body begins: before that nothing is stored."""

    def __init__(self, kind: Kind, chunks: AsyncIterator[bytes], admit: Callable[[Envelope], Proof], *, most: int) -> None:
        """Keep where it comes from; at most `most` bytes of it are not contents."""
        self._version = kind.version
        self._chunks = chunks
        self._admit = admit
        self._most = most
        self._sieve = Sieve({CONTENT}, charset=kind.media_type.parameters.get("charset", ""), bounds=XmlBounds(size=most))
        self._proof: Proof | None = None
        self._envelope: Envelope | None = None

    async def read(self, blobs: Callable[[str], BlobStore]) -> tuple[Envelope, Proof, list[BlobInfo]]:
        """Read all of it; answers the envelope without its contents, who sends it, and the contents in their order. Raises `Malformed`, or
        whatever `admit` raises; answers 413.
        """
        flows = self._flows()
        stored: list[BlobInfo] = []
        try:
            while isinstance(await anext(flows, None), Begun) and self._proof is not None:
                stored.append(await blobs(self._proof.system.name).put(base64_content(flows, "attachments")))
        except Malformed as error:
            if error.code == "too_large":
                raise web.HTTPRequestEntityTooLarge(self._most, self._most + 1) from None
            raise
        if self._envelope is None or self._proof is None:
            raise ValueError("a message ended without an end")
        return self._envelope, self._proof, stored

    async def _flows(self) -> AsyncIterator[Flow]:
        """What is let through, and at last the envelope; nothing before the sender is known."""
        async for chunk in self._chunks:
            found = self._sieve.feed(chunk)
            root = self._sieve.opened
            if self._proof is None and root is not None and (found or root.find(self._version.name("Body")) is not None):
                begun = read_envelope(root, version=self._version)
                self._proof = self._admit(replace(begun, body=None))  # nothing of it may be believed before its end
            for flow in found:
                yield flow
        rest, root = self._sieve.close()
        self._envelope = read_envelope(root, version=self._version)
        self._proof = self._proof or self._admit(replace(self._envelope, body=None))
        for flow in rest:
            yield flow
