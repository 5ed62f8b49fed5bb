"""A request of a command: have it carried out, say what came of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import typer
from rich.console import Console

from gateway.cli.options import read_site
from gateway.control import ask
from gateway.operations import Acted

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from gateway.operations import Request

__all__ = ["have_done", "say_acted", "say_table"]

#: Where no terminal says how wide it is, nothing is cut: another program reads it.
WIDE = 400


def have_done(site: Path, request: Request) -> bytes:
    """Have a request carried out on the site; answers JSON."""
    return asyncio.run(ask(read_site(site), request))


def say_acted(body: bytes, *, as_json: bool) -> None:
    """Say what was done; exit code 1 when something was refused."""
    acted = msgspec.json.decode(body, type=Acted)
    if as_json:
        typer.echo(body)
    else:
        typer.echo(f"{len(acted.done)} done")
        for name, reason in acted.refused.items():
            typer.echo(f"{name}: {reason}", err=True)
    raise typer.Exit(1 if acted.refused else 0)


def say_table(table: Table) -> None:
    """Print a table, as wide as the terminal, or whole."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(table)
