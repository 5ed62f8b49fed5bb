"""Commands about news that agencies told and the gateway could not accept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from gateway.cli.options import AsJson, SiteFolder, Who, Why  # noqa: TC001 - typer reads annotations when the program runs
from gateway.cli.request import have_done, say_acted, say_table
from gateway.operations import ListRefused, RefusedList, RefusedShown, Revise, ShowRefused

__all__ = ["app"]

app = typer.Typer(help="News of agencies that could not be accepted, and what is wrong with them.")
HERE = Path()
Ids = Annotated[list[str], typer.Argument(help="Ids of refused news")]


@app.callback(invoke_without_command=True)
def list_refused(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
    site: SiteFolder = HERE,
) -> None:
    """List them, the newest first; `show`, `retry` and `discard` take their ids."""
    if context.invoked_subcommand is not None:
        return
    body = have_done(site, ListRefused(limit=limit))
    if as_json:
        typer.echo(body)
        return
    table = Table("id", "system", "refused", "code", "faults", "first fault")
    for one in msgspec.json.decode(body, type=RefusedList).refused:
        first = str(one.problems[0]) if one.problems else ""
        table.add_row(one.id, one.system, f"{one.refused_at:%Y-%m-%d %H:%M:%S}", one.code, str(len(one.problems)), first)
    say_table(table)


@app.command()
def show(news_id: str, as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """Show every fault of refused news, and all that happened to them."""
    body = have_done(site, ShowRefused(news_id=news_id))
    if as_json:
        typer.echo(body)
        return
    shown = msgspec.json.decode(body, type=RefusedShown)
    one = shown.refused
    typer.echo(f"{one.id} of {one.system}, told {one.kept_at:%Y-%m-%d %H:%M:%S}, {one.media_type}, {one.size} bytes, sha256 {one.sha256}")
    for problem in one.problems:
        typer.echo(f"{one.code}: {problem}")
    table = Table("when", "from", "to", "who", "why")
    for entry in shown.journal:
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.before, entry.after, entry.who, entry.why)
    say_table(table)


@app.command()
def retry(ids: Ids, why: Why, who: Who, as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """Have news read again from their stored bytes: the next poll of their system begins with them."""
    say_acted(have_done(site, Revise(news_ids=tuple(ids), again=True, who=who, why=why)), as_json=as_json)


@app.command()
def discard(ids: Ids, why: Why, who: Who, as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """Give news up for good, with their bytes."""
    say_acted(have_done(site, Revise(news_ids=tuple(ids), again=False, who=who, why=why)), as_json=as_json)
