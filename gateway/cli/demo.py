"""Play the demonstration."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from gateway.demo.run import play

__all__ = ["demo"]


def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself: exit code 0 only if every dossier arrived")] = False,
    scaled: Annotated[bool, typer.Option("--scaled", help="On a private RabbitMQ and PostgreSQL: two doors, two workers")] = False,
) -> None:
    """Watch dossiers cross between simulated agencies."""
    raise typer.Exit(asyncio.run(play(once=once, scaled=scaled)))
