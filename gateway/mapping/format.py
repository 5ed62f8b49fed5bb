"""The agency's document as bytes, as an element and as a plain tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from gateway.domain.errors import Malformed, Problem
from gateway.mapping.tree import JsonValue, Tree, shape
from gateway.mapping.xml import Names, element_of, tree_of
from gateway.xml import parse_xml

if TYPE_CHECKING:
    from gateway.mapping.row import Document
    from gateway.mapping.run import Run

__all__ = ["Format"]


class Format:
    """Opens and encodes documents of one format; every fault is `Malformed` or reported to the run."""

    def __init__(self, document: Document) -> None:
        """Know the format, the root element and the namespaces."""
        self.document = document
        self._names = Names(document.namespaces)
        self._root = self._names.qualified(document.root) if document.root else ""

    def open(self, document: object) -> Tree:
        """The tree of a document given as bytes, text, element or tree."""
        if self.document.format == "xml":
            return self._open_xml(document)
        if isinstance(document, str):
            document = document.encode("utf-8", "surrogatepass")
        if isinstance(document, (bytes, bytearray)):
            document = _decode(bytes(document))
        if isinstance(document, dict):
            return document
        raise _malformed("type", document, "an object is expected")

    def _open_xml(self, document: object) -> Tree:
        if isinstance(document, (bytes, bytearray, str)):
            document = parse_xml(document)
        if not isinstance(document, etree._Element):  # noqa: SLF001 - the library has no other name for it
            raise _malformed("type", document, "an XML document is expected")
        if document.tag != self._root:
            raise _malformed("root", None, f"the root is {self.document.root}")
        return tree_of(document, self._names)

    def element(self, tree: Tree, run: Run) -> etree._Element:
        """The root element of a tree."""
        return element_of(tree, self.document.root, self._names, run)

    def encode(self, tree: Tree, run: Run) -> bytes:
        """The document in UTF-8, without an XML declaration."""
        if self.document.format == "xml":
            return etree.tostring(self.element(tree, run), encoding="utf-8")
        try:
            return msgspec.json.encode(tree)
        except (UnicodeEncodeError, OverflowError):
            run.report("", "text", None, "a value that JSON cannot carry")
            return b""


def _decode(data: bytes) -> JsonValue:
    try:
        value: JsonValue = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = "too deep" if isinstance(error, RecursionError) else "not JSON"
        raise _malformed("json", None, hint) from None
    return value


def _malformed(rule: str, found: object, hint: str) -> Malformed:
    described = shape(found) if found is not None else ""
    return Malformed([Problem(path="", rule=rule, found=described, hint=hint)])
