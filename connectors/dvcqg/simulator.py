"""A portal in this process that speaks the dialect: logs in, keeps dossiers and steps, and can be told to fail."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.simulation import SimulatedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PortalSimulator"]

REQUIRED = ("MaHoSo", "MaTTHC", "LoaiDoiTuong", "TrangThaiHoSo")
MOST_STEPS = 10
USERNAME = "tinh-thu-nghiem"
PASSWORD = "khong-phai-that"  # noqa: S105 - the only user of a server on loopback that lives for a test


class PortalSimulator(SimulatedServer):
    """Owns the portal's state.

    `dossiers` holds the last item by MaHoSo, `steps` the processing log by MaHoSo, `effects` how often a business key began to exist (a
    dossier) or was added (a step). Beside the faults of every simulator it has `exception`: each call is answered with the code -1.
    """

    def __init__(self, *, codes_as_numbers: bool = False, look_up_blind: bool = False) -> None:
        """Begin empty; nothing listens before `start`. `look_up_blind`: look-ups find nothing, as when the index lags behind."""
        super().__init__()
        self.codes_as_numbers = codes_as_numbers
        self.look_up_blind = look_up_blind
        self.dossiers: dict[str, dict[str, Any]] = {}
        self.steps: dict[str, list[dict[str, Any]]] = {}
        self.calls: list[str] = []
        self.logins = 0
        self._sessions: set[str] = set()

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""
        return {
            "adapter_url": self.url,
            "username": USERNAME,
            "password": PASSWORD,
            "agency_code": "000.00.00.H21",
            "seconds": 2.0,
            "attachment_url": "http://127.0.0.1/attachments/{sha256}",
        }

    def routes(self) -> list[web.RouteDef]:
        """The login and the one endpoint."""
        return [web.post("/mapi/login", self._log_in), web.post("/mapi/g", self._call)]

    def is_question(self, request: web.Request) -> bool:
        """Only the body tells; `_call` cuts the line itself."""
        return request.method == "POST"

    def expire_logins(self) -> None:
        """Forget every session, as after the night."""
        self._sessions.clear()

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        """Open a session."""
        given = await request.json()
        self.logins += 1
        if given != {"username": USERNAME, "password": PASSWORD} or "dstcode" not in {**request.query, **_lower(request.headers)}:
            return self._reply("2", "Sai tài khoản, mật khẩu hoặc đích")
        session = secrets.token_hex(8)
        self._sessions.add(session)
        return self._reply("0", "", session=session)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """Answer a call of the one endpoint."""
        given = await request.json()
        self.calls.append(given["service"])
        if self.fault == "exception":
            return self._reply("-1", "Object reference not set to an instance of an object.")
        if given["session"] not in self._sessions:
            return self._reply("7", "Session không hợp lệ hoặc đã hết hạn")
        operations: dict[str, Callable[[dict[str, Any]], web.Response]] = {
            "TraCuuHoSo": self._look_up,
            "DongBoHoSoMC": self._submit,
            "CapNhatTienDoHoSoMC": self._progress,
        }
        answer = operations[given["service"]](given)
        if self.fault == "silent" and given["service"] != "TraCuuHoSo" and request.transport is not None:
            request.transport.close()
        return answer

    def _look_up(self, call: dict[str, Any]) -> web.Response:
        """Tell of a dossier."""
        code = call["data"][0]["MaHoSo"]
        found = None if self.look_up_blind else self.dossiers.get(code)
        steps = self.steps.get(code, [])
        if found is None:
            return self._reply("0", "Không tìm thấy hồ sơ", result=[])
        status = steps[-1]["TrangThai"] if steps else found["TrangThaiHoSo"]
        return self._reply("0", "Thành công", result=[{"MaHoSo": code, "TrangThaiHoSo": status}])

    def _submit(self, call: dict[str, Any]) -> web.Response:
        """Keep a dossier, new or once more."""
        (item,) = call["data"]
        updating = {"True": True, "False": False}[call["isUpdating"]]
        missing = [name for name in REQUIRED if not item.get(name)]
        if missing or item["MaHoSo"] in self.refuse:
            return self._reply("1", f"Dữ liệu không hợp lệ: {', '.join(missing) or 'MaTTHC'}")
        known = item["MaHoSo"] in self.dossiers
        if known and not updating:
            return self._reply("3", f"Hồ sơ {item['MaHoSo']} đã tồn tại")
        if updating and not known:
            return self._reply("1", "Hồ sơ không tồn tại")
        if not known:
            self.effects[item["MaHoSo"]] += 1
        self.dossiers[item["MaHoSo"]] = item
        return self._reply("0", "Đồng bộ hồ sơ thành công")

    def _progress(self, call: dict[str, Any]) -> web.Response:
        """Add steps to the log of a dossier; a step that is there already is not added again."""
        if len(call["data"]) > MOST_STEPS:
            return self._reply("1", f"Tối đa {MOST_STEPS} bước mỗi lần")
        for item in call["data"]:
            if item["MaHoSo"] in self.refuse:
                return self._reply("1", "Hồ sơ không được cập nhật")
            steps = self.steps.setdefault(item["MaHoSo"], [])
            if item not in steps:
                steps.append(item)
                self.effects[f"{item['MaHoSo']}/{item['TrangThai']}/{item['ThoiDiemXuLy']}"] += 1
        return self._reply("00", "Cập nhật tiến độ thành công")

    def _reply(self, code: str, message: str, **more: object) -> web.Response:
        """Answer in the envelope, with the code as a text or as a number."""
        return web.json_response({"error_code": int(code) if self.codes_as_numbers else code, "message": message, **more})


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Name headers in lower case."""
    return {name.lower(): value for name, value in headers.items()}
