"""The demonstration ends with every dossier where it belongs, on both backings."""

import asyncio
import sys

import pytest


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("arguments", [["--once"], ["--once", "--scaled"]], ids=["embedded", "scaled"])
async def test_every_dossier_of_the_demonstration_arrives(arguments: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "demo", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )

    async with asyncio.timeout(220):
        output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    assert "every dossier arrived once and in order" in output.decode()
