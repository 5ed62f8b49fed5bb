"""The header of X-Road's message protocol: every rule of it, written and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from lxml import etree

from connectors.xroad.header import IDENTIFIERS, XROAD, Header, echo, faults_of_an_answer, read_header, write_header
from connectors.xroad.identifier import Service, Subsystem
from gateway.sdk import SOAP_11, Envelope, Malformed, read_envelope, write_envelope
from schemas import schema_path

CLIENT = Subsystem(instance="VN", member_class="GOV", member="H21.129", subsystem="lienthong")
PROVIDER = Subsystem(instance="VN", member_class="GOV", member="000.00.00.G22", subsystem="vpcpdvcprovider")
HEADER = Header(
    client=CLIENT,
    service=Service(provider=PROVIDER, code="SendTransfer", version="v1"),
    id="5f9d2f3a-8f4e-4a39-9d0a-9d1a2b3c4d5e",
    user_id="VN0123456789",
    issue="H21.129-260302-0042",
)
Change = Callable[[etree._Element], Any]


def envelope_of(header: Header = HEADER, change: Change | None = None) -> Envelope:
    """A message with this header, changed on the way."""
    root = read_envelope(write_envelope(SOAP_11, etree.Element("{urn:x}body"), headers=write_header(header))).root
    assert root is not None
    if change is not None:
        change(root[0])
    return read_envelope(etree.tostring(root))


def field(header: etree._Element, name: str) -> etree._Element:
    found = header.find(f"{{{XROAD}}}{name}")
    assert found is not None
    return found


def part(header: etree._Element, name: str, code: str) -> etree._Element:
    found = field(header, name).find(f"{{{IDENTIFIERS}}}{code}")
    assert found is not None
    return found


def test_the_fields_stand_in_the_order_of_the_protocol_and_are_valid() -> None:
    blocks = write_header(HEADER)

    assert [etree.QName(block).localname for block in blocks] == ["client", "service", "id", "userId", "issue", "protocolVersion"]
    schema = etree.XMLSchema(etree.parse(str(schema_path("xroad/xroad.xsd"))))
    for block in blocks:
        schema.assertValid(block)
    assert blocks[0].get(f"{{{IDENTIFIERS}}}objectType") == "SUBSYSTEM"
    assert blocks[1].get(f"{{{IDENTIFIERS}}}objectType") == "SERVICE"
    assert blocks[-1].text == "4.0"


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        msgspec.structs.replace(HEADER, user_id="", issue=""),
        msgspec.structs.replace(HEADER, client=msgspec.structs.replace(CLIENT, subsystem="")),
        msgspec.structs.replace(HEADER, service=Service(provider=msgspec.structs.replace(PROVIDER, subsystem=""), code="GetStatus")),
        msgspec.structs.replace(HEADER, issue="Hồ sơ số 1 & 2"),
    ],
)
def test_a_header_survives(header: Header) -> None:
    assert read_header(envelope_of(header)) == header


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        (lambda header: header.remove(field(header, "client")), "Header.client", "MissingHeaderField"),
        (lambda header: header.remove(field(header, "service")), "Header.service", "MissingHeaderField"),
        (lambda header: header.remove(field(header, "id")), "Header.id", "MissingHeaderField"),
        (lambda header: header.remove(field(header, "protocolVersion")), "Header.protocolVersion", "MissingHeaderField"),
        (lambda header: header.append(etree.fromstring(f'<id xmlns="{XROAD}">2</id>')), "Header.id", "DuplicateHeaderField"),
        (lambda header: header.append(etree.fromstring(f'<issue xmlns="{XROAD}">2</issue>')), "Header.issue", "DuplicateHeaderField"),
        (lambda header: setattr(field(header, "id"), "text", " "), "Header.id", "InvalidHeaderField"),
        (lambda header: setattr(field(header, "id"), "text", "x" * 151), "Header.id", "InvalidHeaderField"),
        (lambda header: setattr(field(header, "id"), "text", "mã số"), "Header.id", "InvalidHeaderField"),
        (lambda header: setattr(field(header, "protocolVersion"), "text", "5.0"), "Header.protocolVersion", "InvalidProtocolVersion"),
        (lambda header: setattr(field(header, "protocolVersion"), "text", "4"), "Header.protocolVersion", "InvalidProtocolVersion"),
        (
            lambda header: setattr(part(header, "client", "memberCode"), "text", "H21/129"),
            "Header.client.memberCode",
            "InvalidClientIdentifier",
        ),
        (lambda header: setattr(part(header, "client", "memberCode"), "text", ".."), "Header.client.memberCode", "InvalidClientIdentifier"),
        (
            lambda header: setattr(part(header, "service", "serviceCode"), "text", "a%2F"),
            "Header.service.serviceCode",
            "InvalidHeaderField",
        ),
        (
            lambda header: field(header, "client").remove(part(header, "client", "memberClass")),
            "Header.client.memberClass",
            "InvalidClientIdentifier",
        ),
        (
            lambda header: field(header, "service").remove(part(header, "service", "serviceCode")),
            "Header.service.serviceCode",
            "InvalidHeaderField",
        ),
        (
            lambda header: field(header, "client").set(f"{{{IDENTIFIERS}}}objectType", "MEMBER"),
            "Header.client.objectType",
            "InvalidClientIdentifier",
        ),
        (lambda header: field(header, "client").attrib.clear(), "Header.client.objectType", "InvalidClientIdentifier"),
        (
            lambda header: field(header, "client").append(etree.Element(f"{{{IDENTIFIERS}}}serviceCode")),
            "Header.client",
            "InvalidClientIdentifier",
        ),
        (
            lambda header: field(header, "client").append(etree.Element(f"{{{IDENTIFIERS}}}memberCode")),
            "Header.client",
            "InvalidClientIdentifier",
        ),
    ],
)
def test_what_breaks_a_rule_is_named_as_x_road_names_it(change: Change, path: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_header(envelope_of(change=change))

    assert path in [problem.path for problem in caught.value.problems]
    assert caught.value.code == code


def test_every_fault_of_a_header_is_told_at_once() -> None:
    def change(header: etree._Element) -> None:
        header.remove(field(header, "id"))
        field(header, "protocolVersion").text = "3.1"
        part(header, "client", "memberCode").text = "H21:129"

    with pytest.raises(Malformed) as caught:
        read_header(envelope_of(change=change))

    assert {problem.path for problem in caught.value.problems} == {"Header.id", "Header.protocolVersion", "Header.client.memberCode"}


@pytest.mark.parametrize("version", ["4.0", "4.1", " 4.25\n"])
def test_any_version_with_the_same_major_number_is_compatible(version: str) -> None:
    assert read_header(envelope_of(change=lambda header: setattr(field(header, "protocolVersion"), "text", version))) == HEADER


def test_the_order_of_the_fields_is_free_when_they_are_read() -> None:
    assert read_header(envelope_of(change=lambda header: header.insert(0, header[-1]))) == HEADER


def test_an_echo_has_every_field_in_its_order_with_its_value_and_no_hash() -> None:
    def change(header: etree._Element) -> None:
        header.insert(0, header[-1])
        field(header, "id").text = " 4.0-id \t"
        header.append(
            etree.fromstring(
                '<p:representedParty xmlns:p="http://x-road.eu/xsd/representation.xsd"><p:partyCode>1</p:partyCode></p:representedParty>'
            )
        )
        header.append(etree.fromstring(f'<requestHash xmlns="{XROAD}">eA==</requestHash>'))

    request = envelope_of(change=change)
    answer = read_envelope(write_envelope(SOAP_11, etree.Element("{urn:x}bodyResponse"), headers=echo(request.headers)))

    assert [block.element.tag for block in answer.headers] == [block.element.tag for block in request.headers][:-1]
    assert [texts(block.element) for block in answer.headers] == [texts(block.element) for block in request.headers][:-1]
    assert [dict(block.element.attrib) for block in answer.headers] == [dict(block.element.attrib) for block in request.headers][:-1]


def texts(element: etree._Element) -> list[str]:
    return [str(text) for text in element.itertext()]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda header: header.insert(0, header[-1]), []),
        (lambda header: setattr(field(header, "id"), "text", "another"), ["id"]),
        (lambda header: setattr(field(header, "issue"), "text", "another"), ["issue"]),
        (lambda header: header.remove(field(header, "userId")), ["user_id"]),
        (lambda header: header.remove(field(header, "id")), ["Header.id"]),
        (lambda header: setattr(part(header, "client", "memberCode"), "text", "H21"), ["client"]),
        (lambda header: setattr(part(header, "service", "serviceVersion"), "text", "v2"), ["service"]),
    ],
)
def test_an_answer_to_something_else_is_noticed(change: Change, found: list[str]) -> None:
    assert faults_of_an_answer(HEADER, envelope_of(change=change)) == found
