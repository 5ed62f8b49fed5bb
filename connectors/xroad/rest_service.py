"""The REST service behind the own security server: it takes files, then transfers, and tells whether a message arrived."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from connectors.xroad.identifier import read_subsystem
from connectors.xroad.message import Known, receipt_for
from connectors.xroad.service import chunks_of, media_type_of, whole
from connectors.xroad.translate import from_json
from gateway.sdk import Answer, Malformed, Problem, Read, Refused, RetryLater, Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from connectors.xroad.identifier import Subsystem
    from connectors.xroad.translate import Callers
    from gateway.sdk import Accept, Context, Inbound

__all__ = ["RestService"]

JSON = "application/json"
PROBLEM = "application/problem+json"
MESSAGE_ID = re.compile(r"[!-~]{1,150}\Z")
HASH = re.compile(r"[0-9a-f]{64}\Z")
LONGEST_TEXT = 2000
Handle: TypeAlias = "Callable[[Inbound, Accept], Awaitable[Answer]]"


class RestService:
    """Serves `rest/transfers` and `rest/attachments`. Errors are problems (RFC 9457), which X-Road passes on as they are."""

    def __init__(self, context: Context, callers: Callers) -> None:
        """Keep what it needs; nothing is opened."""
        self._context = context
        self._callers = callers

    def routes(self) -> tuple[Route, ...]:
        """The routes; the path after the service code of an X-Road address is added to the address of the service."""
        return (
            Route(method="POST", path="rest/transfers", handle=_answering(self._take), streams=True),
            Route(method="GET", path="rest/transfers", handle=_answering(self._tell)),
            Route(method="PUT", path="rest/attachments", handle=_answering(self._store), streams=True),
            Route(method="GET", path="rest/attachments", handle=_answering(self._has)),
        )

    def read(self, inbound: Inbound) -> Read:
        """Read a transfer; its message id is the X-Road id. Raises `Malformed`, and `Refused` for a caller that is not named."""
        return self._read(inbound, inbound.body)

    def _read(self, inbound: Inbound, body: bytes) -> Read:
        """Read a transfer whose body is here."""
        caller, id_ = self._caller(inbound), _message_id(inbound.headers.get("x-road-id", ""), "X-Road-Id")
        if media_type_of(inbound).type != JSON:
            raise Malformed([Problem(path="Content-Type", rule=JSON, found="another")])
        transfer = msgspec.structs.replace(from_json(body), message_id=self._callers.message_id(caller, id_), recipients=())
        return Read(transfer=transfer, raw=body, media_type=JSON)

    async def _take(self, inbound: Inbound, accept: Accept) -> Answer:
        """Accept a transfer; a repetition is answered with the same receipt."""
        read = self._read(inbound, await whole(inbound))
        receipt = await accept(read)
        return _answer(receipt_for(receipt, inbound.headers["x-road-id"]))

    async def _tell(self, inbound: Inbound, _: Accept) -> Answer:
        """Tell whether a message of the caller arrived."""
        id_ = _message_id(inbound.query.get("message_id", ""), "message_id")
        receipt = await self._context.receipt_of(self._callers.message_id(self._caller(inbound), id_))
        return _answer(Known(known=receipt is not None, receipt=receipt_for(receipt, id_) if receipt else None))

    async def _store(self, inbound: Inbound, _: Accept) -> Answer:
        """Store a file under its hash."""
        self._caller(inbound)
        await self._context.blobs.put(chunks_of(inbound), expected_sha256=_hash(inbound))
        return _answer(Known(known=True))

    async def _has(self, inbound: Inbound, _: Accept) -> Answer:
        """Tell whether a file is here that came from this side before."""
        self._caller(inbound)
        return _answer(Known(known=await self._context.blobs.info(_hash(inbound)) is not None))

    def _caller(self, inbound: Inbound) -> Subsystem:
        """The member that calls, as the security server says. Raises `Refused` when the configuration does not name it."""
        caller = read_subsystem(inbound.headers.get("x-road-client", ""), place="X-Road-Client", encoded=True)
        if not self._callers.may_call(caller):
            raise Refused("this member may not call this service", code="not_permitted")
        return caller


def _answering(handle: Handle) -> Handle:
    """Answer what a handler raises in the form of the service."""

    @functools.wraps(handle)
    async def answering(inbound: Inbound, accept: Accept) -> Answer:
        try:
            return await handle(inbound, accept)
        except Malformed as error:
            return _problem(422, error.code, str(error), error.problems)
        except Refused as error:
            return _problem(403 if error.code == "not_permitted" else 422, error.code, error.text)
        except RetryLater as error:
            return _problem(503, "retry_later", error.text)

    return answering


def _message_id(text: str, place: str) -> str:
    """A message id. Raises `Malformed` for none, and for one that cannot be one."""
    if not MESSAGE_ID.match(text):
        raise Malformed([Problem(path=place, rule="1 to 150 printable ASCII characters without spaces")])
    return text


def _hash(inbound: Inbound) -> str:
    """The hash that the address names. Raises `Malformed` when it is none."""
    found = inbound.query.get("sha256", "")
    if not HASH.match(found):
        raise Malformed([Problem(path="sha256", rule="64 small hexadecimal digits")])
    return found


def _answer(value: msgspec.Struct) -> Answer:
    """Answer with JSON."""
    return Answer(status=200, media_type=JSON, body=msgspec.json.encode(value))


def _problem(status: int, code: str, text: str, problems: tuple[Problem, ...] = ()) -> Answer:
    """Answer with a problem."""
    said = {"title": code, "status": status, "code": code, "detail": text[:LONGEST_TEXT], "problems": problems[:100]}
    return Answer(status=status, media_type=PROBLEM, body=msgspec.json.encode(said))
