"""The messages of the services: what a body of SOAP holds, and the receipt in both protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from gateway.sdk import Malformed, Problem, Transfer, cid_of, from_element, include_element, to_element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.sdk import Receipt

__all__ = [
    "NAMESPACE",
    "Content",
    "Known",
    "RemoteReceipt",
    "child",
    "fault_body",
    "known_body",
    "read_contents",
    "read_known",
    "read_message_id",
    "read_receipt",
    "read_transfer",
    "receipt_body",
    "receipt_for",
    "send_body",
    "status_body",
]

NAMESPACE = "urn:vn:lienthong:xroad:1"
TRANSFER = "{urn:vn:lienthong:dossier:1}transfer"
CONTENT = f"{{{NAMESPACE}}}content"
SPACE = " \t\r\n"
LONGEST_TEXT = 2000


class RemoteReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a transfer was accepted at the other side: its ids there, the hash of its content, and when. `message_id` is that of X-Road."""

    transfer_id: str = ""
    message_id: str = ""
    dossier_id: str = ""
    digest: str = ""
    accepted_at: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a message arrived, and its receipt."""

    known: bool
    receipt: RemoteReceipt | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A content in a body: by what name the dossier calls it, and the id of the part that it is in, or its base64."""

    name: str
    cid: str = ""
    text: str = ""


def receipt_for(receipt: Receipt, message_id: str) -> RemoteReceipt:
    """What the other side is told of a receipt of the gateway: nothing of where the transfer goes from here."""
    return RemoteReceipt(
        transfer_id=receipt.transfer_id,
        message_id=message_id,
        dossier_id=receipt.dossier_id,
        digest=receipt.digest,
        accepted_at=receipt.accepted_at.isoformat(),
    )


# ---- written -------------------------------------------------------------------------------------------------------


def send_body(service: str, transfer: Transfer, included: Iterable[str] = ()) -> etree._Element:
    """A transfer to be sent; `included` are the ids of parts that stand in the body by XOP. Raises `Malformed` for what XML cannot say."""
    root = _wrapper(service)
    root.append(to_element(transfer))
    for name in included:
        etree.SubElement(root, CONTENT, {"id": name}).append(include_element(name))
    return root


def status_body(service: str, message_id: str) -> etree._Element:
    """The question whether a message arrived."""
    root = _wrapper(service)
    etree.SubElement(root, "message_id").text = message_id
    return root


def receipt_body(service: str, receipt: RemoteReceipt) -> etree._Element:
    """The answer to a transfer that was accepted."""
    root = _wrapper(f"{service}Response")
    _add_receipt(root, receipt)
    return root


def known_body(service: str, known: Known) -> etree._Element:
    """The answer to the question whether a message arrived."""
    root = _wrapper(f"{service}Response")
    etree.SubElement(root, "known").text = "true" if known.known else "false"
    if known.receipt is not None:
        _add_receipt(root, known.receipt)
    return root


def fault_body(service: str, code: str, text: str) -> etree._Element:
    """A business error: a normal answer that holds a fault."""
    root = _wrapper(f"{service}Response")
    fault = etree.SubElement(root, "fault")
    etree.SubElement(fault, "faultCode").text = code
    etree.SubElement(fault, "faultString").text = text[:LONGEST_TEXT]
    return root


# ---- read ----------------------------------------------------------------------------------------------------------


def read_transfer(body: etree._Element) -> Transfer:
    """Read the transfer of a body. Raises `Malformed` with every fault."""
    found = [one for one in body if one.tag == TRANSFER]
    strange = [one for one in body if one.tag not in {TRANSFER, CONTENT}]
    if len(found) != 1 or strange:
        raise Malformed([Problem(path="", rule="holds one transfer of urn:vn:lienthong:dossier:1, then contents, nothing else")])
    return from_element(found[0], Transfer)


def read_contents(body: etree._Element) -> tuple[Content, ...]:
    """Read the contents that stand in a body. Raises `Malformed` for one without a name, or with something else in it than XOP or base64."""
    found: list[Content] = []
    for index, one in enumerate(body.iterfind(CONTENT)):
        cid = cid_of(one[0].get("href", "")) if len(one) == 1 and etree.QName(one[0]).localname == "Include" else ""
        name = one.get("id", "")
        if not name or name in {other.name for other in found} or bool(len(one)) != bool(cid):
            rule = "has an id of its own, and one xop:Include or base64"
            raise Malformed([Problem(path=f"content[{index}]", rule=rule)])
        found.append(Content(name=name, cid=cid, text="" if cid else one.text or ""))
    return tuple(found)


def read_message_id(body: etree._Element) -> str:
    """Read which message is asked about. Raises `Malformed` when none is."""
    found = child(body, "message_id")
    if found is None or not (found.text or "").strip(SPACE):
        raise Malformed([Problem(path="message_id", rule="must be there", found="nothing")])
    return (found.text or "").strip(SPACE)


def read_receipt(body: etree._Element) -> RemoteReceipt | None:
    """Read the receipt of an answer; None when there is none."""
    found = child(body, "receipt")
    if found is None:
        return None
    texts = {etree.QName(one).localname: (one.text or "").strip(SPACE) for one in found}
    return RemoteReceipt(**{name: text for name, text in texts.items() if name in RemoteReceipt.__struct_fields__})


def read_known(body: etree._Element) -> Known | None:
    """Read whether a message arrived; None when the answer does not say."""
    said = child(body, "known")
    text = "" if said is None else (said.text or "").strip(SPACE)
    return Known(known=text in {"true", "1"}, receipt=read_receipt(body)) if text in {"true", "false", "1", "0"} else None


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of this name, in whatever namespace: senders differ in that."""
    return next((one for one in element if etree.QName(one).localname == name), None)


def _wrapper(name: str) -> etree._Element:
    """An empty body element."""
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={"x": NAMESPACE})


def _add_receipt(root: etree._Element, receipt: RemoteReceipt) -> None:
    """Write a receipt."""
    element = etree.SubElement(root, "receipt")
    for name in RemoteReceipt.__struct_fields__:
        etree.SubElement(element, name).text = getattr(receipt, name)
