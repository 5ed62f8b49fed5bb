"""Commands about mapping tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.dossier import Dossier
from gateway.mapping import TableFaults, canonical_paths, load_table
from gateway.mapping.examples import run_examples

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Mapping tables.")
Tables = Annotated[list[Path], typer.Argument(help="Tables (*.yaml)", exists=True, dir_okay=False)]


@app.callback()
def mapping() -> None:
    """Mapping tables."""


@app.command("test")
def run_all(
    tables: Tables, lost: Annotated[bool, typer.Option("--lost", help="List the canonical fields that a table never carries")] = False
) -> None:
    """Load tables, run the examples beside them, say what they lose. Exit code 1 when a table or an example fails."""
    failed = 0
    for path in (one for one in tables if not one.name.endswith(".examples.yaml")):
        try:
            table = load_table(path)
        except TableFaults as faults:
            for fault in faults.faults:
                typer.echo(f"{fault.file}:{fault.line}: {fault.cause}", err=True)
            failed += 1
            continue
        results = run_examples(path)
        for result in results:
            if not result.passed:
                failed += 1
                typer.echo(f"{path}: example {result.example} (line {result.line}, {result.direction}):", err=True)
                for difference in result.differences:
                    typer.echo(f"  {difference}", err=True)
        gone = sorted(table.coverage().lost(canonical_paths(Dossier)))
        typer.echo(
            f"{table.name}: {sum(result.passed for result in results)} of {len(results)} examples pass; {len(gone)} fields are not carried"
        )
        if lost:
            typer.echo("".join(f"  {field}\n" for field in gone), nl=False)
    raise typer.Exit(1 if failed else 0)
