"""The header of an X-Road SOAP message: who calls which service, under which id, about what."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from connectors.xroad.identifier import DOTS, PART, Service, Subsystem
from gateway.sdk import HeaderBlock, Malformed, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.sdk import Envelope

__all__ = ["IDENTIFIERS", "KNOWN", "REQUEST_HASH", "XROAD", "Header", "echo", "faults_of_an_answer", "read_header", "write_header"]

XROAD = "http://x-road.eu/xsd/xroad.xsd"
IDENTIFIERS = "http://x-road.eu/xsd/identifiers"
REPRESENTATION = "http://x-road.eu/xsd/representation.xsd"
CLIENT, SERVICE, ID, USER_ID, ISSUE, VERSION, REQUEST_HASH = (
    f"{{{XROAD}}}{name}" for name in ("client", "service", "id", "userId", "issue", "protocolVersion", "requestHash")
)
OBJECT_TYPE = f"{{{IDENTIFIERS}}}objectType"
#: Every block of X-Road is understood, extensions such as a represented party too: they are the security servers' business, and echoed.
KNOWN = frozenset(
    {CLIENT, SERVICE, ID, USER_ID, ISSUE, VERSION, REQUEST_HASH}
    | {f"{{{XROAD}}}{name}" for name in ("centralService", "securityServer", "securityToken")}
    | {f"{{{REPRESENTATION}}}representedParty"}
)
NEEDED = (CLIENT, SERVICE, ID, VERSION)
ONCE = (*NEEDED, USER_ID, ISSUE)
MEMBER_PARTS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
SERVICE_PARTS = (*MEMBER_PARTS, "serviceCode", "serviceVersion")
MESSAGE_ID = re.compile(r"[!-~]{1,150}\Z")
#: Any version with the same major number is compatible.
PROTOCOL = re.compile(r"4\.[0-9]{1,3}\Z")
WRITTEN_PROTOCOL = "4.0"
SPACE = " \t\r\n"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls which service under which message id; `issue` is the code of the dossier that the call is about."""

    client: Subsystem
    service: Service
    id: str
    user_id: str = ""
    issue: str = ""


def write_header(header: Header) -> list[etree._Element]:
    """Write the blocks, in the order of the protocol."""
    names: dict[str | None, str] = {"xrd": XROAD, "id": IDENTIFIERS}
    client = etree.Element(CLIENT, {OBJECT_TYPE: "SUBSYSTEM" if header.client.subsystem else "MEMBER"}, nsmap=names)  # type: ignore[arg-type]  # the stubs forget None
    _add_parts(client, MEMBER_PARTS, header.client.parts)
    provider = header.service.provider
    service = etree.Element(SERVICE, {OBJECT_TYPE: "SERVICE"}, nsmap=names)  # type: ignore[arg-type]  # as above
    codes = (provider.instance, provider.member_class, provider.member, provider.subsystem, header.service.code, header.service.version)
    _add_parts(service, SERVICE_PARTS, codes)
    texts = ((ID, header.id), (USER_ID, header.user_id), (ISSUE, header.issue), (VERSION, WRITTEN_PROTOCOL))
    blocks = [client, service]
    for name, text in texts:
        if text:
            block = etree.Element(name, nsmap=names)  # type: ignore[arg-type]  # as above
            block.text = text
            blocks.append(block)
    return blocks


def read_header(envelope: Envelope) -> Header:
    """Read the header of a request. Raises `Malformed` with every fault; its code is that of the first, as X-Road names it."""
    found: dict[str, list[etree._Element]] = {}
    for block in envelope.headers:
        found.setdefault(str(block.element.tag), []).append(block.element)
    faults = [*_missing_or_repeated(found)]
    first = {name: blocks[0] for name, blocks in found.items()}
    faults += _faults_of_texts(first)
    client, of_client = _identifier(first.get(CLIENT), "client", MEMBER_PARTS)
    service, of_service = _identifier(first.get(SERVICE), "service", SERVICE_PARTS)
    faults += [*of_client, *of_service]
    if faults:
        raise Malformed([problem for _, problem in faults], code=faults[0][0])
    return Header(
        client=_subsystem(client),
        service=Service(provider=_subsystem(service), code=service["serviceCode"], version=service.get("serviceVersion", "")),
        id=_text(first[ID]),
        user_id=_text(first.get(USER_ID)),
        issue=_text(first.get(ISSUE)),
    )


def echo(blocks: tuple[HeaderBlock, ...]) -> list[etree._Element]:
    """Every block of a request once more, in its order, with its values; but for the hash, which only a security server writes."""
    return [copy.deepcopy(block.element) for block in blocks if block.element.tag != REQUEST_HASH]


def faults_of_an_answer(header: Header, answer: Envelope) -> list[str]:
    """Name the fields in which an answer is not the answer to a request: those that are missing, or say something else."""
    try:
        said = read_header(answer)
    except Malformed as error:
        return [problem.path for problem in error.problems]
    return [name for name in Header.__struct_fields__ if getattr(said, name) != getattr(header, name)]


def _add_parts(element: etree._Element, names: tuple[str, ...], values: tuple[str, ...]) -> None:
    """Write the parts of an identifier that are there."""
    for name, value in zip(names, values, strict=False):
        if value:
            etree.SubElement(element, f"{{{IDENTIFIERS}}}{name}").text = value


def _missing_or_repeated(found: dict[str, list[etree._Element]]) -> Iterator[tuple[str, Problem]]:
    """Name the fields that are missing, or there twice."""
    for name in ONCE:
        local = name.rpartition("}")[2]
        if len(found.get(name, ())) > 1:
            yield "DuplicateHeaderField", Problem(path=f"Header.{local}", rule="stands there twice")
        elif name not in found and name in NEEDED:
            yield "MissingHeaderField", Problem(path=f"Header.{local}", rule="must be there", found="nothing")


def _faults_of_texts(first: dict[str, etree._Element]) -> Iterator[tuple[str, Problem]]:
    """Name what is wrong with the id and the version."""
    if ID in first and not MESSAGE_ID.match(_text(first[ID])):
        yield "InvalidHeaderField", Problem(path="Header.id", rule="1 to 150 printable ASCII characters without spaces")
    if VERSION in first and not PROTOCOL.match(_text(first[VERSION])):
        yield "InvalidProtocolVersion", Problem(path="Header.protocolVersion", rule="4.0, or another 4.x")


def _identifier(element: etree._Element | None, name: str, parts: tuple[str, ...]) -> tuple[dict[str, str], list[tuple[str, Problem]]]:
    """Read the parts of an identifier, and name what is wrong with it."""
    if element is None:
        return {}, []
    found = {str(child.tag): _text(child) for child in element}
    values = {part: found[key] for part in parts if (key := f"{{{IDENTIFIERS}}}{part}") in found}
    path = f"Header.{name}"
    wanted = "SERVICE" if name == "service" else "SUBSYSTEM" if "subsystemCode" in values else "MEMBER"
    code = "InvalidClientIdentifier" if name == "client" else "InvalidHeaderField"
    faults = []
    if element.get(OBJECT_TYPE) != wanted:
        faults.append((code, Problem(path=f"{path}.objectType", rule=f"is {wanted} here")))
    if len(values) != len(element):
        faults.append((code, Problem(path=path, rule=f"holds {', '.join(parts)}, each once at most")))
    needed = [part for part in parts if part not in {"subsystemCode", "serviceVersion"}]
    faults += [(code, Problem(path=f"{path}.{part}", rule="must be there", found="nothing")) for part in needed if part not in values]
    faults += [
        (code, Problem(path=f"{path}.{part}", rule="letters, digits and '()+,-.=? only"))
        for part, value in values.items()
        if not re.fullmatch(PART, value) or DOTS.match(value)
    ]
    return values, faults


def _subsystem(values: dict[str, str]) -> Subsystem:
    """The subsystem of an identifier that is whole."""
    instance, member_class, member = (values[part] for part in MEMBER_PARTS[:3])
    return Subsystem(instance=instance, member_class=member_class, member=member, subsystem=values.get("subsystemCode", ""))


def _text(element: etree._Element | None) -> str:
    """The text of a field, without the space around it."""
    return "" if element is None else (element.text or "").strip(SPACE)
