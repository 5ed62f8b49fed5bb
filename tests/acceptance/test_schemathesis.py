"""Schemathesis, told nothing but the OpenAPI document, finds nothing wrong with a running gateway."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.doors import QUICK, Visit, key_of, open_visit, transfer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: It expects that whatever the schema allows is accepted. The doors know more than a schema can say: who is a recipient here, which
#: content was uploaded, which message id was used before, what no text may hold.
BEYOND_A_SCHEMA = "positive_data_acceptance"


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    limits = msgspec.structs.replace(QUICK, read_seconds=5, keepalive_seconds=15)
    async with open_visit(tmp_path, limits=limits) as opened:
        await opened.send(transfer())
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("system", ["mot-cua", "so-tu-phap"])
async def test_it_finds_nothing(visit: Visit, system: str, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{visit.address}/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {key_of(system)}"),
        *("--checks", "all", "--exclude-checks", BEYOND_A_SCHEMA),
        *("--max-examples", "25", "--seed", "20260302", "--request-timeout", "10", "--no-color", "--generation-database", "none"),
    ]

    async with asyncio.timeout(100):
        running = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await running.communicate()

    assert running.returncode == 0, said.decode()[-6000:]
    assert b"13 selected / 13 total" in said
