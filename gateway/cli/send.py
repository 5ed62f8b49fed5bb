"""Send canonical transfers from files to a running gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from gateway.domain.errors import RetryLater

__all__ = ["send"]


def send(
    files: Annotated[list[Path], typer.Argument(help="Files, one canonical transfer (JSON) in each", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option("--key", envvar="LIENTHONG_KEY", help="API key of the sending system")],
    url: Annotated[str, typer.Option("--url", envvar="LIENTHONG_URL")] = "http://127.0.0.1:8080",
) -> None:
    """Send transfers, one after the other; print each receipt, or every fault. Exit code 1 when one was not accepted."""
    raise typer.Exit(asyncio.run(_send(files, key, url)))


async def _send(files: list[Path], key: str, url: str) -> int:
    """Send each file; count a refusal, go on with the next."""
    failed = 0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}, timeout=aiohttp.ClientTimeout(total=60)) as session:
        for file in files:
            try:
                async with session.post(
                    f"{url}/v1/transfers", data=file.read_bytes(), headers={"Content-Type": "application/json"}
                ) as answer:
                    typer.echo(f"{file}: {answer.status} {await answer.text()}")
                    failed += answer.status >= 300
            except aiohttp.ClientError as error:
                raise RetryLater(f"no gateway answers at {url}") from error
    return 1 if failed else 0
