"""Commands about the files of a site."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import SiteFolder, read_site
from gateway.settings.load import SiteFaults
from gateway.settings.starter import write_starter

__all__ = ["config", "init", "key"]

config = typer.Typer(no_args_is_help=True, help="The site's files.")
HERE = Path()


def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder")]) -> None:
    """Write a commented first site."""
    for path in write_starter(folder):
        typer.echo(f"wrote {path}")
    typer.echo(f"next: lienthong config check --site {folder}; lienthong key; lienthong serve --site {folder}")


def key() -> None:
    """Draw an API key: the key for the agency's system, its SHA-256 for systems.yaml."""
    drawn = secrets.token_urlsafe(32)
    typer.echo(f"key (give it to the system, keep it nowhere): {drawn}")
    typer.echo(f"for systems.yaml: keys: [{hashlib.sha256(drawn.encode()).hexdigest()}]")


@config.command("check")
def check(site: SiteFolder = HERE) -> None:
    """Check every file of the site; list every fault with file and line."""
    try:
        read = read_site(site)
    except SiteFaults as faults:
        for fault in faults.faults:
            typer.echo(str(fault), err=True)
        typer.echo(f"{len(faults.faults)} faults", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{read.name}: {len(read.agencies)} agencies, {len(read.systems)} systems, {len(read.routes)} routes; no fault")
