"""A large content goes to a SOAP service and comes from it in little memory, whichever way contents go."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("soap_contents_child.py")
#: What a process may grow by that sends, serves and takes, whatever the size.
MOST_GROWTH_KIB = 64 * 1024


@pytest.mark.slow
@pytest.mark.parametrize("way", ["inline", "mtom", "beside"])
async def test_200_mb_go_out_and_come_in_again_in_little_memory(way: str, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, CHILD, "200", way, tmp_path, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()

    found = json.loads(output)
    assert found["is_same"]
    assert found["grown_kib"] < MOST_GROWTH_KIB
