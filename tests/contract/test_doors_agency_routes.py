"""The routes that connectors add: authenticated as their system, limited like every door, accepting through the gateway."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

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
