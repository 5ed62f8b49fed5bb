"""Reads a message of the SOAP door within the limits of time and size."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from aiohttp import web
from msgspec.structs import replace

from gateway.multipart import MediaType, MimeLimits, read_media_type, read_related
from gateway.soap import SOAP_11, Envelope, SoapVersion, read_envelope, version_of
from gateway.web.body import read_body, stream_body
from gateway.web.soap.enclosed import Enclosed
from gateway.web.soap.long_message import LongMessage
from gateway.web.soap.proof import Proof, without_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.multipart import Part
    from gateway.ports import BlobStore
    from gateway.settings.site import Limits

__all__ = ["Incoming", "kind_of", "read_message"]

Admit: TypeAlias = "Callable[[Envelope], Proof]"
XOP_TYPE = "application/xop+xml"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers of a request say of its message: whole media type, version of SOAP, and the action that is asked for."""

    media_type: MediaType
    version: SoapVersion
    action: str = ""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message and its proved sender, the bytes of its envelope as they may be kept, and the contents that come with it."""

    proof: Proof
    raw: bytes
    enclosed: Enclosed


def kind_of(request: web.Request) -> Kind:
    """Read the headers; answers 415 for what is no SOAP. Raises `Malformed` for a media type that cannot be read."""
    media_type = read_media_type(request.headers.get("Content-Type", "") or "none")
    inner = _inner(media_type)
    version = version_of(inner.type)
    if version is None:
        raise web.HTTPUnsupportedMediaType(reason="send text/xml, application/soap+xml, or one of them in multipart/related")
    action = request.headers.get("SOAPAction", "") if version is SOAP_11 else inner.parameters.get("action", "")
    return Kind(media_type=media_type, version=version, action=(action or media_type.parameters.get("action", "")).strip(' \t"'))


async def read_message(request: web.Request, kind: Kind, limits: Limits, admit: Admit, blobs: Callable[[str], BlobStore]) -> Incoming:
    """Read a message; what came beside it waits to be stored, and what was long in it is stored. `admit` proves the sender, as soon as that
    can be done. Raises `Malformed`, or what `admit` raises; answers 413 or 400; raises `TimeoutError`.
    """
    if kind.media_type.type == "multipart/related":
        bounds = MimeLimits(root_bytes=limits.body_bytes)
        related = await read_related(kind.media_type, stream_body(request, limits), bounds)
        return _read(related.root, related.root_type, kind, admit, related.parts)
    if (request.content_length or limits.body_bytes + 1) <= limits.body_bytes or "Content-Encoding" in request.headers:
        return _read(await read_body(request, limits), kind.media_type, kind, admit)
    chunks = stream_body(request, limits)
    begin = await _begin(chunks, limits.body_bytes)
    if len(begin) <= limits.body_bytes:
        return _read(begin, kind.media_type, kind, admit)
    whole = LongMessage(kind, _after(begin, chunks), admit, most=limits.body_bytes)
    envelope, proof, stored = await whole.read(blobs)
    raw = without_secrets(b"", envelope, anew=True)
    return Incoming(proof=replace(proof, envelope=envelope), raw=raw, enclosed=Enclosed(envelope.body, stored=stored))


def _read(raw: bytes, media_type: MediaType, kind: Kind, admit: Admit, parts: AsyncIterator[Part] | None = None) -> Incoming:
    """Read an envelope that is there as a whole."""
    envelope = read_envelope(raw, charset=media_type.parameters.get("charset", ""), version=kind.version)
    proof = admit(envelope)
    kept = without_secrets(raw, envelope)
    return Incoming(proof=proof, raw=kept, enclosed=Enclosed(proof.envelope.body, parts))


async def _begin(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """Gather the begin of a body: all of it, or more than may be."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) > most:
            break
    return bytes(gathered)


async def _after(begin: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The whole body again, from its begin."""
    yield begin
    async for chunk in chunks:
        yield chunk


def _inner(media_type: MediaType) -> MediaType:
    """The media type of the envelope itself: that of the root part, and of what XOP packs there."""
    if media_type.type == "multipart/related":
        inner = read_media_type(media_type.parameters.get("type", "none"))
        return read_media_type(media_type.parameters.get("start-info", "none")) if inner.type == XOP_TYPE else inner
    return media_type
