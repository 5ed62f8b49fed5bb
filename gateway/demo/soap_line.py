"""The way of a system to the SOAP door: messages with their contents by MTOM, at SOAP 1.2, proved by a digest of a password."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from gateway.domain.errors import NeedsPerson
from gateway.multipart import RelatedPart, read_media_type, read_related
from gateway.schema.xml_form import element_of, values_of
from gateway.soap import (
    SOAP_12,
    FaultCode,
    include_element,
    includes,
    mtom_writer,
    read_envelope,
    read_fault,
    soap_media_type,
    write_envelope,
)
from gateway.soap.security import SoapCredentials, security_block
from gateway.web.soap.message import NAMESPACE, described

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    import aiohttp
    from lxml import etree

__all__ = ["SoapLine"]

CHUNK = 64 * 1024
Said = TypeVar("Said", bound=msgspec.Struct)


class SoapLine:
    """Calls the doors in turn, in the name of one system."""

    def __init__(self, session: aiohttp.ClientSession, doors: Sequence[str], username: str, password: str) -> None:
        """Keep who calls whom."""
        self._session = session
        self._doors = itertools.cycle(doors)
        self._credentials = SoapCredentials(username=username, password=password)

    async def call(
        self, message: msgspec.Struct, answer: type[Said], contents: Mapping[str, bytes] | None = None
    ) -> tuple[Said, dict[str, bytes]]:
        """Send a message, with contents in the places of its enclosures; answers what is said, and the contents that came with it.

        A door that says "not now" is asked again. Raises `NeedsPerson` for any other fault.
        """
        while True:
            element, came = await self._post(message, contents or {})
            fault = read_fault(element)
            if fault is None:
                break
            if fault.code is not FaultCode.RECEIVER:
                raise NeedsPerson(f"{type(message).__name__} was answered with the fault {fault.dotted}: {fault.text}")
            await asyncio.sleep(0.2)
        for place, _ in list(includes(element)):
            del place[0]
        return msgspec.convert(values_of(described(answer), element), answer), came

    async def _post(self, message: msgspec.Struct, contents: Mapping[str, bytes]) -> tuple[etree._Element, dict[str, bytes]]:
        """Post a message; answers the element of the body, and what came beside it."""
        name = type(message).__name__
        element = element_of(message, described(type(message)), name)
        for place, content_id in zip(element.iter(f"{{{NAMESPACE}}}content"), contents, strict=True):
            place.append(include_element(content_id))
        token = security_block(SOAP_12, self._credentials, now=datetime.now(UTC), nonce=secrets.token_bytes(16))
        body, media_type = write_envelope(SOAP_12, element, [token]), soap_media_type(SOAP_12, f"{NAMESPACE}/{name}")
        if contents:
            parts = [_part(content_id, content) for content_id, content in contents.items()]
            writer = mtom_writer(f"phuong-{secrets.token_hex(16)}", SOAP_12, body, parts, f"{NAMESPACE}/{name}")
            body, media_type = b"".join([chunk async for chunk in writer.chunks()]), writer.content_type
        async with self._session.post(f"{next(self._doors)}/soap/v1", data=body, headers={"Content-Type": media_type}) as answer:
            return await _read(answer)


def _part(content_id: str, content: bytes) -> RelatedPart:
    """A content beside a message."""
    return RelatedPart(content_id=content_id, media_type="application/pdf", chunks=_once(content), size=len(content))


async def _read(answer: aiohttp.ClientResponse) -> tuple[etree._Element, dict[str, bytes]]:
    """Read an answer, plain or with contents beside it."""
    media_type = read_media_type(answer.headers["Content-Type"])
    came: dict[str, bytes] = {}
    if media_type.type == "multipart/related":
        related = await read_related(media_type, answer.content.iter_chunked(CHUNK))
        async for part in related.parts:
            came[part.content_id] = await part.whole(64 * 1024**2)
        message = related.root
    else:
        message = await answer.read()
    element = read_envelope(message, version=SOAP_12).body
    if element is None:
        raise NeedsPerson("the SOAP door answered an empty body")
    return element, came


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """A content in one piece."""
    yield content
