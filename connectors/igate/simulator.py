"""A one-stop system in this process: it logs in, keeps dossiers and files, is searched, tells of its changes, and can be told to fail."""

from __future__ import annotations

import copy
import secrets
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from gateway.simulation import SimulatedServer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OneStopSimulator"]

USERNAME, PASSWORD = "truc-lien-thong", "khong-phai-that"  # the only user of a server on loopback that lives for a test
OFFICIAL = {"username": "can-bo-mot-cua"}
#: What a dossier goes through at this agency.
COURSE = {0: 8, 8: 2, 2: 4, 4: 5}
NAMES = {0: "Chờ tiếp nhận", 2: "Đang xử lý", 3: "Yêu cầu bổ sung", 4: "Đã có kết quả", 5: "Đã trả kết quả", 8: "Đã tiếp nhận"}
RECEIVED = "/pa/dossier/--receive"


class OneStopSimulator(SimulatedServer):
    """Owns the state of the system.

    `dossiers` holds each dossier by its own id, `files` the contents by id. `effects` counts what began to exist or changed: `<code>` a
    dossier, `<code>/<request id>` a status or a supplement. `broken` are ids of dossiers and files that it cannot show. `told` is what the officials of this agency are told of a dossier, in order.
    """

    def __init__(self, *, token_seconds: float = 300.0) -> None:
        """Begin empty; nothing listens before `start`. `token_seconds`: how long a login lasts."""
        super().__init__()
        self.token_seconds = token_seconds
        self.dossiers: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.broken: set[str] = set()
        self.told: dict[str, list[int]] = {}
        self.logins = 0
        self.calls: Counter[str] = Counter()
        self._tokens: dict[str, float] = {}
        self._requests: set[str] = set()
        self._numbers = count(1)
        self._last = datetime.now(UTC)

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""
        token_url = f"{self.url}/auth/realms/digo/protocol/openid-connect/token"
        return {"url": self.url, "token_url": token_url, "username": USERNAME, "password": PASSWORD, "poll_every_seconds": 0.2}

    def routes(self) -> list[web.RouteDef]:
        """The calls that it answers."""
        return [
            web.post("/auth/realms/digo/protocol/openid-connect/token", self._log_in),
            web.get("/pa/dossier/search", self._search),
            web.get("/pa/dossier/{id}/--online", self._detail),
            web.post(RECEIVED, self._receive),
            web.put(RECEIVED, self._supplement),
            web.put("/pa/dossier/--status", self._status),
            web.post("/fi/file", self._upload),
            web.get("/fi/file/{id}", self._download),
        ]

    def is_question(self, request: web.Request) -> bool:
        """A file that no dossier names counts for nothing."""
        return request.method == "GET" or request.path.endswith("/token") or request.path.startswith("/fi/file")

    def expire_logins(self) -> None:
        """Forget every token."""
        self._tokens.clear()

    def submit(self, document: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> str:
        """Let a citizen submit a dossier here, with files by name; answers the system's own id of it."""
        content = copy.deepcopy(dict(document))
        for part in content.get("dossierFormFile", []):
            for file in part.get("file", []):
                body = (files or {}).get(file["filename"], file["filename"].encode())
                file.update(id=self._keep_file(body), size=len(body))
        return self._keep(content, OFFICIAL)

    def move(self, code: str) -> None:
        """Let an official take the next step with a dossier."""
        for dossier in self.dossiers.values():
            if dossier["code"] == code:
                self.set_status(code, COURSE.get(dossier["dossierStatus"]["id"], 5))

    def set_status(self, code: str, status: int, comment: str = "") -> None:
        """Let an official set a status."""
        for dossier in self.dossiers.values():
            if dossier["code"] == code:
                self._set(dossier, {"dossierStatus": {"id": status, "name": NAMES.get(status, "")}, "comment": comment}, OFFICIAL)

    # ---- what it answers ---------------------------------------------------------------------------------------------

    async def _log_in(self, request: web.Request) -> web.Response:
        """Give a token for a password."""
        form = await request.post()
        if (form.get("grant_type"), form.get("username"), form.get("password")) != ("password", USERNAME, PASSWORD):
            return web.json_response({"error": "invalid_grant", "error_description": "Invalid user credentials"}, status=401)
        self.logins += 1
        token = secrets.token_hex(16)
        self._tokens[token] = time.monotonic() + self.token_seconds
        return web.json_response({"access_token": token, "expires_in": int(self.token_seconds), "token_type": "Bearer"})

    async def _search(self, request: web.Request) -> web.Response:
        """Show a page of dossiers, the newest change first."""
        self._require_login(request)
        query = request.query
        wanted = {int(one) for one in query.get("dossier-status", "").split(",") if one}
        found = [
            one
            for one in self.dossiers.values()
            if query.get("code", one["code"]) == one["code"] and (not wanted or one["dossierStatus"]["id"] in wanted)
        ]
        found.sort(key=lambda one: str(one["updatedDate"]), reverse=True)
        size = int(query["size"])
        begin = int(query["page"]) * size
        shown = ("id", "code", "nationCode", "dossierStatus", "updatedDate", "updatedBy")
        rows = [{name: one[name] for name in shown if name in one} for one in found[begin : begin + size]]
        return web.json_response({"content": rows, "totalElements": len(found), "number": int(query["page"])})

    async def _detail(self, request: web.Request) -> web.Response:
        """Show a dossier, whole."""
        self._require_login(request)
        if request.match_info["id"] in self.broken:
            return _no(503, "BUSY", "Hệ thống bận")
        found = self.dossiers.get(request.match_info["id"])
        return web.json_response(found) if found else _no(404, "NOT_FOUND", "Không tìm thấy hồ sơ")

    async def _receive(self, request: web.Request) -> web.Response:
        """Take a dossier from another system."""
        self._require_login(request)
        given = await request.json()
        known = self._by_code(given.get("code"))
        if known is not None:
            return web.json_response({"message": f"Hồ sơ {given['code']} đã tồn tại", "id": known["id"]}, status=409)
        if refusal := self._refusal(given):
            return refusal
        id_ = self._keep(given, {"username": USERNAME})
        return web.json_response({"id": id_, "code": given["code"]}, status=201)

    async def _supplement(self, request: web.Request) -> web.Response:
        """Take more papers of a dossier."""
        return await self._change(request, ("dossierFormFile", "dossierStatus", "comment"))

    async def _status(self, request: web.Request) -> web.Response:
        """Take what happened to a dossier."""
        return await self._change(request, ("dossierStatus", "comment", "attachment", "appointmentDate"))

    async def _change(self, request: web.Request, names: tuple[str, ...]) -> web.Response:
        """Change a dossier once by the id of the request."""
        self._require_login(request)
        given = await request.json()
        known = self._by_code(given.get("code")) or self.dossiers.get(given.get("id", ""))
        if given.get("code") in self.refuse or known is None:
            return _no(404 if known is None else 422, "INVALID_DOSSIER", "Hồ sơ không hợp lệ hoặc không tồn tại")
        request_id = request.headers["x-request-id"]
        if request_id not in self._requests:
            self._requests.add(request_id)
            self.effects[f"{known['code']}/{request_id}"] += 1
            self._set(known, {name: given[name] for name in names if name in given}, {"username": USERNAME})
            self.told.setdefault(known["code"], []).append(known["dossierStatus"]["id"])
        return web.json_response({"affectedRows": 1, "id": known["id"]})

    async def _upload(self, request: web.Request) -> web.Response:
        """Keep the file of a form."""
        self._require_login(request)
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or not part.filename:
            return _no(400, "NO_FILE", "Thiếu tệp")
        content = bytes(await part.read())
        return web.json_response({"id": self._keep_file(content), "filename": part.filename, "size": len(content)})

    async def _download(self, request: web.Request) -> web.Response:
        """Give a file."""
        self._require_login(request)
        if request.match_info["id"] in self.broken:
            return _no(503, "STORE_DOWN", "Kho tệp không phản hồi")
        content = self.files.get(request.match_info["id"])
        return _no(404, "NOT_FOUND", "Không tìm thấy tệp") if content is None else web.Response(body=content)

    # ---- what it keeps -----------------------------------------------------------------------------------------------

    def _keep(self, content: dict[str, Any], account: dict[str, str]) -> str:
        """Open a dossier."""
        id_ = f"{next(self._numbers):024x}"
        self.effects[content["code"]] += 1
        status = content.get("dossierStatus") or {"id": 0, "name": NAMES[0]}
        self.dossiers[id_] = {**content, "id": id_, "dossierStatus": status, "createdBy": account}
        self._set(self.dossiers[id_], {}, account)
        self.dossiers[id_]["createdDate"] = self.dossiers[id_]["updatedDate"]
        return id_

    def _set(self, dossier: dict[str, Any], change: dict[str, Any], account: dict[str, str]) -> None:
        """Change a dossier; no two changes are at the same instant."""
        self._last = max(datetime.now(UTC), self._last + timedelta(milliseconds=1))
        dossier.update(change, updatedBy=account, updatedDate=f"{self._last:%Y-%m-%dT%H:%M:%S}.{self._last.microsecond // 1000:03d}+0000")

    def _keep_file(self, content: bytes) -> str:
        """Keep a file under a new id."""
        id_ = f"f{next(self._numbers):023x}"
        self.files[id_] = content
        return id_

    def _by_code(self, code: object) -> dict[str, Any] | None:
        """Find a dossier by its code."""
        return next((one for one in self.dossiers.values() if one["code"] == code), None)

    def _refusal(self, given: dict[str, Any]) -> web.Response | None:
        """Check a dossier as the system does."""
        missing = [name for name in ("code", "procedure", "applicant") if not given.get(name)]
        unknown = [
            file.get("id")
            for paper in given.get("dossierFormFile", [])
            for file in paper.get("file", [])
            if file.get("id") not in self.files
        ]
        if missing or unknown or given["code"] in self.refuse:
            reason = f"thiếu {', '.join(missing)}" if missing else "tệp không có" if unknown else "sai đơn vị tiếp nhận"
            return _no(422, "INVALID_DOSSIER", f"Hồ sơ không hợp lệ: {reason}")
        return None

    def _require_login(self, request: web.Request) -> None:
        """Turn a caller without a good token away."""
        self.calls[request.path.rpartition("/")[2]] += 1
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) < time.monotonic():
            raise web.HTTPUnauthorized(text='{"error":"invalid_token"}', content_type="application/json")


def _no(status: int, code: str, message: str) -> web.Response:
    """Refuse in the shape of the system."""
    return web.json_response({"status": status, "code": code, "message": message}, status=status)
