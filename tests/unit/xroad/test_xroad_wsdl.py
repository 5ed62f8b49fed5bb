"""The WSDL that is served: whole in one file, understood by a client that knows nothing else, with the site's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zeep
from lxml import etree

from gateway.sdk import SOAP_11, Inbound, read_envelope
from tests.xroad_sides import Offering, offering, soap_call

if TYPE_CHECKING:
    from pathlib import Path

XROAD = "{http://x-road.eu/xsd/xroad.xsd}"


async def described(side: Offering, folder: Path) -> Any:
    """A client made of nothing but the WSDL that is served."""
    answer = await side.handle(Inbound(method="GET", path="soap", query={}, headers={"host": "cong.vn:8080"}, body=b"", media_type=""))
    path = folder / "lienthong.wsdl"
    path.write_bytes(answer.body)
    return zeep.Client(str(path))


def header_for(service: str, **more: str) -> dict[str, Any]:
    """The header fields of a call; how they are written, the WSDL says."""
    member = {"xRoadInstance": "VN", "memberClass": "GOV"}
    return {
        "client": member | {"memberCode": "H21.129", "subsystemCode": "lienthong", "objectType": "SUBSYSTEM"},
        "service": member | {"memberCode": "G22.99", "subsystemCode": "tiep-nhan", "serviceCode": service, "objectType": "SERVICE"} | more,
        "id": "5f9d2f3a",
        "userId": "VN-he-thong",
        "issue": "H21.129-260302-0042",
        "protocolVersion": "4.0",
    }


TRANSFER = {
    "message_id": "m",
    "event": {"kind": "submitted"},
    "dossier": {
        "identifiers": {"identifier": [{"value": "H21.129-260302-0042", "scheme": "dossier"}]},
        "procedure": {"code": "2.000986"},
        "applicant": {"kind": "citizen", "name": "Rơ Châm Mẫu"},
    },
}


async def test_a_client_made_of_the_wsdl_sends_a_transfer_and_asks_for_it(tmp_path: Path) -> None:
    async with offering() as side:
        client = await described(side, tmp_path)
        sent = client.create_message(
            client.service, "SendTransfer", transfer=TRANSFER, _soapheaders=header_for("SendTransfer", serviceVersion="v1")
        )
        asked = client.create_message(client.service, "GetStatus", message_id="5f9d2f3a", _soapheaders=header_for("GetStatus"))

        answers = [await side.handle(soap_call(etree.tostring(message))) for message in (sent, asked)]

        bodies = [read_envelope(answer.body, version=SOAP_11).body for answer in answers]
        receipt = client.get_element("{urn:vn:lienthong:xroad:1}SendTransferResponse").parse(bodies[0], client.wsdl.types)
        known = client.get_element("{urn:vn:lienthong:xroad:1}GetStatusResponse").parse(bodies[1], client.wsdl.types)
        assert receipt.receipt.message_id == "5f9d2f3a"
        assert known.known is True
        assert [*side.tray.transfers] == ["5f9d2f3a"]


@pytest.mark.parametrize(("version", "found"), [("v2", ["v2", "v2"]), ("", [])])
async def test_the_wsdl_bears_the_names_and_the_version_of_the_site(version: str, found: list[str], tmp_path: Path) -> None:
    async with offering(send_service="GuiHoSo", status_service="HoiTrangThai", service_version=version) as side:
        client = await described(side, tmp_path)

        (service,) = client.wsdl.services.values()
        (port,) = service.ports.values()
        assert sorted(port.binding.all()) == ["GuiHoSo", "HoiTrangThai"]
        assert port.binding_options["address"] == "http://cong.vn:8080/systems/doi-tac/soap"
        assert client.get_element("{urn:vn:lienthong:xroad:1}GuiHoSoResponse")
        written = etree.parse(str(tmp_path / "lienthong.wsdl"))
        assert [one.text for one in written.iter(f"{XROAD}version")] == found
        assert b"SendTransfer" not in etree.tostring(written)
        assert not [one for one in written.iter() if one.get("schemaLocation")]
