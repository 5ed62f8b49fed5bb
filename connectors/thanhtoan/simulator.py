"""A payment platform in this process, in either style: it checks sums, keeps requests by their id, is paid when it is told to, and can fail."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.simulation import SimulatedServer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PaymentSimulator"]

CLIENT, ACCESS_KEY = "mot-cua-thu", "khoa-truy-cap-thu"
HASH_KEY, RESULT_KEY, TOKEN_SECRET = "khoa-bam-thu", "khoa-ket-qua-thu", "khong-phai-that"  # of a server on loopback that lives for a test
RESULT_SUM = {"kind": "sha256", "secret": RESULT_KEY, "secret_first": False}
PAID_AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
REQUESTED = ("addition_fee", "client_id", "trans_amount", "command", "transaction_id", "version")
ASKED = ("client_id", "command", "transaction_id")
PAYGOV = ("partnerCode", "accessKey", "payerId", "payerName", "payerAddress", "payerDistrict", "payerProvince", "docCode", "procedureName")
PAYGOV_REQUESTED = (*PAYGOV, "paids", "otherInfo", "decisionDate")
PAYGOV_ASKED = ("partnerCode", "accessKey", "orderId")


class PaymentSimulator(SimulatedServer):
    """Owns the state of the platform.

    `requests` holds each request by its id, `states` what became of it; `effects` counts requests by their id. `refuse` names dossiers that may not be
    paid for. The next step of `move` is that the payer pays.
    """

    def __init__(self, *, style: str = "national") -> None:
        """Begin empty; nothing listens before `start`."""
        super().__init__()
        self.style = style
        self.requests: dict[str, dict[str, Any]] = {}
        self.states: dict[str, str] = {}
        self.tokens_given = 0
        self._tokens: set[str] = set()

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""
        common = {
            "style": self.style,
            "url": self.url,
            "create_path": "/thanh-toan/tao",
            "ask_path": "/thanh-toan/tra-cuu",
            "client": CLIENT,
            "account": {"number": "0001112223", "bank": "01201001", "name": "Kho bạc Thử Nghiệm"},
            "return_url": "http://127.0.0.1/xong",
            "seconds": 2.0,
            "poll_every_seconds": 0.2,
        }
        if self.style == "national":
            sum_ = {"kind": "sha256", "secret": HASH_KEY, "secret_first": False}
            return common | {"checksum": sum_, "result_checksum": RESULT_SUM}
        partner = {"access_key": "a", "secret_key": "b", "app_name": "thu"}
        keys = {"kind": "client_credentials", "token_url": f"{self.url}/token", "key": CLIENT, "secret": TOKEN_SECRET, "partner": partner}
        sum_ = {"kind": "sha256", "secret": HASH_KEY}
        return common | {"checksum": sum_, "result_checksum": RESULT_SUM, "access": [keys], "access_key": ACCESS_KEY}

    def routes(self) -> list[web.RouteDef]:
        """The request, the question, and the token."""
        return [web.post("/thanh-toan/tao", self._create), web.post("/thanh-toan/tra-cuu", self._tell), web.post("/token", self._token)]

    def is_question(self, request: web.Request) -> bool:
        """Only a request changes something."""
        return not request.path.endswith("/tao")

    def expire_logins(self) -> None:
        """Refuse every token given so far."""
        self._tokens.clear()

    def move(self, code: str) -> None:
        """Let the payer pay what a dossier owes."""
        self.settle(code, "0")

    def settle(self, code: str, state: str) -> None:
        """Let the requests of a dossier come to a state."""
        for request in self.requests:
            if request.startswith(code):
                self.states[request] = state

    def row(self, request: str) -> dict[str, Any]:
        """What it says of a request."""
        state = self.states[request]
        given = self.requests[request]
        if self.style == "national":
            paid = {"ThoiGianThanhToan": "20260302093000", "SoBienLai": f"BL-{request[-14:]}", "HoTenNguoiNopTien": "ĐINH THỊ VÍ DỤ"}
            return {"MaTraCuuTT": request, "status": int(state), "SoTien": given["trans_amount"], **(paid if state == "0" else {})}
        word = {"0": "SUCCESSFUL", "1": "PENDING", "2": "FAILED", "3": "CANCELLED"}.get(state, state)
        paid = {"transactionCode": f"T-{request[-14:]}", "paidTime": PAID_AT.isoformat()}
        link = {"url": self._link(request)} if state == "1" else {}
        return {"orderId": request, "status": word, "amount": given["amount"], **link, **(paid if state == "0" else {})}

    def told(self, request: str) -> dict[str, Any]:
        """What it tells by itself of a request, with its checksum."""
        row = self.row(request)
        if self.style == "national":
            given = {name: self.requests[request][name] for name in REQUESTED}
            message = {**row, **given}
            return message | {"check_sum": _sum([*(str(message[name]) for name in REQUESTED), RESULT_KEY])}
        message = {"partnerCode": CLIENT, **row}
        fields = ("partnerCode", "orderId", "amount", "status", "transactionCode")
        return message | {"checksum": _sum([*(str(message.get(name, "")) for name in fields), RESULT_KEY])}

    # ---- what it answers ---------------------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.StreamResponse:
        """Take a request, once by its id."""
        given = json.loads(await request.read())
        if (refused := self._unauthorised(request) or self._wrong_sum(given, REQUESTED, PAYGOV_REQUESTED)) is not None:
            return refused
        national = self.style == "national"
        id_, code = (given["transaction_id"], given["bill_info"]["MaHoSo"]) if national else (given["orderId"], given["docCode"])
        if code in self.refuse:
            payer = given["bill_info"]["HoTenNguoiNop"] if national else given["payerName"]
            return _no("12", f'Tài khoản thụ hưởng không hợp lệ, người nộp "{payer}"')
        if id_ in self.requests and national:
            return _no("08", f"Mã tra cứu {id_} đã tồn tại")
        if id_ not in self.requests:
            self.effects[id_] += 1
            self.requests[id_], self.states[id_] = given, "1"
        if national:
            return web.json_response({"error_code": "00", "message": "Thành công"})
        return web.json_response({"error_code": "SUCCESSFUL", "data": {"url": self._link(id_)}})

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        """Say what became of a request."""
        given = json.loads(await request.read())
        if (refused := self._unauthorised(request) or self._wrong_sum(given, ASKED, PAYGOV_ASKED)) is not None:
            return refused
        id_ = given.get("transaction_id") or given.get("orderId")
        if id_ not in self.requests:
            return _no("14", "Không tìm thấy giao dịch")
        return web.json_response({"error_code": 0 if self.style == "national" else "SUCCESSFUL", "data": self.row(id_)})

    async def _token(self, request: web.Request) -> web.Response:
        """Give a token for the keys of the province."""
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{TOKEN_SECRET}".encode()).decode()
        if request.headers.get("authorization") != wanted or "lgspaccesstoken" not in request.headers:
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_hex(8)
        self._tokens.add(token)
        self.tokens_given += 1
        return web.json_response({"access_token": token, "expires_in": 300})

    def _link(self, request: str) -> str:
        """Where a request can be paid."""
        return f"{self.url}/tra-tien/{request}"

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        """Refuse a call without a token, where one is wanted."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.style == "national" or (token in self._tokens and "lgspaccesstoken" in request.headers):
            return None
        return web.json_response({"fault": "Invalid Credentials"}, status=401)

    def _wrong_sum(self, given: Mapping[str, Any], national: Sequence[str], paygov: Sequence[str]) -> web.Response | None:
        """Refuse a message whose checksum is not right."""
        if self.style == "national":
            is_right = given.get("check_sum") == _sum([*(str(given[name]) for name in national), HASH_KEY])
        else:
            is_right = given.get("checksum") == _sum([HASH_KEY, *(str(given[name]) for name in paygov)])
        return None if is_right else _no("97", "Sai checksum")


def _sum(parts: Sequence[str]) -> str:
    """SHA-256 over texts, one behind the other."""
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _no(code: str, text: str) -> web.Response:
    """Refuse in the shape of the platform."""
    return web.json_response({"error_code": code, "message": text})
