"""The envelope: header blocks and one body, in both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from gateway.domain.errors import Malformed, Problem
from gateway.soap.version import VERSIONS, SoapVersion
from gateway.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["Envelope", "HeaderBlock", "envelope_around", "read_envelope", "require_understood", "soap_element", "write_envelope"]

SPACE = " \t\r\n"
#: Who the SOAP 1.2 roles mean beside `next`: the last receiver, which we are.
ULTIMATE = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"


class HeaderBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block of the header; `role` is whom it is meant for, empty for the last receiver."""

    element: etree._Element
    must_understand: bool = False
    role: str = ""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A message: its version, its header blocks and the one element of its body; None where the body is empty.

    `root` is the envelope as it came, for who must see the whole, such as a signature.
    """

    version: SoapVersion
    body: etree._Element | None
    headers: tuple[HeaderBlock, ...] = ()
    root: etree._Element | None = None

    def header(self, name: str) -> etree._Element | None:
        """The first header block of this name, written as lxml does."""
        return next((block.element for block in self.headers if block.element.tag == name), None)


def read_envelope(data: bytes | etree._Element, *, charset: str = "", version: SoapVersion | None = None) -> Envelope:
    """Read an envelope. `version` is the one that the media type belongs to, where it tells.

    Raises `Malformed`: code `version_mismatch` for an envelope of an unknown namespace or not of this version, `not_xml` for what the
    parser refuses, `not_soap` for everything else, such as two bodies, or a body with two children.
    """
    root = data if isinstance(data, etree._Element) else parse_xml(data, charset=charset)  # noqa: SLF001 - the library has no other name for it
    found = _version(root)
    if version is not None and found is not version:
        raise _not("version_mismatch", f"the media type belongs to SOAP {version.number}, the envelope to SOAP {found.number}")
    children = [str(child.tag) for child in root]
    if children not in ([found.name("Body")], [found.name("Header"), found.name("Body")]):
        raise _not("not_soap", "an Envelope holds one Header at most, then exactly one Body, nothing else")
    _require_no_text(root)
    body = root[-1]
    _require_no_text(body)
    if len(body) > 1:
        raise _not("not_soap", "the Body holds one element (document/literal)")
    blocks = tuple(_block(found, child) for child in root[0]) if len(children) == 2 else ()
    return Envelope(version=found, headers=blocks, body=body[0] if len(body) else None, root=root)


def require_understood(envelope: Envelope, known: Collection[str]) -> None:
    """Raise `Malformed`, code `must_understand`, naming every block that is meant for us, must be understood, and is not known."""
    ours = {"", ULTIMATE, envelope.version.next_role}
    strange = [
        Problem(path=f"Header[{index}]", rule="must be understood, and is not", found=_harmless(block.element))
        for index, block in enumerate(envelope.headers)
        if block.must_understand and block.role in ours and block.element.tag not in known
    ]
    if strange:
        raise Malformed(strange, code="must_understand")


def write_envelope(version: SoapVersion, body: etree._Element, headers: Sequence[etree._Element] = ()) -> bytes:
    """Write a message in UTF-8; the elements given move into it."""
    return etree.tostring(soap_element(version, body, headers), xml_declaration=True, encoding="UTF-8")


def envelope_around(version: SoapVersion, body: bytes, headers: Sequence[etree._Element] = ()) -> bytes:
    """Write a message around the element of its body, which is written already, in UTF-8 and without a declaration; it may be nothing."""
    blocks = b"".join(etree.tostring(block, encoding="utf-8", xml_declaration=False, with_tail=False) for block in headers)
    header = b"<soap:Header>%b</soap:Header>" % blocks if blocks else b""
    begin = f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{version.namespace}">'.encode()
    return b"%b%b<soap:Body>%b</soap:Body></soap:Envelope>" % (begin, header, body)


def soap_element(version: SoapVersion, body: etree._Element, headers: Sequence[etree._Element] = ()) -> etree._Element:
    """The envelope as an element; the elements given move into it."""
    root = etree.Element(version.name("Envelope"), nsmap={"soap": version.namespace})
    if headers:
        etree.SubElement(root, version.name("Header")).extend(headers)
    etree.SubElement(root, version.name("Body")).append(body)
    return root


def _version(root: etree._Element) -> SoapVersion:
    """The version that an envelope is of."""
    name = etree.QName(root)
    if name.localname != "Envelope":
        raise _not("not_soap", "the document is no SOAP envelope")
    found = next((version for version in VERSIONS if version.namespace == name.namespace), None)
    if found is None:
        raise _not("version_mismatch", "the namespace of the envelope is of no version of SOAP that is known here")
    return found


def _block(version: SoapVersion, element: etree._Element) -> HeaderBlock:
    """Read the attributes of a header block."""
    said = element.get(version.name("mustUnderstand"), "0").strip(SPACE)
    if said not in {"0", "1", "true", "false"}:
        raise _not("not_soap", "mustUnderstand is 0 or 1")
    role = element.get(version.name(version.role), "").strip(SPACE)
    return HeaderBlock(element=element, must_understand=said in {"1", "true"}, role=role)


def _require_no_text(element: etree._Element) -> None:
    """Raise `Malformed` for text where only elements may stand."""
    if any(text and text.strip(SPACE) for text in (element.text, *(child.tail for child in element))):
        raise _not("not_soap", "there is text beside the elements of the Envelope or the Body")


def _harmless(element: etree._Element) -> str:
    """The name of a strange element, when it is short enough to be one."""
    name = str(element.tag)
    return name if len(name) <= 200 else "an element with a long name"


def _not(code: str, hint: str) -> Malformed:
    """The fault of a whole envelope."""
    return Malformed([Problem(path="", rule="soap", hint=hint)], code=code)
