"""Health, metrics and the pages, over real HTTP."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from gateway.domain.errors import Problem
from gateway.web.serve import doors_of, listen
from tests.doors import Visit, open_visit, transfer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


async def test_a_running_gateway_is_alive_and_ready(visit: Visit) -> None:
    assert await visit.ask("GET", "/healthz", system="") == (200, {"status": "alive"})
    assert await visit.ask("GET", "/readyz", system="") == (200, {"status": "ready"})


async def test_what_keeps_it_from_its_work_is_said(visit: Visit) -> None:
    async def unready() -> tuple[Problem, ...]:
        return (Problem(path="ledger", rule="cannot be reached"),)

    doors = msgspec.structs.replace(doors_of(visit.gateway), ready=unready)
    async with listen(doors, "127.0.0.1", 0, stop_seconds=1) as address, visit[""].get(f"{address}/readyz") as answer:
        problem = await answer.json(content_type="application/problem+json")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert problem["problems"] == [{"path": "ledger", "rule": "cannot be reached"}]


async def test_what_was_accepted_is_measured(visit: Visit) -> None:
    await visit.send(transfer())
    await visit.send(b"{}")

    async with visit[""].get("/metrics") as answer:
        said = await answer.text()

    assert re.search(r'accepted_total\{.*sender="mot-cua".*\} 1', said)
    assert re.search(r'refused_total\{.*sender="mot-cua".*\} 1', said)


@pytest.mark.parametrize("path", ["/", "/v1/docs"])
async def test_a_page_needs_nothing_from_elsewhere(visit: Visit, path: str) -> None:
    async with visit[""].get(path) as answer:
        page = await answer.text()

    assert (answer.status, answer.content_type) == (200, "text/html")
    assert not re.search(r"""(src|href)=["'](https?:)?//|<script|@import|url\(""", page)
    assert 'lang="vi"' in page


async def test_the_reference_shows_every_operation_and_every_field(visit: Visit) -> None:
    async with visit[""].get("/v1/openapi.json") as answer:
        document = await answer.json()
    async with visit[""].get("/v1/docs") as answer:
        page = await answer.text()

    assert all(f"<code>{path}</code>" in page for path in document["paths"])
    for name, schema in document["components"]["schemas"].items():
        assert f'id="{name}"' in page
        assert all(f"<code>{field}</code>" in page for field in schema.get("properties", ()))
    links = set(re.findall(r'href="#(\w+)"', page))
    assert links <= set(re.findall(r'id="(\w+)"', page))
