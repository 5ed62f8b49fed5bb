"""A request of a command: have it carried out, say what was done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import typer

from gateway.cli.options import read_site
from gateway.control import ask
from gateway.operations import Acted

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.operations import Request

__all__ = ["have_done", "say_acted"]


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
