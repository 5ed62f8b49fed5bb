"""Elements of a document as plain values, and every variation of them brought into the one form that the tables read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NAMESPACE", "NAMESPACES", "Node", "is_status", "normalise", "render"]

#: Namespace of QCVN 102:2016; the one that is written.
NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
#: All that are read; the others were met in older systems, and some leave it out.
NAMESPACES = frozenset({NAMESPACE, "http://www.e-doc.vn/Schema/", "http://www.go.vn/eDoc", ""})
HEADER, MESSAGE, STATUS, TRACE, BUSSINESS = "edXMLHeader", "MessageHeader", "Status", "TraceHeaderList", "Bussiness"
#: What belongs into `Bussiness`, whose spelling is that of the standard.
OF_BUSSINESS = frozenset({"BussinessDocType", "BussinessDocReason", "BussinessDocumentInfo", "Paper", "StaffInfo", "ReplacementInfoList"})


class Node(msgspec.Struct):
    """An element while it is read: its name without prefix (with its namespace in braces when that is foreign), text and children."""

    name: str
    text: str = ""
    children: list[Node] = []

    def first(self, *names: str) -> Node | None:
        """The element that a path of names leads to; of several, the first."""
        found: Node | None = self
        for name in names:
            found = next((one for one in found.children if one.name == name), None) if found else None
        return found

    def said(self, *names: str) -> str:
        """The text at a path, without spaces around it; empty when it is not there."""
        found = self.first(*names)
        return found.text.strip() if found else ""


def normalise(root: Node) -> Node | None:
    """Find the envelope of a document and bring it into one form, in place: spelling of `Bussiness` and where it stands, `Status` for
    `MessageHeader`, no trace of the way. None when there is no header.
    """
    envelope = root if root.first(HEADER) else root.first("edXMLEnvelope") or _wrapped(root)
    header = envelope.first(HEADER) if envelope else None
    if envelope is None or header is None:
        return None
    _rename(header)
    _place_bussiness(header)
    return Node("edXMLEnvelope", children=[header, *(one for one in envelope.children if one.name == "edXMLBody")])


def is_status(envelope: Node) -> bool:
    """Tell a status message from a document."""
    return bool(envelope.said(HEADER, MESSAGE, "StatusCode"))


def render(node: Node) -> bytes:
    """Write an envelope as the tables read it: every element with the prefix `edXML`."""
    return f'<edXML:{node.name} xmlns:edXML="{NAMESPACE}">{"".join(map(_text, node.children))}</edXML:{node.name}>'.encode()


def _text(node: Node) -> str:
    """Write an element below the root."""
    inner = "".join(map(_text, node.children)) if node.children else escape(node.text)
    uri, _, local = node.name.rpartition("}")
    if uri:
        return f"<{local} xmlns={_quoted(uri[1:])}>{inner}</{local}>"
    return f"<edXML:{local}>{inner}</edXML:{local}>"


def _quoted(uri: str) -> str:
    """A namespace as the value of an attribute."""
    return '"' + escape(uri, {'"': "&quot;"}) + '"'


def _wrapped(root: Node) -> Node | None:
    """A header that stands directly in the root, as old status messages have it."""
    if root.first(MESSAGE) or root.first(STATUS):
        return Node("edXMLEnvelope", children=[Node(HEADER, children=root.children)])
    return None


def _rename(header: Node) -> None:
    """Give what is spelled or called otherwise the name of the standard."""
    for node in _all(header):
        if node.name.startswith("Business"):
            node.name = "Bussiness" + node.name.removeprefix("Business")
    for node in header.children:
        if node.name == STATUS:
            node.name = MESSAGE


def _place_bussiness(header: Node) -> None:
    """Gather what was to be done into `TraceHeaderList/Bussiness`, and leave out who passed the document on."""
    trace = header.first(TRACE) or Node(TRACE)
    gathered: list[Node] = []
    for place in (trace, header):
        gathered += [part for one in place.children if one.name.startswith(BUSSINESS) for part in _parts(one)]
        place.children = [one for one in place.children if not one.name.startswith(BUSSINESS)]
    header.children = [one for one in header.children if one is not trace]
    if gathered:
        header.children.append(Node(TRACE, children=[Node(BUSSINESS, children=gathered)]))


def _parts(node: Node) -> Iterator[Node]:
    """The parts of `Bussiness`, from an element that is it, is called as one of its parts, or holds only its type."""
    if node.name == "BussinessDocType" and node.children:
        yield from node.children
    elif node.name in OF_BUSSINESS:
        yield node
    elif node.children:
        yield from node.children
    elif node.text.strip():
        yield Node("BussinessDocType", text=node.text)


def _all(node: Node) -> Iterator[Node]:
    """Every element at and below one."""
    yield node
    for child in node.children:
        yield from _all(child)
