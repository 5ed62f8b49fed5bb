"""Reads a message of the SOAP door within the limits of time and size."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from gateway.multipart import MediaType, MimeLimits, Part, read_media_type, read_related
from gateway.soap import SOAP_11, Envelope, SoapVersion, read_envelope, version_of
from gateway.web.body import read_body, stream_body

if TYPE_CHECKING:
    from gateway.settings.site import Limits

__all__ = ["Incoming", "kind_of", "read_message"]

XOP_TYPE = "application/xop+xml"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers of a request say of its message: whole media type, version of SOAP, and the action that is asked for."""

    media_type: MediaType
    version: SoapVersion
    action: str = ""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message: its envelope, the bytes of it, and the parts beside it, which wait to be read; None when it came alone."""

    envelope: Envelope
    raw: bytes
    parts: AsyncIterator[Part] | None = None


def kind_of(request: web.Request) -> Kind:
    """Read the headers; answers 415 for what is no SOAP. Raises `Malformed` for a media type that cannot be read."""
    media_type = read_media_type(request.headers.get("Content-Type", "") or "none")
    inner = _inner(media_type)
    version = version_of(inner.type)
    if version is None:
        raise web.HTTPUnsupportedMediaType(reason="send text/xml, application/soap+xml, or one of them in multipart/related")
    action = request.headers.get("SOAPAction", "") if version is SOAP_11 else inner.parameters.get("action", "")
    return Kind(media_type=media_type, version=version, action=(action or media_type.parameters.get("action", "")).strip(' \t"'))


async def read_message(request: web.Request, kind: Kind, limits: Limits) -> Incoming:
    """Read a message; what came beside it waits to be stored. Raises `Malformed`, answers 413 or 400, or raises `TimeoutError`."""
    if kind.media_type.type != "multipart/related":
        raw = await read_body(request, limits)
        envelope = read_envelope(raw, charset=kind.media_type.parameters.get("charset", ""), version=kind.version)
        return Incoming(envelope=envelope, raw=raw)
    bounds = MimeLimits(root_bytes=limits.body_bytes)
    related = await read_related(kind.media_type, stream_body(request, limits), bounds)
    envelope = read_envelope(related.root, charset=related.root_type.parameters.get("charset", ""), version=kind.version)
    return Incoming(envelope=envelope, raw=related.root, parts=related.parts)


def _inner(media_type: MediaType) -> MediaType:
    """The media type of the envelope itself: that of the root part, and of what XOP packs there."""
    if media_type.type == "multipart/related":
        inner = read_media_type(media_type.parameters.get("type", "none"))
        return read_media_type(media_type.parameters.get("start-info", "none")) if inner.type == XOP_TYPE else inner
    return media_type
