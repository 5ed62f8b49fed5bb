"""The routes that connectors add: authenticated as their system, limited like every door, accepting through the gateway."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from lxml import etree

from gateway.sdk import Accept, Answer, Inbound, Malformed, Problem, Read, Refused, Route, Transfer
from tests.doors import QUICK, Visit, key_of, open_visit, transfer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def take(inbound: Inbound, accept: Accept) -> Answer:
    """Accept a canonical transfer; answer in a dialect of its own."""
    assert not {"authorization", "x-api-key"} & inbound.headers.keys()
    read = Read(transfer=msgspec.json.decode(inbound.body, type=Transfer), raw=inbound.body, media_type=inbound.media_type)
    receipt = await accept(read)
    return Answer(status=200, media_type="text/xml; charset=utf-8", body=f"<ok>{receipt.transfer_id}</ok>".encode())


async def refuse(_: Inbound, __: Accept) -> Answer:
    raise Refused("not here", code="Sai thẩm quyền\r\nX-Evil: 1")


async def fault(_: Inbound, __: Accept) -> Answer:
    raise Malformed([Problem(path="Envelope.Body", rule="must be there")])


async def fail(inbound: Inbound, _: Accept) -> Answer:
    raise LookupError(inbound.body)


async def split(_: Inbound, __: Accept) -> Answer:
    return Answer(status=200, media_type="text/plain\r\nX-Evil: 1", body=b"")


async def measure(inbound: Inbound, _: Accept) -> Answer:
    assert inbound.chunks is not None
    size = sum([len(chunk) async for chunk in inbound.chunks])
    return Answer(status=200, media_type="text/plain", body=f"{size} {len(inbound.body)}".encode())


ROUTES = {
    "mot-cua": (
        Route(method="POST", path="/ws/nhan-ho-so", handle=take),
        Route(method="GET", path="ws/nhan-ho-so", handle=refuse),
        Route(method="POST", path="loi", handle=fault),
        Route(method="POST", path="hong", handle=fail),
        Route(method="POST", path="chia", handle=split),
        Route(method="POST", path="do", handle=measure, streams=True),
        Route(method="POST", path="soap", handle=fault, wsdl="soap/1/lienthong.wsdl"),
        Route(method="POST", path="soap-hong", handle=fail, wsdl="soap/1/lienthong.wsdl"),
    )
}


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path, routes=ROUTES) as opened:
        yield opened


async def test_a_connectors_route_accepts_and_answers_in_its_dialect(visit: Visit) -> None:
    async with visit["mot-cua"].post("/systems/mot-cua/ws/nhan-ho-so", json=transfer()) as answer:
        said = await answer.text()

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    name = said.removeprefix("<ok>").removesuffix("</ok>")
    assert (await visit.ask("GET", f"/v1/transfers/{name}"))[1]["record"]["sender"] == "mot-cua"


async def test_only_the_system_itself_comes_through(visit: Visit) -> None:
    path = "/systems/mot-cua/ws/nhan-ho-so"

    assert (await visit.ask("POST", path, transfer(), system=""))[0] == 401
    assert (await visit.ask("POST", f"{path}?key={key_of('mot-cua')}", transfer(), system=""))[0] == 401
    assert (await visit.ask("POST", path, transfer(), system="so-y-te"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "khong-co", 404, "not_found"),
        ("PUT", "ws/nhan-ho-so", 405, "method_not_allowed"),
        ("GET", "ws/nhan-ho-so", 422, "refused"),
        ("POST", "loi", 422, "malformed"),
        ("POST", "hong", 500, "internal"),
        ("POST", "chia", 500, "internal"),
    ],
)
async def test_whatever_a_route_raises_is_answered_as_a_problem(visit: Visit, method: str, path: str, status: int, code: str) -> None:
    found, problem = await visit.ask(method, f"/systems/mot-cua/{path}", {"bí mật": 1})

    assert (found, problem["code"]) == (status, code)
    assert "mật" not in str(problem)


async def test_a_defect_is_told_and_logged_by_id_without_its_text(visit: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    _, problem = await visit.ask("POST", "/systems/mot-cua/hong", {"bí mật": 1}, headers={"X-Request-Id": "tim-toi"})

    logged = capsys.readouterr().out
    assert "tim-toi" in problem["detail"]
    assert "tim-toi" in logged
    assert "LookupError" in logged
    assert "mật" not in logged


async def test_a_body_beyond_the_limit_never_reaches_the_connector(visit: Visit) -> None:
    assert (await visit.ask("POST", "/systems/mot-cua/hong", b"x" * (QUICK.body_bytes + 1)))[0] == 413


async def test_a_route_that_streams_takes_files_and_reads_them_itself(visit: Visit) -> None:
    sizes = {QUICK.body_bytes + 1: 200, QUICK.attachment_bytes + 1: 413}

    answers = {}
    for size in sizes:
        async with visit["mot-cua"].post("/systems/mot-cua/do", data=BytesIO(b"x" * size)) as answer:
            answers[size] = (answer.status, await answer.text())

    assert {size: status for size, (status, _) in answers.items()} == sizes
    assert answers[QUICK.body_bytes + 1][1] == f"{QUICK.body_bytes + 1} 0"


async def test_a_route_shows_the_agencys_own_wsdl_at_its_own_address_and_needs_no_key_for_it(visit: Visit) -> None:
    path = "/systems/mot-cua/soap"
    async with visit[""].get(f"{path}?WSDL", headers={"Host": "truc.example"}) as answered:
        wsdl = etree.fromstring(await answered.read())

    here = f"http://truc.example{path}"
    assert {one.get("location") for one in wsdl.iter() if etree.QName(one).localname == "address"} == {here}
    (schema,) = [one.get("schemaLocation", "") for one in wsdl.iter("{http://www.w3.org/2001/XMLSchema}import")]
    assert schema == f"{here}?xsd=soap/1/messages.xsd"
    async with visit[""].get(f"{path}?xsd=soap/1/messages.xsd") as answered:
        assert b"?xsd=dossier/1/transfer.xsd" in await answered.read()
    for name in ("dossier/1/receipt.xsd", "../pyproject.toml", "/etc/passwd", "soap/1/../1/messages.xsd"):
        async with visit[""].get(f"{path}?xsd={name}") as answered:
            assert answered.status == 404, name


@pytest.mark.parametrize("path", ["ws/nhan-ho-so", "none"])
async def test_a_route_without_a_wsdl_shows_none(visit: Visit, path: str) -> None:
    async with visit[""].get(f"/systems/mot-cua/{path}?wsdl") as answered:
        assert answered.status in {401, 404}


async def test_the_errors_of_a_route_with_a_wsdl_are_faults(visit: Visit) -> None:
    async with visit["mot-cua"].post("/systems/mot-cua/soap", data=b"<x/>", headers={"Content-Type": "text/xml"}) as answered:
        assert answered.status == 500
        assert b"Client.malformed" in await answered.read()
    async with visit[""].post("/systems/mot-cua/soap", data=b"<x/>", headers={"Content-Type": "application/soap+xml"}) as answered:
        assert answered.status == 400
        assert b"not_authenticated" in await answered.read()


@pytest.mark.parametrize("media_type", ["text/xml", "application/soap+xml"])
async def test_a_defect_behind_a_wsdl_is_told_as_a_fault_by_its_incident_alone(visit: Visit, media_type: str) -> None:
    headers = {"Content-Type": media_type, "X-Request-Id": "su-co-7"}
    async with visit["mot-cua"].post("/systems/mot-cua/soap-hong", data="Nguyễn Văn Thử".encode(), headers=headers) as answered:
        told = await answered.text()

    assert answered.status == 500
    assert "internal" in told
    assert "su-co-7" in told
    assert "Thử" not in told
