"""Every error becomes the status that says what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.domain.errors import GatewayError, Malformed, NeedsPerson, OutcomeUnknown, Problem, Refused, RetryLater
from gateway.web.problem import answer_problems
from gateway.web.request_id import mark_answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ERRORS: dict[str, Exception] = {
    "broken": Malformed([Problem(path="a", rule="b")], code="not_json"),
    "cut": TimeoutError(),
    "defect": LookupError("Nguyễn Văn Thử"),
    "faulty": Malformed([Problem(path="a", rule="b"), Problem(path="c", rule="d")]),
    "gone": Refused("no such transfer", code="not_found"),
    "lost": Refused("ran out", code="lease_lost"),
    "never": NeedsPerson("the disk is full"),
    "not-now": RetryLater("the ledger cannot commit", code="ledger_failed"),
    "not-yet": RetryLater("wait", after=timedelta(seconds=90)),
    "other": GatewayError("neither"),
    "perhaps": OutcomeUnknown("no answer"),
    "refused": Refused("no", code="conflict"),
}


@pytest.fixture
async def client() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async def fail(request: web.Request) -> web.Response:
        raise ERRORS[request.match_info["name"]]

    app = web.Application(middlewares=[answer_problems])
    app.on_response_prepare.append(mark_answer)
    app.router.add_get("/{name}", fail)
    async with TestClient(TestServer(app)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "status", "code", "retry_after"),
    [
        ("broken", 400, "not_json", None),
        ("cut", 408, "too_slow", None),
        ("defect", 500, "internal", None),
        ("faulty", 422, "malformed", None),
        ("gone", 404, "not_found", None),
        ("lost", 409, "lease_lost", None),
        ("never", 503, "retry_later", "60"),
        ("not-now", 503, "ledger_failed", "5"),
        ("not-yet", 503, "retry_later", "90"),
        ("other", 500, "internal", None),
        ("perhaps", 503, "retry_later", "5"),
        ("refused", 422, "conflict", None),
    ],
)
async def test_an_error_is_told_by_what_to_do_next(
    client: TestClient[web.Request, web.Application], name: str, status: int, code: str, retry_after: str | None
) -> None:
    async with client.get(f"/{name}") as answer:
        problem = await answer.json(content_type="application/problem+json")

    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:vn:lienthong:problem:{code}"
    assert answer.headers.get("Retry-After") == retry_after
    assert "Nguyễn" not in str(problem)


async def test_every_fault_is_in_the_document(client: TestClient[web.Request, web.Application]) -> None:
    async with client.get("/faulty") as answer:
        problem = await answer.json(content_type="application/problem+json")

    assert problem["problems"] == [{"path": "a", "rule": "b"}, {"path": "c", "rule": "d"}]
    assert problem["detail"] == "2 faults"
