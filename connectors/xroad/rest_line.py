"""The line to a provider by X-Road message protocol for REST (r1): files first, each by its hash, then the transfer that names them."""

from __future__ import annotations

from hashlib import sha512
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import msgspec
from yarl import URL

from connectors.xroad.files import files_of
from connectors.xroad.identifier import read_subsystem
from connectors.xroad.message import Known, RemoteReceipt
from connectors.xroad.request_hash import Hashing, rest_hash
from connectors.xroad.translate import issue_of, outgoing_transfer
from connectors.xroad.wire import Refusal, Taken, judge_business, raise_for_status, raise_of_xroad, unbound
from gateway.sdk import Document, NeedsPerson, OutcomeUnknown, RetryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from connectors.xroad.config import Config
    from connectors.xroad.translate import Callers
    from connectors.xroad.wire import Verdict
    from gateway.sdk import Context, HttpAnswer, Outgoing

__all__ = ["RestLine"]

Kind = TypeVar("Kind", Known, RemoteReceipt)
JSON = "application/json"
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is called, and the headers in the order in which they are sent: the hash is computed over them."""

    method: str
    target: URL
    headers: dict[str, str]


class RestLine:
    """Implements `Line`."""

    def __init__(self, config: Config, context: Context, callers: Callers) -> None:
        """Keep what it needs; nothing is sent."""
        self._config = config
        self._context = context
        self._callers = callers
        self._client = read_subsystem(config.client, place="client").path
        provider = read_subsystem(config.provider, place="provider")
        self._service = config.url.rstrip("/")
        if not config.bridge:
            self._service += f"/r1/{provider.path}/{quote(config.rest_service, safe='')}"
        target = {"dstcode": ":".join(provider.parts)}
        self._query, self._bridged = (target, {}) if config.bridge == "query" else ({}, target if config.bridge else {})
        self._verifies = config.verify_hash and not config.bridge

    def write(self, outgoing: Outgoing) -> Document:
        """Write the transfer as JSON."""
        body = msgspec.json.encode(outgoing_transfer(outgoing, self._callers))
        return Document(operation="transfers", media_type=JSON, body=body)

    async def send(self, outgoing: Outgoing, document: Document) -> Verdict:
        """Send the files that the provider does not have, then the transfer."""
        for sha256 in await files_of(outgoing.accepted.transfer, self._context.blobs):
            refusal = await self._upload(outgoing, sha256)
            if refusal is not None:
                return refusal
        question = self._question("POST", "transfers", outgoing, outgoing.key, {"Content-Type": document.media_type})
        answer = await self._call(question, document.body, safe=False)
        refusal = self._refusal(answer, question, sha512(document.body).digest())
        if refusal is not None:
            return refusal
        receipt = _convert(answer, RemoteReceipt)
        if not receipt.transfer_id and not receipt.accepted_at:
            raise unbound("the provider answered without a receipt", "no_receipt")
        return Taken(receipt=receipt)

    async def ask(self, outgoing: Outgoing) -> Known:
        """Ask for the message by its id; the question is a message of its own, with an id of its own."""
        question = self._question("GET", "transfers", outgoing, str(uuid4()), {}, message_id=outgoing.key)
        return await self._ask(question)

    async def _upload(self, outgoing: Outgoing, sha256: str) -> Refusal | None:
        """Send a file, unless the provider has it; a repetition is harmless."""
        question = self._question("GET", "attachments", outgoing, str(uuid4()), {}, sha256=sha256)
        if (await self._ask(question)).known:
            return None
        headers = {"Content-Type": "application/octet-stream"}
        question = self._question("PUT", "attachments", outgoing, f"{outgoing.key}-{sha256[:32]}", headers, sha256=sha256)
        hashing = Hashing(self._context.blobs.open(sha256))
        try:
            answer = await self._call(question, hashing.chunks(), safe=True)
            return self._refusal(answer, question, hashing.digest())
        except OutcomeUnknown as error:
            raise RetryLater(error.text, code=error.code) from error

    async def _ask(self, question: Question) -> Known:
        """Ask whether something is there."""
        try:
            answer = await self._call(question, None, safe=True)
            refusal = self._refusal(answer, question, None)
            if refusal is not None:
                raise NeedsPerson(f"the provider would not tell what it has: {refusal.code}", code=refusal.code)
            return _convert(answer, Known)
        except OutcomeUnknown as error:
            raise RetryLater(error.text, code=error.code) from error

    def _question(self, method: str, path: str, outgoing: Outgoing, id_: str, more: dict[str, str], **query: str) -> Question:
        """A call of the service; every header that is sent is here, so that nothing is added on the way."""
        headers = {
            "X-Road-Client": self._client,
            "X-Road-Id": id_,
            "X-Road-Issue": quote(issue_of(outgoing), safe=PRINTABLE),
            **({"X-Road-UserId": self._config.user_id} if self._config.user_id else {}),
            "Accept": JSON,
            "Accept-Encoding": "identity",
            **self._bridged,
            **more,
        }
        return Question(method=method, target=URL(f"{self._service}/{path}").with_query(self._query | query), headers=headers)

    async def _call(self, question: Question, body: bytes | AsyncIterator[bytes] | None, *, safe: bool) -> HttpAnswer:
        """Call the security server."""
        return await self._context.http.request(
            question.method, str(question.target), headers=question.headers, body=body, safe=safe, seconds=self._config.seconds
        )

    def _refusal(self, answer: HttpAnswer, question: Question, body: bytes | None) -> Refusal | None:
        """Tell whether the provider refuses; `body` is the hash of what was sent. Raises what an error of X-Road, a status or an answer to
        something else means.
        """
        error = answer.headers.get("x-road-error", "")
        if error:
            raise_of_xroad(error, str(_object(answer).get("message", "")))
        raise_for_status(answer)
        if self._verifies and not _is_bound(answer, question, body):
            raise unbound("the answer is not bound to this request by its hash", "wrong_hash")
        if answer.status < 400:
            return None
        said = _object(answer)
        code, text = said.get("code"), said.get("detail") or said.get("message") or said.get("title") or ""
        problems = said.get("problems")
        if isinstance(problems, list) and problems:
            text = "; ".join(_told(one) for one in problems[:20])
        return judge_business(code if isinstance(code, str) else f"http_{answer.status}", str(text), self._config.retry_codes)


def _is_bound(answer: HttpAnswer, question: Question, body: bytes | None) -> bool:
    """Tell whether an answer bears the hash of its request, and its id."""
    said = answer.headers.get("x-road-request-hash", "")
    request_id = answer.headers.get("x-road-request-id", "")
    computed = rest_hash(question.method, question.target.raw_path_qs, [*question.headers.items()], request_id, body)
    return said == computed and answer.headers.get("x-road-id", "") == question.headers["X-Road-Id"]


def _convert(answer: HttpAnswer, kind: type[Kind]) -> Kind:
    """Read the answer of a service; raises `OutcomeUnknown` when it is something else."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unbound("the provider answered something that is no answer of the service", "not_json") from error


def _object(answer: HttpAnswer) -> dict[str, Any]:
    """Read an error; an empty one when it is something else than an object of JSON."""
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _told(problem: object) -> str:
    """One of the faults that a refusal lists."""
    if not isinstance(problem, dict):
        return str(problem)
    return f"{problem.get('path', '')}: {problem.get('rule', '')}"
