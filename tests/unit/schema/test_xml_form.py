"""The XML form: nothing is lost on the way, every fault is found, nothing hostile is obeyed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec import UNSET

from gateway.domain.errors import Malformed
from gateway.domain.receipt import Receipt
from gateway.domain.transfer import Transfer
from gateway.schema.xml_form import NAMESPACE, from_element, from_xml, receipt_from_xml, to_element, to_xml
from gateway.xml import parse_xml
from schemas import read_schema, schema_path
from tests.strategies import transfers

if TYPE_CHECKING:
    from collections.abc import Callable

JSON_VALIDATOR = jsonschema_rs.Draft202012Validator(json.loads(read_schema("dossier/1/transfer.schema.json")), validate_formats=True)
XML_VALIDATOR = etree.XMLSchema(etree.parse(schema_path("dossier/1/transfer.xsd")))
HEAD = f'<transfer xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
EVENT = "<message_id>m</message_id><event><kind>accepted</kind></event>"
IDS = "<identifiers><identifier><value>1</value><scheme>x</scheme></identifier></identifiers>"


def document(*, event: str = EVENT, ids: str = IDS, rest: str = "", tail: str = "") -> bytes:
    return f"{HEAD}{event}<dossier>{ids}{rest}</dossier>{tail}</transfer>".encode()


def faults(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as caught:
        from_xml(data)
    return [(problem.path, problem.rule) for problem in caught.value.problems]


@given(transfers())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_transfer_survives_json_and_xml_and_is_valid_in_both(transfer: Transfer) -> None:
    encoded = msgspec.json.encode(transfer)
    from_json = msgspec.json.decode(encoded, type=Transfer)
    written = to_xml(from_json)

    assert from_json == transfer
    assert from_xml(written) == transfer
    assert to_xml(from_xml(written)) == written
    JSON_VALIDATOR.validate(json.loads(encoded))
    XML_VALIDATOR.assertValid(etree.fromstring(written))


def test_absent_and_known_to_be_empty_stay_apart() -> None:
    said = from_xml(document(rest='<subject xsi:nil="true"/>'))
    silent = from_xml(document())

    assert said.dossier.subject is None
    assert silent.dossier.subject is UNSET
    assert b'subject xsi:nil="true"' in to_xml(said)
    assert b"subject" not in to_xml(silent)


def test_a_receipt_survives_xml_and_is_valid() -> None:
    receipt = Receipt(
        transfer_id="t1",
        message_id="m1",
        sender="igate",
        dossier_id="d1",
        digest="0" * 64,
        accepted_at=datetime(2026, 3, 2, 1, 15, tzinfo=UTC),
        destinations=("hotich", "dvcqg"),
    )
    written = to_xml(receipt)

    assert receipt_from_xml(written) == receipt
    etree.XMLSchema(etree.parse(schema_path("dossier/1/receipt.xsd"))).assertValid(etree.fromstring(written))
    schema = json.loads(read_schema("dossier/1/receipt.schema.json"))
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(json.loads(msgspec.json.encode(receipt)))


def test_a_transfer_survives_as_an_element_of_a_message() -> None:
    transfer = from_xml(document(rest="<subject>Khai sinh</subject>"))
    message = etree.Element("{urn:x}message")
    message.append(to_element(transfer))

    (found,) = parse_xml(etree.tostring(message))

    assert from_element(found, Transfer) == transfer
    with pytest.raises(Malformed, match="one receipt"):
        from_element(found, Receipt)


def test_every_fault_of_a_document_is_listed_with_its_path() -> None:
    ids = "<identifiers><identifier><value/><scheme>x</scheme></identifier><identifier><value>1</value></identifier></identifiers>"
    rest = "<fees><fee><amount>-1</amount><paid>maybe</paid></fee></fees><hoSo/>"

    found = dict(faults(document(event="<event><kind>gone</kind></event>", ids=ids, rest=rest)))

    assert set(found) == {
        "message_id",
        "event.kind",
        "dossier.identifiers[0].value",
        "dossier.identifiers[1].scheme",
        "dossier.fees[0].amount",
        "dossier.fees[0].paid",
        "dossier.hoSo",
    }


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (document(event="<event><kind>accepted</kind></event><message_id>m</message_id>"), "message_id", "stands in the wrong place"),
        (document(event=EVENT + "<message_id>n</message_id>"), "message_id", "stands here twice"),
        (document(rest="text"), "dossier", "holds no text"),
        (document(ids='<identifiers n="1"><identifier><value>1</value><scheme>x</scheme></identifier></identifiers>'), "dossier.identifiers", "has an attribute"),
        (document(rest='<subject lang="vi">x</subject>'), "dossier.subject", "has an attribute"),
        (document(rest="<subject><b>x</b></subject>"), "dossier.subject", "holds text only"),
        (document(rest='<subject xsi:nil="true">x</subject>'), "dossier.subject", "nil, so it holds nothing"),
        (document(rest='<fees xsi:nil="true"/>'), "dossier.fees", "may be absent, never nil"),
        (document(rest="<fees><phi/></fees>"), "dossier.fees.phi", "holds only <fee>"),
        (document(rest='<x xmlns="urn:other"/>'), "dossier.(foreign element)", "no such element here"),
        (document(rest='<extensions><extension name="a">{</extension></extensions>'), "dossier.extensions[0]", "is not JSON"),
        (document(rest=f'<extensions><extension name="a">{"[" * 100_000}</extension></extensions>'), "dossier.extensions[0]", "is not JSON"),
        (document(rest='<extensions><extension name="a">NaN</extension></extensions>'), "dossier.extensions[0]", "is not JSON"),
        (document(rest="<extensions><extension>1</extension></extensions>"), "dossier.extensions[0]", "is <extension name="),
        (document(rest="<extensions>" + '<extension name="a">1</extension>' * 2 + "</extensions>"), "dossier.extensions[1]", "stands here twice"),
        (document(rest="<components><component><quantity>hai</quantity></component></components>"), "dossier.components[0].quantity", "is a whole number"),
        (document(rest=f"<note>{'x' * 4001}</note>"), "dossier.note", "has at most 4000 characters"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_path_and_rule(data: bytes, path: str, rule: str) -> None:
    found = faults(data)

    assert [one for one in found if one[0] == path and one[1].startswith(rule)], found


def test_a_fault_never_shows_what_was_found() -> None:
    rest = "<applicant><kind>Nguyễn Văn Mẫu</kind><born_on>079123456789</born_on></applicant>"

    with pytest.raises(Malformed) as caught:
        from_xml(document(rest=rest))

    assert "Nguyễn" not in caught.value.text
    assert "079123456789" not in caught.value.text


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE transfer>",
        '<!DOCTYPE transfer SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE transfer [<!ENTITY a "x">]>',
        '<!DOCTYPE transfer [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE transfer [<!ENTITY a "' + "x" * 1000 + '"><!ENTITY b "' + "&a;" * 1000 + '"><!ENTITY c "' + "&b;" * 1000 + '">]>',
    ],
)
@pytest.mark.parametrize("reference", ["", '<extensions><extension name="&c;">1</extension></extensions>', "<subject>&a;</subject>"])
def test_a_document_type_is_refused_whatever_it_says(declaration: str, reference: str) -> None:
    with pytest.raises(Malformed) as caught:
        from_xml(declaration.encode() + document(rest=reference))

    assert caught.value.code == "not_xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_encoding_of_a_document_is_its_own_affair(encoding: str) -> None:
    text = document(rest="<subject>Hồ sơ</subject>").decode()

    read = from_xml(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding))

    assert read.dossier.subject == "Hồ sơ"


def test_comments_and_blanks_between_elements_say_nothing() -> None:
    read = from_xml(document(rest="\n  <!-- one --> <subject>H<!-- two -->S</subject> <?go on?>"))

    assert read.dossier.subject == "HS"


@pytest.mark.parametrize("data", [b"", b"<", b"<a/>", b"\xff\xfe\x00", b"{}", f'<dossier xmlns="{NAMESPACE}"/>'.encode()])
def test_what_is_no_transfer_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        from_xml(data)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: document(rest=text)))
def test_junk_never_raises_anything_but_malformed(data: bytes) -> None:
    try:
        from_xml(data)
    except Malformed as fault:
        assert fault.problems  # noqa: PT017 - either end is right


@pytest.mark.parametrize(
    "change",
    [
        lambda transfer: msgspec.structs.replace(transfer, dossier=msgspec.structs.replace(transfer.dossier, subject="a\x00b")),
        lambda transfer: msgspec.structs.replace(transfer, dossier=msgspec.structs.replace(transfer.dossier, extensions={"a\x01": 1})),
    ],
)
def test_a_character_that_xml_does_not_have_is_refused_with_its_path(change: Callable[[Transfer], Transfer]) -> None:
    transfer = change(from_xml(document()))

    with pytest.raises(Malformed) as caught:
        to_xml(transfer)

    (problem,) = caught.value.problems
    assert problem.path in {"dossier.subject", "dossier.extensions"}
    assert caught.value.code == "not_xml"


def test_an_extension_keeps_even_what_xml_cannot_say() -> None:
    value: dict[str, Any] = {"a": "x\x00\x1f\ufffe\uffffy", "b": [1, 2.5, None, True, {"c": "<&>"}]}
    plain = from_xml(document())
    transfer = msgspec.structs.replace(plain, dossier=msgspec.structs.replace(plain.dossier, extensions={"igate": value}))

    assert from_xml(to_xml(transfer)) == transfer
