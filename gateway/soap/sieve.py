"""Reads an envelope as it arrives, and lets long contents through in pieces instead of keeping them.

The same refusals as `parse_xml`; its bounds hold for all but the contents that are let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeAlias

import msgspec
from lxml import etree

from gateway.domain.errors import Malformed, Problem
from gateway.multipart.transfer_encoding import Base64Decoder
from gateway.xml import BOUNDS, XmlBounds, require_utf_8, xml_fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

__all__ = ["Begun", "Ended", "Flow", "Piece", "Sieve", "base64_content"]

FIRST = 4096

#: How a parser that resolves no entities tells of each ampersand in an attribute.
AMPERSAND = "&#38;"


class Begun(msgspec.Struct, frozen=True):
    """An element of the names that are looked for begins; its content follows in pieces."""


class Piece(msgspec.Struct, frozen=True):
    """A piece of the content."""

    text: str


class Ended(msgspec.Struct, frozen=True):
    """The element ends."""


Flow: TypeAlias = Begun | Piece | Ended


class Sieve:
    """Takes a document in pieces. `watched` are the names of elements whose text is let through; they stay in the tree, empty."""

    def __init__(self, watched: Collection[str], *, charset: str = "", bounds: XmlBounds = BOUNDS) -> None:
        """Begin with nothing; `charset` is what the media type says."""
        self._target = _Target(frozenset(watched), bounds)
        self._parser = etree.XMLParser(
            target=self._target,  # type: ignore[arg-type]  # the stubs want names in bytes too, which no parser gives
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._charset = charset
        self._waiting: bytes | None = b""

    def feed(self, piece: bytes) -> list[Flow]:
        """Take a piece; answers what is let through. Raises `Malformed`, code `not_xml`, or `too_large` beyond the bounds."""
        if self._waiting is not None:
            self._waiting += piece
            if len(self._waiting) < FIRST:
                return []
            piece, self._waiting = require_utf_8(self._waiting, self._charset), None
        self._parse(piece)
        flows, self._target.flows = self._target.flows, []
        return flows

    @property
    def opened(self) -> etree._Element | None:
        """The root as far as it has come; None before it begins."""
        return self._target.root

    def close(self) -> tuple[list[Flow], etree._Element]:
        """No more comes: the last of what is let through, and the root of the whole. Raises `Malformed`, code `not_xml`."""
        if self._waiting is not None:
            self._parse(require_utf_8(self._waiting, self._charset))
        try:
            root: etree._Element = self._parser.close()
        except etree.XMLSyntaxError:
            raise xml_fault("xml", "the document is cut off, or not well-formed") from None
        return self._target.flows, root

    def _parse(self, piece: bytes) -> None:
        try:
            self._parser.feed(piece)
        except (Malformed, etree.XMLSyntaxError) as error:
            if self._target.refused is not None:
                raise self._target.refused from None
            line, column = getattr(error, "position", (0, 0))
            raise xml_fault("xml", f"not well-formed at line {line}, column {column}" if line else "not well-formed") from None


async def base64_content(flows: AsyncIterator[Flow], path: str) -> AsyncIterator[bytes]:
    """Decode the pieces of one content up to its end. Raises `Malformed`, naming `path`, for what is no base64."""
    decoder = Base64Decoder()
    async for flow in flows:
        match flow:
            case Piece(text=text):
                if not text.isascii():
                    break
                if piece := decoder.feed(text.encode()):
                    yield piece
            case Ended():
                decoder.end()
                return
            case Begun():
                break
    raise Malformed([Problem(path=path, rule="a content is base64 and nothing else")])


class _Target:
    """What the parser calls: builds the tree, except for the text of watched elements."""

    def __init__(self, watched: frozenset[str], bounds: XmlBounds) -> None:
        self._watched = watched
        self._bounds = bounds
        self._builder = etree.TreeBuilder()
        self._depth = 0
        self._tags = 0
        self._size = 0
        self._inside = 0
        self.flows: list[Flow] = []
        self.root: etree._Element | None = None
        self.refused: Malformed | None = None

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str] | None = None) -> None:
        """Begin an element."""
        self._depth += 1
        self._tags += 1
        self._grow(len(tag) + sum(len(name) + len(value) for name, value in attributes.items()))
        bounds = self._bounds
        if self._depth > bounds.depth or self._tags > bounds.tags or len(attributes) > bounds.attributes_each:
            self._refuse(xml_fault("xml", "elements nested too deeply, too many of them, or with too many attributes"))
        if len(namespaces or ()) > bounds.attributes_each:
            self._refuse(xml_fault("xml", "too many namespaces in one place"))
        said = {name: value.replace(AMPERSAND, "&") for name, value in attributes.items()}
        element = self._builder.start(tag, said, {prefix or None: uri for prefix, uri in (namespaces or {}).items()})  # type: ignore[call-arg,arg-type,func-returns-value]  # the stubs forget half of it
        if self.root is None:
            self.root = element
        if self._inside or tag in self._watched:
            self._inside += 1
            if self._inside == 1:
                self.flows.append(Begun())

    def end(self, tag: str) -> None:
        """End an element."""
        self._depth -= 1
        self._builder.end(tag)
        if self._inside:
            self._inside -= 1
            if not self._inside:
                self.flows.append(Ended())

    def data(self, text: str) -> None:
        """Take text: what stands in a watched element goes through."""
        if self._inside == 1:
            self.flows.append(Piece(text))
            return
        self._grow(len(text))
        self._builder.data(text)

    def doctype(self, *_: object) -> None:
        """Refuse a document type that stood further on than was looked."""
        self._refuse(xml_fault("doctype", "a document type is refused; send the document without <!DOCTYPE>"))

    def close(self) -> etree._Element:
        """The whole."""
        return self._builder.close()

    def _grow(self, count: int) -> None:
        """Count what is kept."""
        self._size += count
        if self._size > self._bounds.size:
            hint = f"a message without its contents has at most {self._bounds.size} characters"
            self._refuse(Malformed([Problem(path="", rule="xml", hint=hint)], code="too_large"))

    def _refuse(self, refused: Malformed) -> NoReturn:
        """Stop the parser; it may say something else of it, so that the reason is kept here."""
        self.refused = self.refused or refused
        raise refused
