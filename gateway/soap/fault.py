"""A fault as one value, written and read in both versions.

SOAP 1.1 writes `Client.Malformed.Charset`, SOAP 1.2 `Sender` with the subcodes `Malformed` and in it `Charset`: one code, two renderings.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from gateway.soap.version import SOAP_11, SOAP_12, SoapVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FaultCode", "SoapFault", "fault_element", "read_fault"]

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Subcodes are qualified names; those of the gateway are of this namespace.
CODES = "urn:vn:lienthong:fault:1"
SPACE = " \t\r\n"
DEEPEST = 20


class FaultCode(StrEnum):
    """Whose fault it is, in the words of SOAP 1.2."""

    DATA_ENCODING_UNKNOWN = "DataEncodingUnknown"
    MUST_UNDERSTAND = "MustUnderstand"
    RECEIVER = "Receiver"
    SENDER = "Sender"
    VERSION_MISMATCH = "VersionMismatch"


#: The same in the words of SOAP 1.1, which has none for an unknown encoding.
WORDS_11 = {
    FaultCode.DATA_ENCODING_UNKNOWN: "Client.DataEncodingUnknown",
    FaultCode.MUST_UNDERSTAND: "MustUnderstand",
    FaultCode.RECEIVER: "Server",
    FaultCode.SENDER: "Client",
    FaultCode.VERSION_MISMATCH: "VersionMismatch",
}
CODES_11 = {word: code for code, word in WORDS_11.items() if "." not in word}


class SoapFault(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: whose fault, which one from the general to the special, a sentence and its language, who found it, evidence.

    A subcode of another standard is written `{namespace}name`; SOAP 1.1 has it alone for a code, as WS-Security says. `actor` is a URI. `detail` speaks of the body; the elements move into the document when the fault is written.
    """

    code: FaultCode
    text: str
    subcodes: tuple[str, ...] = ()
    language: str = "en"
    actor: str = ""
    detail: tuple[etree._Element, ...] = ()

    @property
    def dotted(self) -> str:
        """The code as SOAP 1.1 writes it, such as `Server.ClientProxy.NetworkError`."""
        return ".".join([WORDS_11[self.code], *(subcode.rpartition("}")[2] for subcode in self.subcodes)])


def fault_element(version: SoapVersion, fault: SoapFault) -> etree._Element:
    """The one child of a body that says a fault, in this version."""
    root = etree.Element(version.name("Fault"), nsmap={"soap": version.namespace})
    if version is SOAP_11:
        _write_code_11(root, fault)
        etree.SubElement(root, "faultstring", {LANG: fault.language}).text = fault.text
        if fault.actor:
            etree.SubElement(root, "faultactor").text = fault.actor
        if fault.detail:
            etree.SubElement(root, "detail").extend(fault.detail)
        return root
    _write_codes(etree.SubElement(root, version.name("Code")), fault)
    reason = etree.SubElement(root, version.name("Reason"))
    etree.SubElement(reason, version.name("Text"), {LANG: fault.language}).text = fault.text
    if fault.actor:
        etree.SubElement(root, version.name("Node")).text = fault.actor
    if fault.detail:
        etree.SubElement(root, version.name("Detail")).extend(fault.detail)
    return root


def read_fault(body: etree._Element | None) -> SoapFault | None:
    """Read the child of a body as a fault of either version; None when it is none. What is missing is empty, what is strange is kept."""
    if body is None:
        return None
    if body.tag == SOAP_11.name("Fault"):
        return _read_11(body)
    return _read_12(body) if body.tag == SOAP_12.name("Fault") else None


def _write_codes(element: etree._Element, fault: SoapFault) -> None:
    """Write the code, and each subcode within the one before."""
    etree.SubElement(element, SOAP_12.name("Value")).text = f"soap:{fault.code}"
    for subcode in fault.subcodes:
        element = etree.SubElement(element, SOAP_12.name("Subcode"))
        uri, _, name = subcode.removeprefix("{").rpartition("}")
        value = etree.SubElement(element, SOAP_12.name("Value"), nsmap={"code": uri or CODES})
        value.text = f"code:{name}"


def _write_code_11(root: etree._Element, fault: SoapFault) -> None:
    """Write the code with dots, or that of another standard."""
    uri, _, name = fault.subcodes[-1].removeprefix("{").rpartition("}") if fault.subcodes else ("", "", "")
    code = etree.SubElement(root, "faultcode", nsmap={"code": uri} if uri else None)
    code.text = f"code:{name}" if uri else f"soap:{fault.dotted}"


def _read_11(root: etree._Element) -> SoapFault:
    """Read a fault of SOAP 1.1; its children have no namespace, but some senders give them one."""
    children = {etree.QName(child).localname: child for child in root}
    _, _, dotted = _text(children.get("faultcode")).rpartition(":")
    first, *rest = dotted.split(".")
    code = CODES_11.get(first)
    said = children.get("faultstring")
    detail = children.get("detail")
    return SoapFault(
        code=code or FaultCode.RECEIVER,
        subcodes=tuple(rest) if code else tuple(one for one in (first, *rest) if one),
        text=_text(said),
        language=said.get(LANG, "") if said is not None else "",
        actor=_text(children.get("faultactor")),
        detail=tuple(detail) if detail is not None else (),
    )


def _read_12(root: etree._Element) -> SoapFault:
    """Read a fault of SOAP 1.2; of its sentences the English one, else the first."""
    code = root.find(SOAP_12.name("Code"))
    first, *rest = [*_codes(code)] or [""]
    texts = root.findall(f"{SOAP_12.name('Reason')}/{SOAP_12.name('Text')}")
    said = min(texts, key=lambda text: not text.get(LANG, "").lower().startswith("en"), default=None)
    detail = root.find(SOAP_12.name("Detail"))
    known = first in FaultCode.__members__.values()
    return SoapFault(
        code=FaultCode(first) if known else FaultCode.RECEIVER,
        subcodes=tuple(rest) if known else tuple(one for one in (first, *rest) if one),
        text=_text(said),
        language=said.get(LANG, "") if said is not None else "",
        actor=_text(root.find(SOAP_12.name("Node"))),
        detail=tuple(detail) if detail is not None else (),
    )


def _codes(code: etree._Element | None) -> Iterator[str]:
    """The code and its subcodes, without their prefixes."""
    for _ in range(DEEPEST):
        if code is None:
            return
        yield _text(code.find(SOAP_12.name("Value"))).rpartition(":")[2]
        code = code.find(SOAP_12.name("Subcode"))


def _text(element: etree._Element | None) -> str:
    """The text of an element that may not be there."""
    return "" if element is None else (element.text or "").strip(SPACE)
