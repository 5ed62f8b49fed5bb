"""Takes a document apart while it comes: its elements as a small tree, the contents of its attachments as streams.

Never is the whole of an attachment in memory. A document type, an error of form, and whatever is out of all measure raise `Malformed`.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, TypeAlias
from xml.parsers import expat

import msgspec

from connectors.edxml.node import NAMESPACES, Node
from connectors.edxml.zipped import Unwrapper
from gateway.sdk import Base64Decoder, Malformed, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Begun", "Ended", "Piece", "Splitter"]

CONTENT, SIGNATURE = "ContentTransferEncoded", "Signature"
PIECE = 64 * 1024
LONGEST_MARKUP, LARGEST_REST = 512 * 1024, 8 * 1024**2
DEEPEST, MOST_ELEMENTS, MOST_ATTRIBUTES = 32, 50_000, 64
#: How a document in UTF-16 begins: with its mark, or with `<` in one of the two orders.
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
BEGINNING_BYTES = 2


class Begun(msgspec.Struct, frozen=True):
    """The content of an attachment begins."""


class Ended(msgspec.Struct, frozen=True):
    """The content of an attachment is all there."""


Piece: TypeAlias = Begun | bytes | Ended


class Splitter:
    """Fed with a document piece by piece; afterwards `root` is its tree, in which each content is the number of the content, `rest` the
    document as it came without the contents, `signature` its XML signature as it came.
    """

    def __init__(self) -> None:
        """Begin."""
        self.rest = bytearray()
        self.signature = ""
        self.root: Node | None = None
        self._pieces: list[Piece] = []
        self._path: list[Node] = []
        self._names: dict[str, str] = {}
        self._count = self._contents = 0
        self._content: tuple[Base64Decoder, Unwrapper] | None = None
        self._signed_from = -1
        self._last, self._chunk = b" ", b""
        self._base = self._kept = self._shift = 0
        self._beginning = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._begun = self._is_fresh = False
        self._parser = self._make_parser()

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take the next bytes and give what they hold of contents."""
        data = self._utf8(data)
        for start in range(0, len(data), PIECE):
            self._parse(data[start : start + PIECE], last=False)
            yield from self._taken()

    def close(self) -> Iterator[Piece]:
        """End the document."""
        self._parse(b"", last=True)
        yield from self._taken()

    def _taken(self) -> list[Piece]:
        """Take what was found."""
        taken, self._pieces = self._pieces, []
        return taken

    # ---- bytes -------------------------------------------------------------------------------------------------------

    def _utf8(self, data: bytes) -> bytes:
        """Bring a document that begins as UTF-16 into UTF-8; what the XML declaration says is no proof of anything."""
        if not self._begun:
            self._beginning += data
            if len(self._beginning) < BEGINNING_BYTES:
                return b""
            data, self._begun = self._beginning, True
            encoding = next((name for mark, name in UTF_16.items() if data.startswith(mark)), None)
            self._decoder = codecs.getincrementaldecoder(encoding)("strict") if encoding else None
        if self._decoder is None:
            return data
        try:
            return self._decoder.decode(data).encode()
        except UnicodeError as error:
            raise _fault("xml", "not in the encoding that it begins with") from error

    def _parse(self, data: bytes, *, last: bool) -> None:
        """Parse a piece, and keep what of it is no content."""
        self._last, self._chunk, self._base = self._chunk[-1:] or self._last, data, self._base + len(self._chunk)
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise _fault("xml", f"not well-formed, line {error.lineno}") from error
        if self._content is None:
            self._keep_to(self._base + len(data))
        if self._base + len(data) - self._parser.CurrentByteIndex > LONGEST_MARKUP + PIECE:
            raise _fault("xml", "a mark that does not end")
        if len(self.rest) > LARGEST_REST:
            raise _fault("xml", "too large without its attachments")

    def _keep_to(self, place: int) -> None:
        """Keep the bytes from where was kept last to a place of the document."""
        if place < self._base:
            del self.rest[place + self._shift :]
        else:
            self.rest += self._chunk[max(self._kept, self._base) - self._base : place - self._base]
        self._kept = place

    def _end_of_mark(self) -> int:
        """Where the closing mark that is being read ends; of an empty element the parser stands there already."""
        begin = self._parser.CurrentByteIndex - self._base
        if self._is_fresh and (self._last + self._chunk)[max(begin - 1, 0) : begin + 1] == b"/>":
            return self._base + begin
        return self._base + self._chunk.index(b">", max(begin, 0)) + 1

    # ---- elements ----------------------------------------------------------------------------------------------------

    def _make_parser(self) -> expat.XMLParserType:
        """A parser that knows no document type and fetches nothing."""
        parser = expat.ParserCreate("utf-8", "}")
        parser.buffer_text = True
        parser.buffer_size = PIECE
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        return parser

    def _refuse_doctype(self, *_: object) -> None:
        """Refuse a document type, whatever it says."""
        raise _fault("doctype", "a document type is refused")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._count += 1
        if self._content is not None:
            raise self._content_fault("base64", "an element inside a content")
        if len(self._path) >= DEEPEST or self._count > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES:
            raise _fault("xml", "too deep, or too many elements or attributes")
        node = Node(_plain(name), children=[])
        if self._path:
            self._path[-1].children.append(node)
        else:
            self.root = node
        self._path.append(node)
        self._is_fresh = True
        if node.name == CONTENT:
            self._keep_to(self._parser.CurrentByteIndex)
            self._content = Base64Decoder(), Unwrapper(self._name_of_content())
            self._pieces.append(Begun())
        elif node.name.rpartition("}")[2] == SIGNATURE and self._signed_from < 0 and not self.signature:
            self._signed_from = self._parser.CurrentByteIndex + self._shift

    def _end(self, _: str) -> None:
        """An element ends."""
        node = self._path.pop()
        if node.name == CONTENT:
            self._end_content(node)
        elif node.name.rpartition("}")[2] == SIGNATURE and self._signed_from >= 0:
            self._keep_to(self._end_of_mark())
            self.signature = bytes(self.rest[self._signed_from :]).decode()
            self._signed_from = -1
            if self._path:
                self._path[-1].children.pop()
        elif node.children:
            node.text = ""
        self._is_fresh = False

    def _text(self, text: str) -> None:
        """Text, of a content or of any other element."""
        self._is_fresh = False
        if self._content is None:
            self._path[-1].text += text
            return
        decoder, unwrapper = self._content
        try:
            self._pieces += unwrapper.feed(decoder.feed(text.encode()))
        except (Malformed, ValueError) as error:
            raise self._content_fault("base64", str(error)) from error

    # ---- contents ----------------------------------------------------------------------------------------------------

    def _end_content(self, node: Node) -> None:
        """A content ends: in the tree its number stands, in the rest a remark."""
        if self._content is None:
            return
        decoder, unwrapper = self._content
        try:
            decoder.end()
            self._pieces += unwrapper.close()
        except (Malformed, ValueError) as error:
            raise self._content_fault("base64", str(error)) from error
        self._pieces.append(Ended())
        self._content = None
        node.text = str(self._contents)
        self._kept = self._end_of_mark()
        self.rest += f"<!--content {self._contents}-->".encode()
        self._shift = len(self.rest) - self._kept
        self._contents += 1

    def _name_of_content(self) -> str:
        """The name of the attachment whose content begins, as far as it is known by now."""
        attachment = self._path[-2] if len(self._path) > 1 else Node("")
        name = attachment.said("AttachmentName")
        return name or self._names_of_manifest().get(attachment.said("ContentId").removeprefix("cid:"), "")

    def _names_of_manifest(self) -> dict[str, str]:
        """The names of attachments by their id, from the manifest."""
        if not self._names and self._path:
            found = self._path[0].first("edXMLEnvelope", "edXMLBody", "edXMLManifest") or Node("")
            self._names = {one.said("ContentId").removeprefix("cid:"): one.said("AttachmentName") for one in found.children}
        return self._names

    def _content_fault(self, rule: str, hint: str) -> Malformed:
        """A fault of the content that is being read."""
        return Malformed(
            [Problem(path=f"edXML:AttachmentEncoded/edXML:Attachment[{self._contents}]/edXML:{CONTENT}", rule=rule, hint=hint)]
        )


def _plain(name: str) -> str:
    """The name of an element without a namespace that is known; with one that is not, in braces."""
    uri, _, local = name.rpartition("}")
    return local if uri in NAMESPACES else f"{{{uri}}}{local}"


def _fault(rule: str, hint: str) -> Malformed:
    """A fault of the whole document."""
    return Malformed([Problem(path="", rule=rule, hint=hint)])
