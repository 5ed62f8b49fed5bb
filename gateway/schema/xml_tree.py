"""An XML document as a tree, read with a parser that trusts nothing."""

from __future__ import annotations

from lxml import etree

from gateway.domain.errors import Malformed, Problem

__all__ = ["NAMESPACE", "NIL", "XSI", "parse"]

NAMESPACE = "urn:vn:lienthong:dossier:1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"


def parse(data: bytes) -> etree._Element:
    """Parse a document; raises `Malformed` when it is not well-formed or declares a document type. Comments are left out."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, column = getattr(error, "position", (0, 0))
        raise _malformed(f"not well-formed XML at line {line}:{column}") from None  # its text may show what it found
    if root.getroottree().docinfo.internalDTD is not None:
        raise _malformed("no document type declaration is allowed")
    return root


def _malformed(rule: str) -> Malformed:
    """Put the fault of a whole document together."""
    return Malformed([Problem(path="", rule=rule)], code="not_xml")
