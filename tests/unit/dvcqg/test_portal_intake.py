"""What the portal hands over: each dossier of a call stands for itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from connectors.dvcqg import plugin
from connectors.dvcqg.connector import Portal
from gateway.sdk import Malformed, Read, Receipt, RetryLater, attachments, digest
from gateway.testing.connector_bench import MemoryBlobs, Tray
from tests.connector_desk import inbound, open_plugin

CONFIG = {"adapter_url": "http://127.0.0.1:1", "username": "u", "password": "p", "agency_code": "H21"}


def item(number: int, **more: Any) -> dict[str, Any]:
    code = f"000.00.01.H21-260302-{number:04}"
    return {"MaHoSo": code, "MaTTHC": "1.012784", "ChuHoSo": "Trần Thị Thử", "LoaiDoiTuong": "1", "TrangThaiHoSo": "1", **more}


def call(*items: Any, service: str = "DongBoHoSoMC", **more: Any) -> dict[str, Any]:
    return {"session": "x", "madonvi": "G22", "service": service, "data": list(items), **more}


async def hand_over(portal: Portal, body: object, desk: Tray) -> dict[str, Any]:
    (route,) = portal.routes()
    answer = await route.handle(inbound(body), desk.accept)
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with open_plugin(plugin, CONFIG) as connector:
        assert isinstance(connector, Portal)
        yield connector


async def test_every_dossier_of_a_call_becomes_a_transfer(portal: Portal) -> None:
    desk = Tray()

    answer = await hand_over(portal, call(item(1), item(2), isUpdating="False"), desk)

    assert (answer["error_code"], answer["message"]) == ("0", "Thành công")
    assert [transfer.event.kind for transfer in desk.transfers.values()] == ["submitted", "submitted"]


async def test_a_call_made_twice_is_accepted_once(portal: Portal) -> None:
    desk = Tray()

    answers = [await hand_over(portal, call(item(1), item(2)), desk) for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(desk.transfers) == 2


async def test_a_faulty_dossier_is_named_and_does_not_hold_up_the_others(portal: Portal) -> None:
    desk = Tray()

    answer = await hand_over(portal, call(item(1), item(2, LoaiDoiTuong="9"), 7, item(3)), desk)

    assert answer["error_code"] == "1"
    assert answer["message"] == "Không thành công 2/4 hồ sơ"
    assert [row["error_code"] for row in answer["result"]] == ["0", "1", "1", "0"]
    assert "data[1].LoaiDoiTuong" in answer["result"][1]["message"]
    assert len(desk.transfers) == 2


async def test_when_the_gateway_cannot_commit_the_portal_is_told_to_come_again(portal: Portal) -> None:
    class Full(Tray):
        async def accept(self, read: Read) -> Receipt:
            if len(self.transfers) == 1:
                raise RetryLater("the ledger cannot commit now")
            return await super().accept(read)

    answer = await hand_over(portal, call(item(1), item(2)), Full())

    assert answer["error_code"] == "-1"
    assert [row["error_code"] for row in answer["result"]] == ["0", "-1"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", "json"),
        (b"[]", "object"),
        (b"\xff", "json"),
        (b"[" * 100_000, "json"),
        ({"service": "LayThuTuc", "data": [1]}, "service"),
        ({"service": ["DongBoHoSoMC"], "data": [1]}, "service"),
        ({"service": "DongBoHoSoMC", "data": {}}, "data"),
        ({"service": "DongBoHoSoMC", "data": []}, "data"),
        ({"service": "DongBoHoSoMC", "data": [1], "isUpdating": "maybe"}, "isUpdating"),
    ],
)
async def test_a_call_that_is_none_is_answered_in_the_dialect(portal: Portal, body: object, named: str) -> None:
    answer = await hand_over(portal, body, Tray())

    assert answer["error_code"] == "1"
    assert named in answer["message"]


def test_a_reader_lists_the_faults_of_all_dossiers_at_once(portal: Portal) -> None:
    with pytest.raises(Malformed) as raised:
        portal.read(inbound(call(item(1, LoaiDoiTuong="9"), item(2, NgayTiepNhan="?"))))

    assert [problem.path for problem in raised.value.problems] == ["data[0].LoaiDoiTuong", "data[1].NgayTiepNhan"]


async def test_a_withdrawal_comes_as_a_step(portal: Portal) -> None:
    desk = Tray()
    step = {"MaHoSo": item(1)["MaHoSo"], "NguoiXuLy": "Công dân", "ThoiDiemXuLy": "20260302093000", "NoiDungXuLy": "Rút", "TrangThai": "7"}

    assert (await hand_over(portal, call(step, service="CapNhatTienDoHoSoMC"), desk))["error_code"] == "0"

    assert [transfer.event.kind for transfer in desk.transfers.values()] == ["withdrawn"]


@pytest.fixture
async def files() -> AsyncIterator[str]:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=b"%PDF thu") if request.path == "/tep/don.pdf" else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def with_file(url: str) -> dict[str, Any]:
    return item(1, TaiLieuNop=[{"TenTepDinhKem": "don.pdf", "DuongDanTaiTepTin": url, "MaThanhPhanHoSo": "TP1"}])


async def test_a_file_is_fetched_from_where_the_site_allows(files: str) -> None:
    blobs, desk = MemoryBlobs(), Tray()

    async with open_plugin(plugin, {**CONFIG, "fetch_from": [f"{files}/tep"]}, blobs=blobs) as portal:
        assert isinstance(portal, Portal)
        await hand_over(portal, call(with_file(f"{files}/tep/don.pdf")), desk)

    ((_, file),) = attachments(next(iter(desk.transfers.values())).dossier)
    assert (file.sha256, file.size) == (digest(b"%PDF thu"), 8)
    assert file.url == f"{files}/tep/don.pdf"
    assert blobs.contents == {digest(b"%PDF thu"): b"%PDF thu"}


@pytest.mark.parametrize("path", ["/khac/don.pdf", "/tep/../khac/don.pdf", "/tep/%2e%2e/khac/don.pdf", "/tepkhac/don.pdf"])
async def test_a_file_from_elsewhere_keeps_its_address_and_is_not_fetched(files: str, path: str) -> None:
    blobs, desk = MemoryBlobs(), Tray()

    async with open_plugin(plugin, {**CONFIG, "fetch_from": [f"{files}/tep"]}, blobs=blobs) as portal:
        assert isinstance(portal, Portal)
        answer = await hand_over(portal, call(with_file(files + path)), desk)

    ((_, file),) = attachments(next(iter(desk.transfers.values())).dossier)
    assert answer["error_code"] == "0"
    assert file.url == files + path
    assert blobs.contents == {}


async def test_a_file_that_is_gone_refuses_its_dossier_only(files: str) -> None:
    desk = Tray()

    async with open_plugin(plugin, {**CONFIG, "fetch_from": [f"{files}/tep"]}) as portal:
        assert isinstance(portal, Portal)
        answer = await hand_over(portal, call(with_file(f"{files}/tep/mat.pdf"), item(2)), desk)

    assert [row["error_code"] for row in answer["result"]] == ["1", "0"]
