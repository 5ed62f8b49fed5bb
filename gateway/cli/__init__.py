"""The command line `lienthong`."""

from __future__ import annotations

import sys

import typer

from gateway.cli import connector, deliveries, demo, mapping, refused, send, serve, site
from gateway.domain.errors import GatewayError
from gateway.settings.load import SiteFaults

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Lienthong: dossiers between agencies, complete, in order, once.",
)
app.command("init")(site.init)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("demo")(demo.demo)
app.command("send")(send.send)
app.command("key")(site.key)
app.command("trace")(deliveries.trace)
app.command("deliveries")(deliveries.list_deliveries)
app.command("show")(deliveries.show)
app.command("replay")(deliveries.replay)
app.command("park")(deliveries.park)
app.command("discard")(deliveries.discard)
app.command("destinations")(deliveries.destinations)
app.add_typer(refused.app, name="refused")
app.add_typer(site.config, name="config")
app.add_typer(deliveries.ledger, name="ledger")
app.add_typer(connector.app, name="connector")
app.add_typer(mapping.app, name="mapping")


def main() -> None:
    """Run the command line; an error of ours is a sentence and exit code 1, never a traceback."""
    try:
        app()
    except (GatewayError, SiteFaults) as error:
        typer.echo(f"lienthong: {error}", err=True)
        sys.exit(1)
