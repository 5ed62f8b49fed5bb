"""The one XML parser of the gateway: it trusts nothing, and refuses more than it must."""

from __future__ import annotations

import re
from functools import cache

import msgspec
from lxml import etree

from gateway.domain.errors import Malformed, Problem

__all__ = ["BOUNDS", "XmlBounds", "parse_xml", "require_utf_8", "xml_fault"]


class XmlBounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a document is taken: its bytes, its tags, attributes in all and of one element, elements within each other."""

    size: int = 16 * 1024 * 1024
    tags: int = 400_000
    attributes: int = 200_000
    attributes_each: int = 100
    depth: int = 128


BOUNDS = XmlBounds()
#: What may stand before a document type. The byte order mark is gone then.
PROLOG = re.compile(rb"(?>\s++|<\?(?s:.*?)\?>|<!--(?s:.*?)-->)*+<!DOCTYPE")
DECLARED = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
WIDER = etree.XPath("boolean(//*[count(@*) > $most])")
UTF_8, UTF_16 = "utf-8", "utf-16"
#: The encodings that are taken, by the names they go by.
KNOWN = {"ascii": UTF_8, "us-ascii": UTF_8, "utf-8": UTF_8, "utf8": UTF_8, "utf-16": UTF_16, "utf-16be": UTF_16, "utf-16le": UTF_16}
#: How a document in UTF-16 begins: with a byte order mark, or with `<` in one of the two orders.
BEGINNINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def parse_xml(data: bytes | bytearray | str, *, charset: str = "", bounds: XmlBounds = BOUNDS) -> etree._Element:
    """The root of a document, without comments and processing instructions.

    `charset` is what the media type says, if it says anything; a text has no encoding, whatever it declares. Raises `Malformed`, code `not_xml`, for every document type, for
    anything but UTF-8 and UTF-16, for an encoding that is not the one declared, for what is not well-formed (with its place) and for
    what is beyond the bounds. Opens nothing, expands nothing, recovers nothing.
    """
    if len(data) > bounds.size:
        raise xml_fault("xml", f"at most {bounds.size} bytes")
    document = data.lstrip("\ufeff").encode("utf-8", "surrogatepass") if isinstance(data, str) else _as_utf8(bytes(data), charset)
    if PROLOG.match(document):
        raise xml_fault("doctype", "a document type is refused; send the document without <!DOCTYPE>")
    _require_few(document, bounds)
    root = _parse(document)
    _require_shape(root, document, bounds)
    return root


def require_utf_8(begin: bytes, charset: str) -> bytes:
    """The begin of a document that comes as a stream, without its byte order mark. Raises `Malformed`, code `not_xml`, for a document type,
    and for anything but UTF-8.
    """
    if begin[:2] in BEGINNINGS:
        raise xml_fault("charset", "send UTF-8; UTF-16 is taken in short documents only")
    document = _as_utf8(begin, charset)
    if PROLOG.match(document):
        raise xml_fault("doctype", "a document type is refused; send the document without <!DOCTYPE>")
    return document


def xml_fault(rule: str, hint: str) -> Malformed:
    """The fault of a whole document."""
    return Malformed([Problem(path="", rule=rule, hint=hint)], code="not_xml")


def _parse(document: bytes) -> etree._Element:
    """Parse what is UTF-8; the parser is made anew, for one that failed remembers it."""
    parser = etree.XMLParser(
        encoding=UTF_8,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, column = getattr(error, "position", (1, 1))
        raise xml_fault("xml", f"not well-formed at line {line}, column {column}") from None  # its text may show what it found
    if root.getroottree().docinfo.internalDTD is not None:
        raise xml_fault("doctype", "a document type is refused")
    return root


def _as_utf8(data: bytes, charset: str) -> bytes:
    """The document in UTF-8, without a byte order mark."""
    said = charset.strip().lower()
    if said and said not in KNOWN:
        raise xml_fault("charset", "send UTF-8 or UTF-16")
    codec = BEGINNINGS.get(data[:2], UTF_8)
    try:
        document = data.removeprefix(b"\xef\xbb\xbf") if codec == UTF_8 else data.decode(codec).encode()
    except UnicodeError:
        raise xml_fault("charset", "not the UTF-16 that it begins as") from None
    found = UTF_8 if codec == UTF_8 else UTF_16
    declared = DECLARED.match(document)
    names = {said, declared.group(1).decode().lower() if declared else ""} - {""}
    if any(KNOWN.get(name) != found for name in names):
        raise xml_fault("charset", f"the document is {found.upper()}; declare what it is, or nothing")
    return document


def _require_few(document: bytes, bounds: XmlBounds) -> None:
    """Refuse what would fill the memory as a tree; counted before there is one."""
    if document.count(b"<") > bounds.tags:
        raise xml_fault("xml", f"at most {bounds.tags} tags")
    if document.count(b'"') + document.count(b"'") > 2 * bounds.attributes and document.count(b"=") > bounds.attributes:
        raise xml_fault("xml", f"at most {bounds.attributes} attributes")


def _require_shape(root: etree._Element, document: bytes, bounds: XmlBounds) -> None:
    """Refuse what is nested too deeply, and elements with very many attributes."""
    if _deeper_than(bounds.depth)(root):
        raise xml_fault("xml", f"elements nested deeper than {bounds.depth}")
    most = bounds.attributes_each
    if document.count(b"=") > most and WIDER(root, most=most):
        raise xml_fault("xml", f"more than {most} attributes of one element")
    if document.count(b"xmlns") > most and any(len(element.nsmap) > most for element in root.iter()):
        raise xml_fault("xml", f"more than {most} namespaces in one place")


@cache
def _deeper_than(depth: int) -> etree.XPath:
    """Whether a document has an element below so many others."""
    return etree.XPath("boolean(/" + "*/" * depth + "*)")
