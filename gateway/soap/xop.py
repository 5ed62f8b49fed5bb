"""Attachments of a message: by XOP (MTOM), where an `Include` stands for the content, and beside the message (SwA)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from lxml import etree

from gateway.multipart.media_type import MediaType
from gateway.multipart.related import RelatedPart, RelatedWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from gateway.soap.version import SoapVersion

__all__ = ["XOP", "cid_of", "include_element", "includes", "mtom_writer", "soap_media_type", "swa_writer"]

XOP = "http://www.w3.org/2004/08/xop/include"
INCLUDE = f"{{{XOP}}}Include"
XOP_TYPE = "application/xop+xml"
ROOT_ID = "root@lienthong"


def includes(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Every element whose whole content is an `Include`, with the id of the part it stands for; empty when its reference is none."""
    for include in root.iter(INCLUDE):
        parent = include.getparent()
        if parent is not None:
            yield parent, cid_of(include.get("href", "")) if len(parent) == 1 and not (parent.text or "").strip() else ""


def cid_of(reference: str) -> str:
    """The id of the part that a `cid:` reference names, as it stands in Content-ID without angle brackets; empty when it names none."""
    scheme, colon, name = reference.strip().partition(":")
    if not colon or scheme.lower() != "cid":
        return ""
    return unquote(name).removeprefix("<").removesuffix(">")


def include_element(content_id: str) -> etree._Element:
    """An `Include` that stands for the part of this id."""
    return etree.Element(INCLUDE, {"href": "cid:" + quote(content_id, safe="@!$&'()*+,;=:")}, nsmap={"xop": XOP})


def soap_media_type(version: SoapVersion, action: str = "") -> str:
    """The media type of a plain message; `action` is told by SOAP 1.2 alone, SOAP 1.1 has a header for it."""
    said = {"action": action} if action and version.number == "1.2" else {}
    return str(MediaType(type=version.media_type, parameters={"charset": "utf-8", **said}))


def mtom_writer(boundary: str, version: SoapVersion, envelope: bytes, parts: Sequence[RelatedPart], action: str = "") -> RelatedWriter:
    """Write a message whose `Include`s stand for the parts."""
    said = {"action": action} if action and version.number == "1.2" else {}
    root_type = MediaType(type=XOP_TYPE, parameters={"charset": "UTF-8", "type": version.media_type, **said})
    root = _root(envelope, str(root_type))
    return RelatedWriter(boundary, [root, *parts], root_type=XOP_TYPE, start_info=version.media_type)


def swa_writer(boundary: str, version: SoapVersion, envelope: bytes, parts: Sequence[RelatedPart]) -> RelatedWriter:
    """Write a message with attachments beside it."""
    root = _root(envelope, soap_media_type(version))
    return RelatedWriter(boundary, [root, *parts], root_type=version.media_type)


def _root(envelope: bytes, media_type: str) -> RelatedPart:
    """The envelope as the first part."""
    return RelatedPart(content_id=ROOT_ID, media_type=media_type, chunks=_once(envelope), size=len(envelope))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """A content in one piece."""
    yield content
