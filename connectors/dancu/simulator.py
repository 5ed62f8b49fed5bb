"""The population database in this process: it wants its headers and its order, knows invented citizens, and can be told to fail."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aiohttp import web
from lxml import etree

from gateway.sdk import FaultCode, SoapFault
from gateway.simulation import SoapRefusal, SoapReply, SoapSimulator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.simulation import SoapAsked

__all__ = ["CITIZEN", "PopulationSimulator"]

ASKING = "{http://dancuquocgia.bca}"
ANSWERING = "{http://www.mic.gov.vn/dancu/1.0}"
USER, SECRET, API_KEY, MEMBER = "mot-cua-thu", "khong-phai-that", "khoa-thu", "VN/GOV/H21/mot-cua"
#: A hash is taken this long after the time in it.
PATIENCE_MS = 5 * 60 * 1000
#: The citizen of the examples.
CITIZEN: dict[str, Any] = {
    "SoDinhDanh": "052196000033",
    "SoCMND": "230000111",
    "HoVaTen": {"Ho": "", "ChuDem": "", "Ten": "ĐINH THỊ VÍ DỤ"},
    "GioiTinh": "2",
    "DanToc": "01",
    "NgayThangNamSinh": {"Nam": "1996", "NgayThangNam": "19960504"},
    "ThuongTru": {"MaTinhThanh": "52", "MaPhuongXa": "23710", "ChiTiet": "SỐ 0, ĐƯỜNG THỬ NGHIỆM", "QuocGia": "VN"},
    "Cha": {"HoVaTen": "ĐINH MẪU", "QuocTich": "VN"},
}


class PopulationSimulator(SoapSimulator):
    """Owns the state of the database, in either style.

    `citizens` are those it knows; one is found when number, name and birth are all right, unless it is `lenient`: then the number alone
    counts. `asked` are the questions by their id, as often as they were asked; `effects` counts each id once, as the journal of the
    database does. `refuse` names dossiers about which it may not be asked; `road_error` is answered by the security server instead.
    """

    wsdl = "dancu/dan-cu.wsdl"
    path = "/r1/VN/GOV/G01/dancu/037"

    def __init__(
        self, *, style: str = "soap", lenient: bool = False, keep: tuple[str, ...] = (), seconds: Callable[[], float] = time.time
    ) -> None:
        """Begin with one citizen; nothing listens before `start`. `seconds` is its clock."""
        super().__init__()
        self.style = style
        self.lenient = lenient
        self.keep = keep
        self._seconds = seconds
        self.citizens: list[dict[str, Any]] = [CITIZEN]
        self.asked: Counter[str] = Counter()
        self.seen: list[dict[str, str]] = []
        self.road_error = ""
        self.tokens_given = 0
        self._tokens: set[str] = set()

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""
        common = {
            "url": self.url,
            "service": "2.000986",
            "official": "canbo.thu",
            "seconds": 2.0,
            "poll_every_seconds": 0.2,
            "keep": self.keep,
        }
        if self.style == "json":
            keys = {"kind": "client_credentials", "token_url": f"{self.url}/token", "key": USER, "secret": SECRET}
            return {**common, "style": "json", "path": "/dancu/1.0/traCuu", "access": [keys], "wrapping": {"kind": "bus"}, "account": "thu"}
        hashed = {"kind": "hashed_basic", "auth_url": self.address, "user": USER, "secret": SECRET, "api_key": API_KEY}
        return {**common, "path": self.path, "access": [hashed, {"kind": "fixed", "headers": {"X-Road-Client": MEMBER}}]}

    def routes(self) -> list[web.RouteDef]:
        """The look-up in both styles, and the token of the service bus."""
        return [web.post(self.path, self._pass), web.post("/dancu/1.0/traCuu", self._bus), web.post("/token", self._token)]

    def is_question(self, request: web.Request) -> bool:
        """A look-up stands in the journal of the database; only a token is nothing."""
        return request.path == "/token"

    def operations(self) -> Mapping[str, Callable[[SoapAsked], Awaitable[SoapReply | None]]]:
        """What it does."""
        return {"TraCuuThongTinCongDan": self._look_up}

    def expire_logins(self) -> None:
        """Refuse every token given so far."""
        self._tokens.clear()

    # ---- SOAP, behind the security servers ----------------------------------------------------------------------------

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        """Pass a call on, as the security servers do."""
        self.seen.append(dict(request.headers))
        if self.road_error or request.headers.get("X-Road-Client") != MEMBER:
            kind = self.road_error or "Client.BadRequest"
            return web.json_response({"type": kind, "message": "", "detail": ""}, status=500, headers={"X-Road-Error": kind})
        if not _is_known(request.headers, self.address, self._seconds()):
            return web.Response(status=401)
        return await self._answer(request)

    async def _look_up(self, asked: SoapAsked) -> SoapReply:
        """Answer a question in SOAP."""
        question = {etree.QName(child).localname: child.text or "" for child in asked.element}
        (born,) = asked.element.findall(f"{ASKING}NgayThangNamSinh/*")
        refused, citizen = self._find(question, born.text or "")
        if refused:
            raise SoapRefusal(SoapFault(code=FaultCode.SENDER, subcodes=("MaDVC",), text=f"Không được tra cứu {question['HoVaTen']}"))
        reply = etree.Element(f"{ANSWERING}CongdanCollection", nsmap={"ns1": ANSWERING[1:-1]})
        if citizen is not None:
            _write(etree.SubElement(reply, f"{ANSWERING}CongDan"), citizen)
        return SoapReply(element=reply)

    # ---- JSON, behind a service bus -----------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        """Give a token for the keys of the province."""
        wanted = "Basic " + base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != wanted:
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_hex(8)
        self._tokens.add(token)
        self.tokens_given += 1
        return web.json_response({"access_token": token, "expires_in": 300})

    async def _bus(self, request: web.Request) -> web.Response:
        """Answer a question in JSON, in the wrapping of the bus."""
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return web.json_response({"fault": "Invalid Credentials"}, status=401)
        given = json.loads(await request.read())
        question = {f"{name[0].upper()}{name[1:]}": value for name, value in given.items()}
        refused, citizen = self._find(question, given["ngayThangNam"])
        if refused:
            answer: dict[str, Any] = {"error_code": "12", "message": f"Không được tra cứu {given['hoVaTen']} ({given['soDinhDanh']})"}
        else:
            answer = {"Body": {"CongdanCollection": {"CongDan": citizen} if citizen else ""}}
        return web.json_response({"code": 200, "status": "OK", "correlationId": secrets.token_hex(4), "response": answer})

    # ---- what both know ----------------------------------------------------------------------------------------------

    def _find(self, question: Mapping[str, str], born: str) -> tuple[bool, dict[str, Any] | None]:
        """Tell whether a question is refused, and else who it is about."""
        request = question["MaYeuCau"]
        if any(request.startswith(code) for code in self.refuse):
            return True, None
        self.asked[request] += 1
        self.effects[request] = 1
        numbers = {question.get("SoDinhDanh"), question.get("SoCMND")} - {"", None}
        for citizen in self.citizens:
            right = [_name(citizen) == question["HoVaTen"], born in citizen["NgayThangNamSinh"].values()]
            if numbers & {citizen["SoDinhDanh"], citizen["SoCMND"]} and (self.lenient or all(right)):
                return False, citizen
        return False, None


def _is_known(headers: Mapping[str, str], address: str, now: float) -> bool:
    """Tell whether a call shows who asks: the key, the time, and the hash over both and the secret."""
    stamp = headers.get("Timestamp", "")
    if headers.get("ApiKey") != API_KEY or not stamp.isdigit() or abs(now * 1000 - int(stamp)) > PATIENCE_MS:
        return False
    hashed = sha256(f"{address}{USER}{stamp}{SECRET}".encode()).hexdigest()
    return headers.get("Authorization") == "Basic " + base64.b64encode(f"{USER}:{hashed}".encode()).decode()


def _name(citizen: Mapping[str, Any]) -> str:
    """The name of a citizen, whichever parts it stands in."""
    return " ".join(citizen["HoVaTen"][part] for part in ("Ho", "ChuDem", "Ten") if citizen["HoVaTen"][part])


def _write(element: etree._Element, values: Mapping[str, Any]) -> None:
    """Write values as elements, in their order."""
    for name, value in values.items():
        child = etree.SubElement(element, ANSWERING + name)
        if isinstance(value, dict):
            _write(child, value)
        else:
            child.text = value or None
