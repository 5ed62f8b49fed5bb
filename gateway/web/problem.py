"""Errors as `application/problem+json` (RFC 9457), every fault listed; the one place where an error becomes a status."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec
import structlog
from aiohttp import web

from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, Problem, Refused, RetryLater

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["ProblemDocument", "answer_problems", "problem"]

log = structlog.get_logger(__name__)
NOT_FOUND = frozenset({"not_found", "no_such_attachment"})
CONFLICTS = frozenset({"lease_lost"})
TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    404: "Not found",
    405: "Method not allowed",
    408: "Request took too long",
    409: "Conflict",
    411: "Length required",
    413: "Too large",
    415: "Unsupported media type",
    422: "Cannot be accepted",
    500: "Internal error",
    503: "Not now",
}


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every error."""

    title: str
    status: int
    code: str
    detail: str
    type: str = "about:blank"
    problems: tuple[Problem, ...] = ()


def problem(
    status: int, code: str, detail: str, *, problems: tuple[Problem, ...] = (), headers: dict[str, str] | None = None
) -> web.Response:
    """Answer an error."""
    document = ProblemDocument(title=TITLES.get(status, "Error"), status=status, code=code, detail=detail, problems=problems)
    return web.Response(status=status, body=msgspec.json.encode(document), content_type="application/problem+json", headers=headers)


@web.middleware
async def answer_problems(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem document; a foreign error is told by an id that stands in the log."""
    try:
        return await handler(request)
    except GatewayError as error:
        return _of(error)
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return problem(error.status, (error.reason or "error").lower().replace(" ", "_"), error.reason or "", headers=headers)
    except TimeoutError:
        return problem(408, "too_slow", "the request did not arrive within the time limit", headers={"Connection": "close"})
    except ConnectionError:
        raise
    except Exception as error:
        incident = uuid.uuid4().hex
        log.error("request_failed_by_defect", incident=incident, error=type(error).__name__)  # noqa: TRY400 - a traceback may quote personal data
        return problem(500, "internal", f"a defect of the gateway; tell its operator the incident {incident}")


def _of(error: GatewayError) -> web.Response:
    """Choose the status that says what the caller should do next."""
    match error:
        case Malformed(problems=problems):
            status = 404 if error.code in NOT_FOUND else 422
            return problem(status, error.code, f"{len(problems)} faults" if len(problems) > 1 else str(error), problems=problems)
        case Refused():
            status = 404 if error.code in NOT_FOUND else 409 if error.code in CONFLICTS else 422
            return problem(status, error.code, error.text)
        case RetryLater(after=after):
            seconds = max(1, round(after.total_seconds())) if after else 5
            return problem(503, error.code, error.text, headers={"Retry-After": str(seconds)})
        case NeedsPerson():
            return problem(503, error.code, error.text, headers={"Retry-After": "60"})
        case _:
            return problem(500, error.code, error.text)
