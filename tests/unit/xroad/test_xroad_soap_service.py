"""The SOAP service behind the own security server: who may call, what is accepted, and how errors are told."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from lxml import etree

from connectors.xroad.message import send_body, status_body
from connectors.xroad.simulator import CLIENT
from gateway.sdk import (
    Answer,
    Read,
    Receipt,
    Refused,
    RetryLater,
    Transfer,
    read_envelope,
    read_fault,
)
from schemas import schema_path
from tests.connector_desk import canonical
from tests.xroad_sides import Offering, answer_of, body_of, message, offering, outgoing_of, rest_call, soap_call

if TYPE_CHECKING:
    from connectors.xroad.connector import XRoad

PAPER = b"%PDF-1.4 giay chung sinh" * 100
SHA256 = hashlib.sha256(PAPER).hexdigest()
IDS = [{"value": "H21.129-260302-0042", "scheme": "dossier"}]
ACCEPTED = canonical("accepted", {"identifiers": IDS, "status": {"canonical": "accepted"}})
OTHER = "VN/GOV/H22/khac"


@pytest.fixture
async def side() -> AsyncIterator[Offering]:
    async with offering() as opened:
        yield opened


def fault_of(answer: Answer) -> str:
    fault = read_fault(body_of(answer))
    return fault.dotted if fault else ""


async def test_a_transfer_is_accepted_under_its_x_road_id_and_answered_with_a_valid_receipt(side: Offering) -> None:
    answer = await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED))))

    assert (answer.status, answer.media_type) == (200, "text/xml; charset=utf-8")
    etree.XMLSchema(etree.parse(str(schema_path("xroad/lienthong.xsd")))).assertValid(body_of(answer))
    assert body_of(answer).findtext("receipt/message_id") == "k-1"
    assert side.tray.transfers == {"k-1": msgspec.structs.replace(ACCEPTED, message_id="k-1")}


async def test_the_headers_come_back_in_their_order_with_their_values(side: Offering) -> None:
    sent = message(send_body("SendTransfer", ACCEPTED))

    answer = read_envelope((await side.handle(soap_call(sent))).body)

    request = read_envelope(sent)
    assert [etree.tostring(one.element, method="c14n", exclusive=True) for one in answer.headers] == [
        etree.tostring(one.element, method="c14n", exclusive=True) for one in request.headers
    ]


async def test_a_repetition_is_answered_with_the_same_receipt_and_other_content_is_a_business_fault(side: Offering) -> None:
    first = await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED))))
    again = await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED))))
    other = await side.handle(soap_call(message(send_body("SendTransfer", canonical("rejected", {"identifiers": IDS})))))

    assert body_of(first).findtext("receipt/transfer_id") == body_of(again).findtext("receipt/transfer_id")
    assert (other.status, body_of(other).findtext("fault/faultCode")) == (200, "conflict")
    assert len(side.tray.transfers) == 1


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"client": OTHER}, "Client.AccessDenied"),
        ({"client": "VN/GOV/H21.129"}, "Client.AccessDenied"),
        ({"provider": OTHER}, "Client.UnknownService"),
        ({"service": "XoaHoSo"}, "Client.UnknownService"),
        ({"service": "GetStatus"}, "Client.InvalidBody"),
        ({"id_": ""}, "Client.MissingHeaderField"),
    ],
)
async def test_what_breaks_the_protocol_is_a_fault_of_soap(side: Offering, header: dict[str, str], code: str) -> None:
    answer = await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED), **header)))

    assert (answer.status, fault_of(answer)) == (500, code)
    assert side.tray.transfers == {}


async def test_only_members_that_the_configuration_names_may_call() -> None:
    async with offering(callers=[CLIENT, OTHER]) as side:
        for caller in (CLIENT, OTHER):
            answer = await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED), client=caller)))
            assert answer.status == 200
        refused = await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED), client="VN/GOV/H22/nua")))

        assert fault_of(refused) == "Client.AccessDenied"
        own, other = side.tray.transfers
        assert own == "k-1"
        assert other.endswith("-k-1")  # the same id of another member is another message


async def test_every_fault_of_the_transfer_is_a_business_fault(side: Offering) -> None:
    body = send_body("SendTransfer", ACCEPTED)
    for kind in body.iter("{urn:vn:lienthong:dossier:1}kind", "{urn:vn:lienthong:dossier:1}canonical"):
        kind.text = "gone"

    answer = await side.handle(soap_call(message(body)))

    fault = body_of(answer).findtext("fault/faultString") or ""
    assert (answer.status, body_of(answer).findtext("fault/faultCode")) == (200, "malformed")
    assert "event.kind" in fault
    assert "dossier.status.canonical" in fault


async def test_what_cannot_be_kept_now_says_so_in_both_protocols(side: Offering) -> None:
    async def away(_: Read) -> Receipt:
        raise RetryLater("the ledger cannot commit now")

    async def no_route(_: Read) -> Receipt:
        raise Refused("no route", code="no_route")

    soap, rest = soap_call(message(send_body("SendTransfer", ACCEPTED))), rest_call("POST", "transfers", msgspec.json.encode(ACCEPTED))
    handle = {(route.method, route.path): route.handle for route in side.connector.routes()}
    answers = [await handle["POST", "soap"](soap, away), await handle["POST", "rest/transfers"](rest, away)]
    soap, rest = soap_call(message(send_body("SendTransfer", ACCEPTED))), rest_call("POST", "transfers", msgspec.json.encode(ACCEPTED))
    refused = [await handle["POST", "soap"](soap, no_route), await handle["POST", "rest/transfers"](rest, no_route)]

    assert (answers[0].status, body_of(answers[0]).findtext("fault/faultCode")) == (200, "retry_later")
    assert (answers[1].status, answer_of(answers[1])["code"]) == (503, "retry_later")
    assert body_of(refused[0]).findtext("fault/faultCode") == "no_route"
    assert (refused[1].status, answer_of(refused[1])["code"]) == (422, "no_route")


SOUND = message(send_body("SendTransfer", ACCEPTED))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "Client.InvalidXml"),
        (b"{}", "Client.InvalidXml"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + SOUND.partition(b"?>")[2], "Client.InvalidXml"),
        (SOUND.replace(b"</soap:Body>", b"</soap:Body><soap:Body/>"), "Client.InvalidSoap"),
        (b"<a>" * 1000 + b"</a>" * 1000, "Client.InvalidXml"),
        (SOUND + b"<!--" + b" " * (2 * 1024 * 1024) + b"-->", "Client.InvalidMessage"),
        (SOUND.replace(b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"), "VersionMismatch"),
        (
            SOUND.replace(b"<xrd:id ", b'<la xmlns="urn:la" soap:mustUnderstand="1"/><xrd:id ').replace(
                b"<xrd:id>", b'<la xmlns="urn:la" soap:mustUnderstand="1"/><xrd:id>'
            ),
            "MustUnderstand",
        ),
        (SOUND.replace(b"SendTransfer>", b"Khac>").replace(b"<x:SendTransfer", b"<x:Khac"), "Client.InvalidBody"),
        (SOUND[: SOUND.index(b"<x:")] + b"</soap:Body></soap:Envelope>", "Client.MissingBody"),
    ],
)
async def test_hostile_and_broken_messages_are_faults_of_soap(side: Offering, sent: bytes, code: str) -> None:
    answer = await side.handle(soap_call(sent))

    assert (answer.status, fault_of(answer)) == (500, code)
    assert side.tray.transfers == {}


async def test_the_status_service_tells_what_arrived_and_only_to_whom_it_belongs() -> None:
    async with offering(callers=[CLIENT, OTHER]) as side:
        await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED))))

        async def ask(id_: str, **header: str) -> etree._Element:
            """Ask for a message."""
            answer = await side.handle(soap_call(message(status_body("GetStatus", id_), service="GetStatus", id_="q", **header)))
            etree.XMLSchema(etree.parse(str(schema_path("xroad/lienthong.xsd")))).assertValid(body_of(answer))
            return body_of(answer)

        assert (await ask("k-1")).findtext("known") == "true"
        assert (await ask("k-1")).findtext("receipt/message_id") == "k-1"
        assert (await ask("k-2")).findtext("known") == "false"
        assert (await ask("k-1", client=OTHER)).findtext("known") == "false"
        assert (await ask("")).findtext("fault/faultCode") == "malformed"


async def test_a_reply_to_another_members_message_bears_the_id_that_it_gave() -> None:
    async with offering(callers=[CLIENT, OTHER]) as side:
        await side.handle(soap_call(message(send_body("SendTransfer", ACCEPTED), client=OTHER, id_="abc")))
        (here,) = side.tray.transfers
        reply = msgspec.structs.replace(ACCEPTED, in_reply_to=here)

        assert written(side.connector, reply)["in_reply_to"] == "abc"
        assert written(side.connector, msgspec.structs.replace(ACCEPTED, in_reply_to="k-7"))["in_reply_to"] == "k-7"


def written(connector: XRoad, transfer: Transfer) -> dict[str, Any]:
    """The transfer as it goes out."""
    (document,) = connector.write(outgoing_of(transfer))
    body = read_envelope(document.body).body
    assert body is not None
    return {etree.QName(one).localname: one.text or "" for one in body[0]}
