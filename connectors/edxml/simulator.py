"""An axis of official documents in this process, in either style: it keeps what it is sent, hands messages over, and can be told to fail."""

from __future__ import annotations

import base64
import codecs
import json
import secrets
import shutil
import tempfile
import weakref
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import BodyPartReader, web

from connectors.edxml.simulated import ORGAN, OTHER, Checker, Message, status_document
from connectors.edxml.simulated_style import PASSWORD, SECRET, Style
from gateway.simulation import SimulatedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from connectors.edxml.simulated import Checked

__all__ = ["AxisSimulator"]

#: What an agency says of a document, step by step.
COURSE = ("01", "03", "05", "06")
PIECE = 3 * 64 * 1024


class AxisSimulator(SimulatedServer):
    """Owns the state of the axis. Any system with the secret may call it: two gateways can meet here.

    `messages` holds every message by the axis's id; their bytes lie in files. `effects` counts documents by their id, and status messages
    by `<document>/<code>`. `answer_with` is an error code that everything sent is refused with; `breaks_after` answers 500 after it was
    taken; `twice` hands everything over under two ids; `garbled` are ids whose bytes come broken off, `lost` those that it cannot give.
    `acknowledged` is what was told of each message, in order. `keeps_silent`: an empty list is an empty answer.
    """

    def __init__(self, *, style: str = "vxp", with_login: bool = True) -> None:
        """Begin empty; nothing listens before `start`. `with_login`: the provincial style wants a token."""
        super().__init__()
        self.style = Style(style, with_login=with_login)
        self.messages: dict[str, Message] = {}
        self.dossiers: dict[str, str] = {}
        self.answer_with = ""
        self.breaks_after = self.twice = self.keeps_silent = False
        self.garbled: set[str] = set()
        self.lost: set[str] = set()
        self.acknowledged: dict[str, list[str]] = {}
        self.calls: Counter[str] = Counter()
        self._course: dict[str, int] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="truc-van-ban-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def config(self) -> dict[str, Any]:
        """The configuration of a system that talks to it."""
        login = {"username": "truc-lien-thong", "password": PASSWORD, "application_code": "LTVB"}
        return {
            "style": "vxp" if self.style.is_national else "provincial",
            "url": self.url,
            "system_id": ORGAN,
            "secret": SECRET,
            "organ": {"id": ORGAN, "name": "Ủy ban nhân dân tỉnh Mẫu", "email": "vp@mau.example.vn"},
            "receivers": [{"id": OTHER, "name": "Sở Tư pháp tỉnh Mẫu"}],
            "place": "Gia Lai",
            "signer": {"full_name": "Trục liên thông", "position": "Hệ thống"},
            "seconds": 30.0,
            "poll_every_seconds": 0.2,
            **({"login": login} if self.style.with_login else {}),
        }

    def routes(self) -> list[web.RouteDef]:
        """The calls of a style."""
        if self.style.is_national:
            return [
                web.post("/sendEdoc", self._send_bytes),
                web.post("/getReceivedEdocList", self._list_received),
                web.post("/getSentEdocList", self._list_sent),
                web.post("/getEdoc", self._give),
                web.post("/updateStatus", self._acknowledge),
                web.get("/countReceiveEdoc", self._count),
                web.get("/countReceiveStatus", self._count),
            ]
        return [
            web.post("/v1/auth/login", self.style.log_in),
            web.post("/v1/sendEdoc", self._send_form),
            web.get("/v1/syncReceivedEdocList", self._list_received),
            web.get("/v1/syncSentEdocList", self._list_sent),
            web.get("/v1/getEdoc", self._give),
            web.post("/v1/updateStatus", self._acknowledge),
        ]

    def is_question(self, request: web.Request) -> bool:
        """Only what is sent changes something that counts."""
        return not request.path.endswith("/sendEdoc")

    def expire_logins(self) -> None:
        """Forget every token."""
        self.style.tokens.clear()

    def move(self, code: str) -> None:
        """Let the agency say the next thing about the last document with this dossier code."""
        sent = [one for one in self.messages.values() if one.kind == "edoc" and one.notation == code]
        step = self._course.get(code, 0)
        if sent and step < len(COURSE):
            self._course[code] = step + 1
            self.say(sent[-1], COURSE[step])

    def say(self, message: Message, status: str, description: str = "") -> str:
        """Let the agency say a status of a document; answers the axis's id of it. Each second one is in an older shape."""
        document = status_document(message, status, description, old=len(self.messages) % 2 == 1)
        return self.hand_over(document, kind="status", sender=message.to[0])

    def hand_over(self, body: bytes, *, kind: str = "edoc", sender: str = OTHER) -> str:
        """Let an agency at the other end send a message to the site; answers the axis's id of it."""
        path = self._path()
        path.write_bytes(body)
        return self._keep(Message(kind=kind, sender=sender, to=(ORGAN,), path=path, size=len(body), document_id="", code="", notation=""))

    def body_of(self, message: Message) -> bytes:
        """The bytes of a message."""
        return message.path.read_bytes()

    # ---- sending -----------------------------------------------------------------------------------------------------

    async def _send_bytes(self, request: web.Request) -> web.Response:
        """Take a document as the body of a call."""
        said = self.style.parameters(request)
        if not (caller := self._caller(request)):
            return self.style.no("15", "Sai systemid hoặc chữ ký của phần đầu")
        chunks = request.content.iter_chunked(PIECE)
        return await self._take(caller, said.get("messagetype", ""), chunks, hash_=said.get("hash-file", ""))

    async def _send_form(self, request: web.Request) -> web.Response:
        """Take a document as the file of a form."""
        if not (caller := self._caller(request)):
            return self.style.no("15", "Sai SystemId hoặc SecretKey")
        kind, answer = "", self.style.no("10", "Thiếu tệp edocFile")
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "messageType":
                kind = await part.text()
            elif isinstance(part, BodyPartReader) and part.name == "edocFile":
                answer = await self._take(caller, kind, _chunks(part))
        return answer

    async def _take(self, caller: str, kind: str, chunks: AsyncIterator[bytes], *, hash_: str | None = None) -> web.Response:
        """Check a document while it comes, and keep it once by its id."""
        path, checker = self._path(), Checker()
        with path.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
                checker.feed(chunk)
        checked = checker.end(kind)
        if isinstance(checked, str):
            return self.style.no("22", checked)
        if hash_ is not None and hash_ not in checker.hashes():
            return self.style.no("21", "Sai mã băm của tệp")
        if self.answer_with or checked.notation in self.refuse:
            return self.style.no(self.answer_with or "22", f"Không nhận gói tin {checked.document_id}")
        return self._taken(Message(kind=kind, sender=caller, path=path, size=checker.size, **_fields(checked)), checked.status)

    def _taken(self, message: Message, status: str) -> web.Response:
        """Keep a message that is new, say so of one that is not."""
        key = f"{message.document_id}/{status}" if status else message.document_id
        if key in self.effects:
            return self.style.no("", f"Gói tin {message.code} đã tồn tại")
        self.effects[key] += 1
        if message.notation:
            self.dossiers.setdefault(message.notation, message.document_id)
        id_ = self._keep(message)
        if self.breaks_after:
            return web.Response(status=500, text="<html>Internal Server Error</html>", content_type="text/html")
        return self.style.yes(doc_id=id_)

    # ---- receiving ---------------------------------------------------------------------------------------------------

    async def _list_received(self, request: web.Request) -> web.Response:
        """List what waits for the caller."""
        said, caller = self.style.parameters(request), self._caller(request)
        kind = said.get("messagetype") or said.get("messageType", "edoc")
        created = "created_time" if self.style.is_national else "createdTime"
        rows = [
            {
                "docId": id_,
                "serviceType": "eDoc",
                "messageType": one.kind,
                created: f"{number // 60 + 1:02d}/03/2026 08:{number % 60:02d}:00",
                "from": one.sender,
                "to": caller,
                "status": one.state,
            }
            for number, (id_, one) in enumerate(self.messages.items())
            if caller in one.to and one.kind == kind
        ]
        return self.style.listed(rows) if rows or not self.keeps_silent else web.Response(text="")

    async def _list_sent(self, request: web.Request) -> web.Response:
        """List the documents that the caller sent."""
        caller = self._caller(request)
        rows = [
            {"senderDocId": id_, "fromCode": caller, "toCode": to, "notation": one.code, "sendStatus": "done", "receiveStatus": one.state}
            for id_, one in self.messages.items()
            if one.sender == caller and one.kind == "edoc"
            for to in one.to
        ]
        return self.style.listed(rows)

    async def _count(self, request: web.Request) -> web.Response:
        """Count what waits for the caller and was not answered for."""
        caller, kind = self._caller(request), "status" if request.path.endswith("Status") else "edoc"
        return self.style.yes(count=sum(caller in one.to and one.kind == kind and one.state == "initial" for one in self.messages.values()))

    async def _give(self, request: web.Request) -> web.StreamResponse:
        """Give a document: in base64, or as the text of a field."""
        self._caller(request)
        id_ = self.style.parameters(request).get("docId", "")
        if id_ not in self.messages or id_ in self.lost:
            return self.style.no("404", "Không có văn bản")
        is_national = self.style.is_national
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        await response.write(
            b'{"status":"OK","ErrorCode":"0","ErrorDesc":"","data":"'
            if is_national
            else b'{"success":true,"message":"OK","data":{"edxml":"'
        )
        utf8 = codecs.getincrementaldecoder("utf-8")()
        for piece in self._pieces(id_):
            await response.write(base64.b64encode(piece) if is_national else json.dumps(utf8.decode(piece))[1:-1].encode())
        await response.write(b'"}' if is_national else b'","from":"x"}}')
        return response

    async def _acknowledge(self, request: web.Request) -> web.Response:
        """Hear that a message arrived whole, or cannot be read."""
        self._caller(request)
        said = self.style.parameters(request) if self.style.is_national else await request.json()
        id_, state = said.get("docId", ""), said.get("status", "")
        if id_ not in self.messages or state not in {"done", "fail"}:
            return self.style.no("404", "Không có văn bản")
        self.messages[id_].state = state
        self.acknowledged.setdefault(id_, []).append(state)
        return self.style.yes()

    # ---- what it keeps -----------------------------------------------------------------------------------------------

    def _caller(self, request: web.Request) -> str:
        """The system that calls; counts the call."""
        self.calls[request.path.rpartition("/")[2]] += 1
        return self.style.caller(request)

    def _pieces(self, id_: str) -> Iterable[bytes]:
        """The bytes of a message, in pieces whose number of letters can be encoded one by one."""
        left = self.messages[id_].size // 2 if id_ in self.garbled else self.messages[id_].size
        with self.messages[id_].path.open("rb") as file:
            while left > 0 and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece

    def _keep(self, message: Message) -> str:
        """Keep a message under a new id, or under two."""
        id_ = f"{len(self.messages) + 1:08d}-{secrets.token_hex(4)}"
        self.messages[id_] = message
        if self.twice:
            self.messages[f"{id_}-b"] = msgspec.structs.replace(message)
        return id_

    def _path(self) -> Path:
        """A place for one more document."""
        return self._folder / secrets.token_hex(8)


def _fields(checked: Checked) -> dict[str, Any]:
    """What a message keeps of what was read of it."""
    return {
        "document_id": checked.document_id,
        "code": checked.code,
        "notation": checked.notation,
        "to": checked.to,
        "receiver": checked.receiver,
    }


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    """The file of a form in pieces."""
    while chunk := await part.read_chunk(PIECE):
        yield bytes(chunk)
