"""The SOAP door: the use cases of REST, with its rights and its idempotency, in both versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from gateway.soap import SOAP_11, SOAP_12, FaultCode, SoapVersion
from gateway.soap.version import VERSIONS
from tests.doors import Visit, open_visit, transfer
from tests.soap import DOSSIER, S, acted, call, envelope, message, post, sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOTH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


@BOTH
async def test_a_dossier_is_sent_fetched_read_and_acknowledged(visit: Visit, version: SoapVersion) -> None:
    receipt = await call(visit, sent(), version=version)
    pending = await call(visit, message("GetPending", limit=5, hold_seconds=60), system="so-tu-phap", version=version)
    delivery = {name: pending.text("deliveries", "delivery", name) for name in ("delivery_id", "lease", "transfer_id")}
    read = await call(visit, message("GetDossier", transfer_id=delivery["transfer_id"]), system="so-tu-phap", version=version)
    done = await call(
        visit,
        message("Acknowledge", delivery_id=delivery["delivery_id"], lease=delivery["lease"], reference="TP-7"),
        system="so-tu-phap",
        version=version,
    )
    status = await call(visit, message("GetStatus", transfer_id=delivery["transfer_id"]), version=version)

    assert (receipt.status, receipt.text("repeated"), receipt.text("receipt", "message_id")) == (200, "false", "m-1")
    assert receipt.headers["Content-Type"] == f"{version.media_type}; charset=utf-8"
    assert read.element is not None
    assert read.element.findtext(f".//{{{DOSSIER}}}applicant/{{{DOSSIER}}}name") == "Nguyễn Văn Thử"
    assert (done.status, done.fault) == (200, None)
    assert status.text("deliveries", "delivery", "state") == "delivered"
    assert status.text("deliveries", "delivery", "reference") == "TP-7"


async def test_what_soap_sends_is_what_rest_reads(visit: Visit) -> None:
    receipt = await call(visit, sent())

    _, view = await visit.ask("GET", f"/v1/transfers/{receipt.text('receipt', 'transfer_id')}")

    assert view["transfer"]["dossier"] == transfer()["dossier"]
    assert view["record"]["receipt"]["digest"] == receipt.text("receipt", "digest")
    assert await visit.send(transfer()) == (200, view["record"]["receipt"])


async def test_the_same_message_again_is_answered_with_the_stored_receipt(visit: Visit) -> None:
    first = await call(visit, sent())
    again = await call(visit, sent(), version=SOAP_12)
    other = await call(visit, sent(transfer(code="H40.10-260302-0002")))

    assert (again.text("repeated"), again.text("receipt", "transfer_id")) == ("true", first.text("receipt", "transfer_id"))
    assert other.fault is not None
    assert other.fault.dotted == "Client.conflict"


async def test_a_system_sees_what_it_sent_or_receives_and_nothing_else(visit: Visit) -> None:
    receipt = await call(visit, sent(transfer(recipients=["so-tu-phap", "so-y-te"])))
    ours = receipt.text("receipt", "transfer_id")
    asked = [message("GetDossier", transfer_id=ours), message("GetStatus", transfer_id=ours), message("GetTrace", identifier=ours)]

    for body in asked[:2]:
        for system in ("mot-cua", "so-tu-phap"):
            assert (await call(visit, body, system=system)).fault is None
    for body in asked:
        found = await call(visit, body, system="nguoi-la")
        assert found.fault is not None
        assert found.fault.dotted == "Client.not_found"
    mine = await acted(visit, "GetStatus", system="so-y-te", transfer_id=ours)
    assert mine.element is not None
    assert [one.text for one in mine.element.iter(f"{S}destination") if one.getparent().tag == f"{S}delivery"] == ["so-y-te"]  # type: ignore[union-attr]  # it has one


async def test_a_dossier_is_followed_by_any_of_its_ids(visit: Visit) -> None:
    await call(visit, sent(transfer(code="Số 5 – 100%")))

    found = await acted(visit, "GetTrace", system="mot-cua", identifier="Số 5 – 100%", scheme="dossier")

    assert (found.text("origin"), found.text("transfers", "transfer", "event")) == ("mot-cua", "submitted")
    assert found.text("deliveries", "delivery", "state") == "queued"


async def test_a_refused_delivery_is_settled_and_a_lost_lease_is_told(visit: Visit) -> None:
    await call(visit, sent())
    pending = await acted(visit, "GetPending", system="so-tu-phap")
    which = pending.text("deliveries", "delivery", "delivery_id")

    stale = await call(visit, message("Refuse", delivery_id=which, lease=99, code="E1"), system="so-tu-phap")
    await acted(visit, "Refuse", system="so-tu-phap", delivery_id=which, lease=1, code="E1", text="Thiếu giấy tờ")
    others = await call(visit, message("Acknowledge", delivery_id=which, lease=1), system="so-y-te")

    assert stale.fault is not None
    assert stale.fault.dotted == "Client.lease_lost"
    assert others.fault is not None
    assert others.fault.dotted == "Client.not_found"


@BOTH
async def test_every_problem_of_a_message_is_listed_without_a_value(visit: Visit, version: SoapVersion) -> None:
    body = sent().replace("<kind>submitted</kind>", "<kind>Trần Thị Bí Mật</kind>").replace("<code>1.012784</code>", "<code/><odd>x</odd>")
    found = await call(visit, body.replace("1.012784", ""), version=version)

    assert found.status == (500 if version is SOAP_11 else 400)
    assert found.fault is not None
    assert (found.fault.code, found.fault.subcodes) == (FaultCode.SENDER, ("malformed",))
    assert {path for path, _ in found.problems()} == {
        "transfer.event.kind",
        "transfer.dossier.procedure.code",
        "transfer.dossier.procedure.odd",
    }
    assert "Bí Mật" not in found.body.decode()


async def test_what_the_domain_demands_is_told_by_the_same_paths(visit: Visit) -> None:
    whole = transfer()
    del whole["dossier"]["applicant"]
    found = await call(visit, sent(whole))

    assert found.fault is not None
    assert (found.fault.dotted, found.problems()) == ("Client.incomplete", [("transfer.dossier.applicant", "a submission needs it")])


@BOTH
async def test_without_a_key_nothing_is_told_but_that(visit: Visit, version: SoapVersion) -> None:
    found = await call(visit, message("GetPending"), system="", version=version)

    assert found.fault is not None
    assert found.fault.dotted == "Client.not_authenticated"
    assert found.status == (500 if version is SOAP_11 else 400)


@BOTH
async def test_a_header_that_must_be_understood_and_is_not_is_a_fault_of_its_own(visit: Visit, version: SoapVersion) -> None:
    block = f'<h:x xmlns:h="urn:h" xmlns:e="{version.namespace}" e:mustUnderstand="1"/>'
    found = await post(visit, envelope(message("GetPending"), version, block), version.media_type)

    assert found.fault is not None
    assert (found.status, found.fault.code, found.fault.subcodes) == (500, FaultCode.MUST_UNDERSTAND, ())
    assert (b"NotUnderstood" in found.body) == (version is SOAP_12)
    passed = await post(visit, envelope(message("GetTrace", identifier="x"), version, block.replace('"1"', '"0"')), version.media_type)
    assert passed.fault is not None
    assert passed.fault.subcodes == ("not_found",)


@BOTH
async def test_another_envelope_is_a_version_mismatch(visit: Visit, version: SoapVersion) -> None:
    strange = envelope(message("GetPending"), version).replace(version.namespace.encode(), b"urn:soap:3")
    other = SOAP_12 if version is SOAP_11 else SOAP_11

    for data in (strange, envelope(message("GetPending"), other)):
        found = await post(visit, data, version.media_type)
        assert found.fault is not None
        assert (found.status, found.fault.code) == (500, FaultCode.VERSION_MISMATCH)
        assert (found.body.count(b"SupportedEnvelope") == 2) == (version is SOAP_12)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "unknown_operation"),
        ('<GetPending xmlns="urn:other"/>', "unknown_operation"),
        (message("DropTables"), "unknown_operation"),
        (message("GetPending") * 2, "not_soap"),
        (message("GetPending", limit=0, hold_seconds=9999), "malformed"),
        (message("GetPending", limit="10<b/>"), "malformed"),
    ],
)
async def test_a_body_that_asks_for_nothing_known_is_refused(visit: Visit, body: str, code: str) -> None:
    found = await call(visit, body)

    assert found.fault is not None
    assert found.fault.dotted == f"Client.{code}"


@pytest.mark.parametrize("action", ["", '""', '"urn:vn:lienthong:soap:1/GetPending"', "urn:vn:lienthong:soap:1#GetPending", "GetPending"])
async def test_the_action_may_be_absent_or_that_of_the_body(visit: Visit, action: str) -> None:
    assert (await call(visit, message("GetPending"), system="so-y-te", headers={"SOAPAction": action})).fault is None
    other = await post(
        visit, envelope(message("GetPending"), SOAP_12), f'application/soap+xml; action="{action.strip(chr(34))}"', system="so-y-te"
    )
    assert other.fault is None


async def test_an_action_that_says_otherwise_than_the_body_is_refused(visit: Visit) -> None:
    found = await call(
        visit, message("Acknowledge", delivery_id="x", lease=1), headers={"SOAPAction": '"urn:vn:lienthong:soap:1/GetPending"'}
    )

    assert found.fault is not None
    assert found.fault.dotted == "Client.wrong_action"


@pytest.mark.parametrize(
    "media_type", ["application/json", "multipart/form-data; boundary=b", "text/plain", "multipart/related; boundary=b"]
)
async def test_what_is_no_soap_is_told_so_as_a_fault(visit: Visit, media_type: str) -> None:
    found = await post(visit, envelope(message("GetPending")), media_type)

    assert found.fault is not None
    assert (found.status, found.fault.dotted) == (415, "Client.unsupported_media_type")


async def test_a_message_beyond_the_limit_is_refused(visit: Visit) -> None:
    found = await post(visit, envelope(message("GetPending") + " " * 70_000), "text/xml")

    assert found.fault is not None
    assert (found.status, found.fault.dotted) == (413, "Client.too_large")


async def test_a_system_that_is_pushed_to_has_no_inbox_here_either(visit: Visit) -> None:
    directory = visit.gateway.directory
    assert directory.systems["so-tu-phap"].connector == "inbox"
    found = await call(visit, message("Acknowledge", delivery_id="unknown", lease=1), system="so-tu-phap")

    assert found.fault is not None
    assert found.fault.dotted == "Client.not_found"


async def test_the_wsdl_is_served_without_a_key_at_the_address_it_was_asked_at(visit: Visit) -> None:
    async with visit[""].get("/soap/v1?wsdl", headers={"Host": "truc.example:8443"}) as answered:
        found = etree.fromstring(await answered.read())
    addresses = {one.get("location") for one in found.iter() if etree.QName(one).localname == "address"}
    (place,) = [one.get("schemaLocation", "") for one in found.iter("{http://www.w3.org/2001/XMLSchema}import")]

    assert addresses == {"http://truc.example:8443/soap/v1"}
    assert place == "http://truc.example:8443/soap/v1?xsd=messages.xsd"
    for name in ("messages.xsd", "transfer.xsd"):
        async with visit[""].get(f"/soap/v1?xsd={name}") as answered:
            assert etree.fromstring(await answered.read()).tag == "{http://www.w3.org/2001/XMLSchema}schema"
    for query in ("", "?xsd=../../../etc/passwd", "?xsd="):
        async with visit[""].get(f"/soap/v1{query}") as answered:
            assert answered.status == 404
