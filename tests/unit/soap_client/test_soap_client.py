"""A SOAP service is called by its WSDL, in both versions; whatever it answers becomes values or the one right error."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from lxml import etree

from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, OutcomeUnknown, Refused, RetryLater
from gateway.sdk import NIL, FaultCode, FaultRules, SoapFault
from gateway.testing.connector_bench import SystemClock
from tests.land import DATA, DOSSIER, MESSAGES, WSDL, Visit, open_registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOTH = pytest.mark.parametrize("port", ["Cong11", "Cong12"])
UNKNOWN, LATER = OutcomeUnknown, RetryLater


@pytest_asyncio.fixture
async def visit() -> AsyncIterator[Visit]:
    async with open_registry() as visit:
        yield visit


async def submit(visit: Visit, port: str = "", *, safe: bool = False, **more: Any) -> Any:
    return await visit.service(port, **more).call("NopHoSo", {"hoSo": DOSSIER}, safe=safe)


def kept(visit: Visit) -> etree._Element:
    (root,) = visit.registry.kept
    assert root is not None
    return root


async def error_of(visit: Visit, fault: str, port: str = "", *, safe: bool = False, **more: Any) -> GatewayError:
    visit.registry.fault = fault
    with pytest.raises(GatewayError) as caught:
        await submit(visit, port, safe=safe, **more)
    return caught.value


# ---- values ------------------------------------------------------------------------------------------------------------


@BOTH
async def test_values_go_out_as_the_schema_says_and_the_answer_comes_back_as_values(visit: Visit, port: str) -> None:
    dossier = {**DOSSIER, "LePhi": Decimal("20000.50"), "NgayHen": date(2026, 3, 12), "GhiChu": NIL}

    answer = await visit.service(port).call("NopHoSo", {"hoSo": dossier, "tep": [{"Ten": "a.pdf", "NoiDung": b"%PDF"}]})

    assert answer.values == {"ma": "00", "soBienNhan": "BN-H21.129-260302-0001", "loi": None}
    element = kept(visit)[-1][0]
    assert element.tag == f"{MESSAGES}NopHoSo"
    assert [child.tag for child in element] == ["hoSo", "tep"]
    assert dict(element[0].attrib.items()) == {"phienBan": "1", "khan": "true"}
    assert element.findtext(f"hoSo/{DATA}NgayNop") == "2026-03-02T01:15:00Z"
    assert element.findtext(f"hoSo/{DATA}LePhi") == "20000.50"
    assert element.findtext(f"tep/{DATA}NoiDung") == "JVBERg=="
    (note,) = element.iterfind(f"hoSo/{DATA}GhiChu")
    assert note.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"


async def test_each_version_says_its_action_where_it_belongs(visit: Visit) -> None:
    await submit(visit, "Cong11")
    first = visit.registry.headers
    await submit(visit, "Cong12")
    second = visit.registry.headers

    assert (first["soapaction"], first["content-type"]) == ('"urn:dat-dai:goi/NopHoSo"', "text/xml; charset=utf-8")
    assert "soapaction" not in second
    assert second["content-type"] == 'application/soap+xml; charset=utf-8; action="urn:dat-dai:goi/NopHoSo"'


async def test_headers_of_the_envelope_and_of_http_go_along(visit: Visit) -> None:
    block = etree.Element("{urn:cong}MaDonVi")
    block.text = "Sở Tài nguyên"

    await visit.service().call("NopHoSo", {"hoSo": DOSSIER}, headers=[block], http_headers={"X-Road-Client": "VN/GOV/1/x"})

    assert kept(visit).findtext("{*}Header/{urn:cong}MaDonVi") == "Sở Tài nguyên"
    assert visit.registry.headers["x-road-client"] == "VN/GOV/1/x"


async def test_an_element_that_is_written_already_is_sent_as_it_is(visit: Visit) -> None:
    body = f'<m:TraCuu xmlns:m="{MESSAGES[1:-1]}"><maHoSo>H21-1</maHoSo></m:TraCuu>'

    assert (await visit.service().call("TraCuu", body.encode(), safe=True)).values == {"ketQua": []}


async def test_an_answer_is_read_with_its_types(visit: Visit) -> None:
    text = f"""<a xmlns:d="{DATA[1:-1]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
      <ketQua ma="x"><d:TrangThai>4</d:TrangThai><d:ThoiDiem>2026-03-04T09:15:00Z</d:ThoiDiem><d:DienGiai>Đang thẩm định</d:DienGiai></ketQua>
      <ketQua><d:TrangThai>5</d:TrangThai><d:ThoiDiem xsi:nil="true"/></ketQua></a>"""
    visit.registry.answers = list(etree.fromstring(text))

    answer = await visit.service().call("TraCuu", {"maHoSo": "H21-1"}, safe=True)

    assert answer.values["ketQua"] == [
        {"TrangThai": 4, "ThoiDiem": datetime(2026, 3, 4, 9, 15, tzinfo=UTC), "DienGiai": "Đang thẩm định", "ma": "x"},
        {"TrangThai": 5, "ThoiDiem": None, "DienGiai": None, "ma": None},
    ]
    assert answer.element is not None
    assert answer.element.tag == f"{MESSAGES}TraCuuResponse"


async def test_an_operation_without_an_answer_wants_none(visit: Visit) -> None:
    answer = await visit.service().call("ThongBao", {"noiDung": "đã nhận"})

    assert visit.registry.heard == ["đã nhận"]
    assert (answer.element, answer.values) == (None, {})


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"hoSo": {name: value for name, value in DOSSIER.items() if name != "MaHoSo"}},
        {"hoSo": DOSSIER, "khongCo": "x"},
        {"hoSo": DOSSIER | {"MaHoSo": "có ký tự \0 lạ"}},
        {"hoSo": DOSSIER | {"NgayNop": 5}},
        {"hoSo": DOSSIER, "tep": [{"Ten": "a"}] * 21},
    ],
)
async def test_values_that_the_wsdl_does_not_allow_are_not_sent(visit: Visit, values: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        await visit.service().call("NopHoSo", values)

    assert caught.value.problems
    assert "Ví Dụ" not in str(caught.value)
    assert "ký tự" not in str(caught.value)
    assert visit.registry.kept == []


# ---- what is no answer --------------------------------------------------------------------------------------------------


@BOTH
async def test_a_fault_of_the_sender_is_a_refusal_unless_the_site_says_otherwise(visit: Visit, port: str) -> None:
    assert isinstance(refused := await error_of(visit, "soap_sender", port), Refused)
    assert refused.code == "Client"
    assert isinstance(await error_of(visit, "soap_sender", port, rules=FaultRules(sender="malformed")), Malformed)
    assert isinstance(await error_of(visit, "soap_sender", port, rules=FaultRules(codes={"Client": "needs_person"})), NeedsPerson)
    assert visit.registry.kept == []


@BOTH
async def test_a_fault_of_the_receiver_leaves_in_doubt_what_was_done_unless_the_site_knows_better(visit: Visit, port: str) -> None:
    assert type(await error_of(visit, "soap_receiver", port)) is UNKNOWN
    assert type(await error_of(visit, "soap_receiver", port, safe=True)) is LATER
    later = await error_of(visit, "soap_receiver", port, rules=FaultRules(receiver="later"))
    assert type(later) is LATER
    assert later.about_destination


@BOTH
async def test_a_fault_of_the_way_to_speak_waits_for_a_person(visit: Visit, port: str) -> None:
    assert isinstance(await error_of(visit, "soap_version", port), NeedsPerson)


@BOTH
@pytest.mark.parametrize(
    ("fault", "unsafe", "safe"),
    [
        ("unavailable", LATER, LATER),
        ("html", UNKNOWN, LATER),
        ("not_json", UNKNOWN, LATER),
        ("error_page", UNKNOWN, LATER),
        ("truncated", UNKNOWN, LATER),
        ("wrong_envelope", UNKNOWN, LATER),
        ("silent", UNKNOWN, LATER),
    ],
)
async def test_what_is_no_answer_is_in_doubt_unless_asking_twice_is_harmless(
    visit: Visit, port: str, fault: str, unsafe: type[GatewayError], safe: type[GatewayError]
) -> None:
    assert type(await error_of(visit, fault, port)) is unsafe
    assert type(await error_of(visit, fault, port, safe=True)) is safe


async def test_who_takes_and_never_answers_leaves_in_doubt() -> None:
    async with open_registry(call_seconds=0.3) as visit:
        assert type(await error_of(visit, "hangs")) is UNKNOWN
        assert len(visit.registry.kept) == 1


async def test_who_is_not_there_gets_it_later(visit: Visit) -> None:
    await visit.registry.stop()

    with pytest.raises(RetryLater) as caught:
        await submit(visit)

    assert type(caught.value) is LATER
    assert caught.value.code == "unreachable"


async def test_a_business_fault_in_a_normal_answer_is_told_apart(visit: Visit) -> None:
    def find(element: etree._Element) -> SoapFault | None:
        code = element.findtext("loi/maLoi")
        return SoapFault(code=FaultCode.SENDER, subcodes=(code,), text=element.findtext("loi/moTa") or "") if code else None

    rules = FaultRules(codes={"Client.12": "needs_person"})
    visit.registry.business_fault = ("07", "Hồ sơ của Đinh Thị Ví Dụ (052196000123) đã bị khóa")
    refused = await error_of(visit, "", business_fault=find, rules=rules)
    visit.registry.business_fault = ("12", "Chưa đăng ký")

    assert isinstance(refused, Refused)
    assert (refused.code, refused.text) == ("07", "Hồ sơ của … (…) đã bị khóa")
    assert isinstance(await error_of(visit, "", business_fault=find, rules=rules), NeedsPerson)


async def test_no_fault_repeats_what_was_sent(visit: Visit) -> None:
    values = {"hoSo": DOSSIER | {"LePhi": "Đinh Thị Ví Dụ"}}

    for meaning in ("refused", "malformed", "later", "unknown", "needs_person"):
        with pytest.raises(GatewayError) as caught:
            await visit.service(rules=FaultRules(sender=meaning)).call("NopHoSo", values)
        assert "Ví Dụ" not in str(caught.value)
        assert "is not a valid value" in str(caught.value)


async def test_an_answer_that_the_wsdl_does_not_describe_settles_nothing_and_shows_no_value(
    visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    text = f'<a xmlns:d="{DATA[1:-1]}"><ketQua><d:TrangThai>bí mật</d:TrangThai><d:ThoiDiem>2026-03-04T09:15:00Z</d:ThoiDiem></ketQua></a>'
    visit.registry.answers = list(etree.fromstring(text))
    service = visit.service()

    with caplog.at_level(logging.DEBUG), pytest.raises(OutcomeUnknown) as caught:
        await service.call("TraCuu", {"maHoSo": "H21-1"})
    visit.registry.answers = list(etree.fromstring("<a><la>bí mật</la></a>"))
    with pytest.raises(RetryLater) as other:
        await service.call("TraCuu", {"maHoSo": "H21-1"}, safe=True)

    assert (caught.value.code, other.value.code) == ("not_described", "not_described")
    assert "bí mật" not in f"{caught.value} {other.value} {caplog.text}"


# ---- the WSDL ----------------------------------------------------------------------------------------------------------


async def test_what_the_wsdl_does_not_have_is_named(visit: Visit) -> None:
    with pytest.raises(NeedsPerson, match="LayTep, NopHoSo, ThongBao, TraCuu"):
        await visit.service().call("XoaHet", {})
    with pytest.raises(NeedsPerson, match="Cong11, Cong12"):
        await visit.service("Cong13").call("TraCuu", {})


@pytest.mark.parametrize(
    "place",
    ["http://127.0.0.1:1/x.xsd", "https://example.vn/x.xsd", "file:///etc/hostname", "../x.xsd", "/etc/hostname"],
)
async def test_a_wsdl_imports_files_of_its_own_folder_only(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "schemas"
    folder.mkdir()
    (tmp_path / "x.xsd").write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"/>', encoding="utf-8")
    imports = f'<xs:import namespace="urn:x" schemaLocation="{place}"/>'
    schema = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    wsdl = f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><types>{schema}</types></definitions>'
    (folder / "a.wsdl").write_text(wsdl, encoding="utf-8")

    await refused(folder, "a.wsdl")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html/>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><definitions xmlns="http://schemas.xmlsoap.org/wsdl/">&x;</definitions>',
        '<!DOCTYPE a><definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>',
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>',
    ],
)
async def test_a_wsdl_that_is_none_waits_for_a_person(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.wsdl").write_text(text, encoding="utf-8")

    await refused(tmp_path, "a.wsdl")
    await refused(tmp_path, "b.wsdl")
    await refused(tmp_path, "../a.wsdl")


async def refused(folder: Path, name: str) -> None:
    async with AiohttpHttp() as http:
        service = ZeepSoap(http, SystemClock(), folder).service(name, "http://127.0.0.1:1/")
        for _ in range(2):
            with pytest.raises(NeedsPerson):
                await service.call("A", {})


async def test_a_wsdl_is_loaded_once_however_many_calls_want_it(visit: Visit) -> None:
    first, second = await visit.soap.load(WSDL), await visit.soap.load(WSDL)

    assert first is second
