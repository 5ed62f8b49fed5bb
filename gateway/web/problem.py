"""Errors as `application/problem+json` (RFC 9457), every fault listed; the one place where an error becomes a status."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import msgspec
import structlog
from aiohttp import web

from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, Problem, Refused, RetryLater
from gateway.domain.part import said
from gateway.domain.tree import MOST
from gateway.web.request_id import request_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection

__all__ = ["RENDERING", "ProblemDocument", "Rendering", "Trouble", "answer_problems", "not_allowed", "problem"]

log = structlog.get_logger(__name__)
NOT_FOUND = frozenset({"no_such_attachment", "not_found"})
CONFLICTS = frozenset({"lease_lost"})
CODE = re.compile(r"[a-z0-9_.-]{1,60}\Z", re.IGNORECASE)
#: Title and code of every status that is answered.
STATUSES = {
    400: ("Bad request", "bad_request"),
    401: ("Not authenticated", "not_authenticated"),
    404: ("Not found", "not_found"),
    405: ("Method not allowed", "method_not_allowed"),
    408: ("Request took too long", "too_slow"),
    409: ("Conflict", "conflict"),
    413: ("Too large", "too_large"),
    415: ("Unsupported media type", "unsupported_media_type"),
    417: ("Expectation failed", "expectation_failed"),
    422: ("Cannot be accepted", "refused"),
    431: ("Header too large", "header_too_large"),
    500: ("Internal error", "internal"),
    503: ("Not now", "retry_later"),
}


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every error."""

    type: Annotated[str, said("Name of the kind of error, a URN", "Tên loại lỗi, dạng URN")]
    title: Annotated[str, said("The kind of error, for people", "Loại lỗi, cho người đọc")]
    status: Annotated[int, said("The HTTP status", "Mã trạng thái HTTP")]
    code: Annotated[str, said("The kind of error, for programs", "Mã lỗi, cho phần mềm")]
    detail: Annotated[str, said("What happened", "Mô tả lỗi")]
    problems: Annotated[
        tuple[Problem, ...], said("Every fault that was found, at most a hundred", "Tất cả các lỗi tìm thấy, tối đa một trăm")
    ] = ()


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """An error that is to be answered: what the caller should do next as a status, and what there is to say about it."""

    status: int
    code: str = ""
    detail: str = ""
    problems: tuple[Problem, ...] = ()
    headers: dict[str, str] = {}

    def document(self) -> ProblemDocument:
        """What is told."""
        title, usual = STATUSES.get(self.status, ("Error", "error"))
        code = self.code if CODE.match(self.code) else usual
        return ProblemDocument(
            type=f"urn:vn:lienthong:problem:{code}",
            title=title,
            status=self.status,
            code=code,
            detail=self.detail or title,
            problems=self.problems,
        )


class Rendering(msgspec.Struct, frozen=True):
    """How a request wants its errors."""

    answer: Callable[[Trouble], web.Response]


#: A request that says nothing gets problem documents.
RENDERING = web.RequestKey("rendering", Rendering)


def problem(
    status: int, code: str = "", detail: str = "", *, problems: tuple[Problem, ...] = (), headers: dict[str, str] | None = None
) -> web.Response:
    """Answer an error."""
    return _in_json(Trouble(status=status, code=code, detail=detail, problems=problems, headers=headers or {}))


@web.middleware
async def answer_problems(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem document, or what its request wants instead; a foreign error is told by the request's id, which stands in the log.

    What is raised after an answer began ends the connection: a cut-off answer must not look whole.
    """
    try:
        return await handler(request)
    except GatewayError as error:
        trouble = _of(error)
    except web.HTTPException as error:
        trouble = _of_status(error)
    except TimeoutError:
        trouble = Trouble(status=408, detail="the request did not arrive within the time limit", headers={"Connection": "close"})
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a connector raises at a door is answered, never passed on
        incident = request_id(request)
        log.error("request_failed_by_defect", incident=incident, error=type(error).__name__, place=_place(error))  # noqa: TRY400 - a traceback may quote personal data
        trouble = Trouble(status=500, detail=f"a defect of the gateway; tell its operator the incident {incident}")
    wanted = request[RENDERING] if RENDERING in request else Rendering(_in_json)
    return wanted.answer(trouble)


def not_allowed(allowed: Collection[str]) -> web.HTTPException:
    """Say which methods a path has."""
    error = web.HTTPMethodNotAllowed("", sorted(allowed))
    error.headers["Allow"] = ", ".join(sorted(allowed))
    return error


def _in_json(trouble: Trouble) -> web.Response:
    """Answer an error as a problem document."""
    body = msgspec.json.encode(trouble.document())
    return web.Response(status=trouble.status, body=body, content_type="application/problem+json", headers=trouble.headers)


def _of(error: GatewayError) -> Trouble:
    """Choose the status that says what the caller should do next."""
    code = "" if error.code == type(error).__name__ else error.code
    match error:
        case Malformed(problems=problems):
            status = 404 if code in NOT_FOUND else 400 if code == "not_json" else 422
            faults = f"{'the first ' if len(problems) == MOST else ''}{len(problems)} faults"
            detail = faults if len(problems) > 1 else str(error)
            return Trouble(status=status, code=code, detail=detail, problems=problems)
        case Refused():
            status = 404 if code in NOT_FOUND else 409 if code in CONFLICTS else 422
            return Trouble(status=status, code=code, detail=error.text)
        case RetryLater(after=after):
            seconds = max(1, round(after.total_seconds())) if after else 5
            return Trouble(status=503, code=code, detail=error.text, headers={"Retry-After": str(seconds)})
        case NeedsPerson():
            return Trouble(status=503, code=code, detail=error.text, headers={"Retry-After": "60"})
        case _:
            return Trouble(status=500, code=code, detail=error.text)


def _of_status(error: web.HTTPException) -> Trouble:
    """Say one of the HTTP library's own answers as a problem."""
    kept = {name: error.headers[name] for name in ("Allow", "Location") if name in error.headers}
    if error.status == 401:
        kept["WWW-Authenticate"] = 'Bearer realm="lienthong"'
    if error.status == 413:
        kept["Connection"] = "close"
    detail = error.text if error.status == 413 else error.reason  # its text tells the limit
    return Trouble(status=error.status, detail=detail or "", headers=kept)


def _place(error: BaseException) -> str:
    """Name the line that raised, without what it was working on."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return f"{where.tb_frame.f_code.co_filename.rpartition('/')[2]}:{where.tb_lineno}" if where else ""
