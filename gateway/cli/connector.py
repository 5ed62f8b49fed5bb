"""Commands about connectors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gateway.domain.errors import NeedsPerson
from gateway.registry import plugins
from gateway.scaffold import create_connector

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Connectors.")
Name = Annotated[str, typer.Argument(help="Name of the connector: that of its folder")]
Root = Annotated[Path, typer.Option("--root", help="Root of the project", file_okay=False, exists=True)]
HERE = Path()


@app.command("new")
def new(name: Name, root: Root = HERE) -> None:
    """Write a first connector that passes the contract: folder, mapping table and test."""
    for path in create_connector(name, root):
        typer.echo(f"wrote {path}")
    typer.echo(f'next: add {name} = "connectors.{name}:plugin" to the entry points in pyproject.toml, then lienthong connector test {name}')


@app.command("list")
def list_connectors() -> None:
    """List the installed connectors."""
    for name, plugin in sorted(plugins().items()):
        typer.echo(f"{name}: {plugin.manifest.title} · {plugin.manifest.title_vi} ({plugin.manifest.dialect})")


@app.command("check")
def check(name: Name) -> None:
    """Load a connector and show what it wants to be told: every setting with its type and default."""
    found = plugins().get(name)
    if found is None:
        raise NeedsPerson(f"no connector {name} is installed; there are: {', '.join(sorted(plugins()))}")
    typer.echo(f"{found.manifest.name}: {found.manifest.title}; owner {found.manifest.owner}; source {found.manifest.source}")
    for field in msgspec.structs.fields(found.config):
        needed = "required" if field.required else f"default {field.default!r}"
        typer.echo(f"  config.{field.encode_name}: {needed}")


@app.command("test")
def run_contract(name: Name, root: Root = HERE) -> None:
    """Run the contract of connectors on one; answers pytest's exit code."""
    file = root / "tests" / "contract" / "connectors" / f"test_{name}.py"
    if not file.exists():
        raise NeedsPerson(f"{file} is not there; a connector's test is one statement, see connectors/README.md")
    raise typer.Exit(subprocess.run([sys.executable, "-m", "pytest", "-q", str(file)], cwd=root, check=False).returncode)  # noqa: S603 - our own test runner
