"""Civil registration in this process: it takes registrations in both generations, moves them on with each question, and can be told to fail."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from lxml import etree

from gateway.simulation import SimulatedServer

__all__ = ["CivilRegistrationSimulator"]

KEY, SECRET = "khoa-thu", "bi-mat-thu"
PDF = b"%PDF-1.4\n% giay khai sinh thu nghiem\n%%EOF\n"
STARTED_AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
#: What a dossier goes through, a step for each question.
COURSE = ("1", "3", "4")
REQUIRED = ("maDonVi", "module", "data")


class CivilRegistrationSimulator(SimulatedServer):
    """Owns the state of the service.

    `dossiers` holds the last registration by id, with its form read; `files` the contents that came with it; `effects` counts registrations
    by id, and `<id>/supplement`. A dossier is asked about `patience` times at each step. `ask_supplement` names dossiers that are sent
    back once.
    """

    def __init__(self, *, generation: str = "json", patience: int = 1, numbers: bool = False, with_keys: bool = True) -> None:
        """Begin empty; nothing listens before `start`. `numbers`: statuses are numbers instead of texts. `with_keys`: it wants a token."""
        super().__init__()
        self.generation = generation
        self.patience = patience
        self.numbers = numbers
        self.with_keys = with_keys
        self.ask_supplement: set[str] = set()
        self.dossiers: dict[str, dict[str, Any]] = {}
        self.files: dict[str, list[bytes]] = {}
        self.tokens_given = 0
        self._tokens: set[str] = set()
        self._course: dict[str, list[str]] = {}

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""
        keys = {"token_url": f"{self.url}/token", "key": KEY, "secret": SECRET}
        return {
            "url": self.url,
            "province": "52",
            "seconds": 2.0,
            "generation": self.generation,
            "units": {"H21.129": "23710"},
            "poll_every_seconds": 0.2,
            **({"keys": keys} if self.with_keys else {}),
        }

    def routes(self) -> list[web.RouteDef]:
        """The token, the registration and the question."""
        return [
            web.post("/token", self._token),
            web.post("/hotich/1.0/dangKyHoTich", self._register),
            web.post("/hotich/1.0/layTrangThaiHoSo", self._tell),
        ]

    def is_question(self, request: web.Request) -> bool:
        """Only a registration changes something."""
        return not request.path.endswith("/dangKyHoTich")

    def expire_logins(self) -> None:
        """Refuse every token given so far."""
        self._tokens.clear()

    def begin_at(self, code: str, status: str) -> None:
        """Let a dossier stand in a status, even one that the dialect does not know."""
        self._course[code] = [status]

    async def _token(self, request: web.Request) -> web.Response:
        """Give a token for the client's credentials."""
        wanted = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != wanted or await request.text() != "grant_type=client_credentials":
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_hex(8)
        self._tokens.add(token)
        self.tokens_given += 1
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": 300})

    async def _register(self, request: web.Request) -> web.StreamResponse:
        """Take a registration."""
        given = json.loads(await request.read())
        return self._unauthorised(request) or self._refusal(given) or self._keep(given)

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        """Tell the statuses of dossiers; each question moves them on."""
        if (refused := self._unauthorised(request)) is not None:
            return refused
        given = await request.json()
        value = [self._status(code) for code in given["maDinhDanhHoSo"] if self._is_known(code, given["module"])]
        return web.json_response({"status": 1, "statusDescription": "Thành công", "value": value})

    def _is_known(self, code: str, module: str) -> bool:
        """Tell whether a dossier is in a module."""
        return code in self.dossiers and self.dossiers[code]["module"] == module

    def _refusal(self, given: dict[str, Any]) -> web.Response | None:
        """Check a registration as the service does: its faults are glued into one line."""
        code = _code(given)
        faults = [f"{name}: bắt buộc nhập" for name in REQUIRED if not given.get(name)]
        form = {} if not given.get("data") else _form(given["data"], self.generation)
        if not form.get("nycHoTen.Ten"):
            faults.append("nycHoTen: không được để trống")
        if code in self.refuse:
            faults.append("maDonVi: sai nơi đăng ký")
        if faults:
            return _no("VALIDATE", " ".join(faults))
        given["form"] = form
        return None

    def _keep(self, given: dict[str, Any]) -> web.Response:
        """Keep a registration, or say that it is there."""
        code = _code(given)
        waits = self._course.get(code, [""])[0] == "2"
        if code in self.dossiers and not waits:
            return _no("DUPLICATE", f"Hồ sơ {code} đã được tiếp nhận")
        self.effects[f"{code}/supplement" if waits else code] += 1
        self.dossiers[code] = given
        self.files[code] = [base64.b64decode(file["duLieuTepDinhKem"], validate=True) for file in given.get("fileDinhKem") or []]
        steps = COURSE if waits or code not in self.ask_supplement else ("1", "2")
        self._course[code] = [step for step in steps for _ in range(self.patience)]
        return web.json_response({"status": "1", "statusDescription": "Tiếp nhận thành công", "errorCode": "", "errorDescription": ""})

    def _status(self, code: str) -> dict[str, Any]:
        """Tell the status of one dossier, and move it on."""
        course, dossier = self._course[code], self.dossiers[code]
        now = course[0]
        if len(course) > 1:
            course.pop(0)
        when = STARTED_AT + timedelta(hours=int(now))
        return {
            "maHoSoMCDT" if self.generation == "json" else "maHoSo": code,
            "maHoSoLT": dossier.get("maHoSoLT") or "",
            "trangThai": int(now) if self.numbers else now,
            "thoiGianThucHien": when.strftime("%d/%m/%Y %H:%M:%S"),
            "ketQuaXuLy": {"giayKhaiSinh": base64.b64encode(PDF).decode()} if now == "4" else None,
            "ghiChu": "",
            "noiDungXuLy": "Đề nghị bổ sung giấy chứng sinh" if now == "2" else "",
            "nguoiXuLy": "Công chức hộ tịch",
            "chucDanh": "",
            "phongBanXuLy": "",
            "hanBoSungHoSo": "",
            "errors": None,
        }

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        """Refuse a call without a token that counts."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.with_keys and token not in self._tokens:
            return web.json_response({"fault": "Invalid Credentials"}, status=401)
        return None


def _code(given: dict[str, Any]) -> str:
    """The id of a registration in either generation."""
    return str(given.get("maHoSoMCDT") or given.get("maHoSo") or "")


def _no(code: str, text: str) -> web.Response:
    """Refuse in the shape of the service."""
    return web.json_response({"status": "0", "statusDescription": "Thất bại", "errorCode": code, "errorDescription": text})


def _form(text: str, generation: str) -> dict[str, str]:
    """Read the form: its plain fields by path."""
    if generation == "xml":
        tree = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        return {".".join(_path(leaf)): leaf.text or "" for leaf in tree.iter() if len(leaf) == 0}
    form: dict[str, str] = {}
    for name, value in json.loads(text).items():
        form |= {f"{name}.{part}": str(one) for part, one in value.items()} if isinstance(value, dict) else {name: str(value)}
    return form


def _path(leaf: etree._Element) -> list[str]:
    """The names from below the dossier's element down to a leaf."""
    names = [str(leaf.tag), *(str(above.tag) for above in leaf.iterancestors())]
    return names[::-1][2:]
