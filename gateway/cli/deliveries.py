"""Commands of the night shift: what waits, why, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from gateway.cli.options import AsJson, SiteFolder, Who, Why  # noqa: TC001 - typer reads annotations when the program runs
from gateway.cli.request import have_done, say_acted, say_table
from gateway.domain.delivery import State
from gateway.operations import (
    ActOn,
    Counts,
    Deliveries,
    ListDeliveries,
    ShowDelivery,
    Shown,
    TakeStock,
    Trace,
    TraceDossier,
    VerifyLedger,
)
from gateway.ports import JournalCheck

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.delivery import Delivery

__all__ = ["destinations", "discard", "ledger", "list_deliveries", "park", "replay", "show", "trace"]

ledger = typer.Typer(no_args_is_help=True, help="The ledger itself.")
HERE = Path()
IDS = typer.Argument(help="Ids of deliveries")
Ids = Annotated[list[str] | None, IDS]
Destination = Annotated[str | None, typer.Option("--destination", "-d", help="Of this system only")]
Cause = Annotated[str | None, typer.Option("--cause", help="Of this cause only")]


def list_deliveries(
    state: Annotated[list[State] | None, typer.Option("--state", help="In this state; may be repeated")] = None,
    destination: Destination = None,
    cause: Cause = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
    site: SiteFolder = HERE,
) -> None:
    """List deliveries, oldest first; `--state parked` lists what needs a person."""
    body = have_done(site, ListDeliveries(destination=destination, states=tuple(state or ()), cause=cause, limit=limit))
    if as_json:
        typer.echo(body)
        return
    found = msgspec.json.decode(body, type=Deliveries)
    _print_deliveries(found.deliveries)
    if found.more:
        typer.echo("… there are more: raise --limit")


def show(delivery_id: str, as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """Show one delivery and all that happened to it."""
    body = have_done(site, ShowDelivery(delivery_id=delivery_id))
    if as_json:
        typer.echo(body)
        return
    shown = msgspec.json.decode(body, type=Shown)
    _print_deliveries((shown.delivery,))
    if shown.delivery.text:
        typer.echo(f"{shown.delivery.cause}: {shown.delivery.text}")
    table = Table("when", "from", "to", "who", "why")
    for entry in shown.journal:
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.before, entry.after, entry.who, entry.why)
    say_table(table)


def trace(dossier: str, as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """Follow a dossier, named by any of its ids."""
    body = have_done(site, TraceDossier(identifier=dossier))
    if as_json:
        typer.echo(body)
        return
    found = msgspec.json.decode(body, type=Trace)
    typer.echo(f"dossier {found.dossier.id}, first sent by {found.dossier.origin}, procedure {found.dossier.procedure or 'not said'}")
    table = Table("accepted", "event", "from", "to", "state", "attempts", "cause")
    for transfer in found.transfers:
        for delivery in (one for one in found.deliveries if one.transfer_id == transfer.id):
            when = f"{transfer.accepted_at:%Y-%m-%d %H:%M:%S}"
            table.add_row(
                when, transfer.event, transfer.sender, delivery.destination, delivery.state, str(delivery.attempts), delivery.cause
            )
    say_table(table)


def _acting(to: State, about: str) -> Callable[..., None]:
    """Make the command that acts on deliveries by id, or on all parked ones of a destination or a cause."""

    def command(
        *,
        why: Why,
        who: Who,
        ids: Ids = None,
        destination: Destination = None,
        cause: Cause = None,
        as_json: AsJson = False,
        site: SiteFolder = HERE,
    ) -> None:
        _act(site, ActOn(to=to, who=who, why=why, delivery_ids=tuple(ids or ()), destination=destination, cause=cause), as_json=as_json)

    command.__doc__ = about
    return command


replay = _acting(State.QUEUED, "Send parked deliveries again: by id, or all of a destination or a cause.")
discard = _acting(
    State.CANCELLED, "Give deliveries up for good: by id, or all parked ones of a destination or a cause; the next of their lanes go on."
)


def park(ids: Annotated[list[str], IDS], why: Why, who: Who, as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """Hold deliveries, and their lanes, until somebody replays or discards them."""
    _act(site, ActOn(to=State.PARKED, who=who, why=why, delivery_ids=tuple(ids)), as_json=as_json)


def destinations(as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """List the destinations with what waits for each."""
    body = have_done(site, TakeStock())
    if as_json:
        typer.echo(body)
        return
    table = Table("destination", "state", "deliveries", "oldest")
    for destination, state, count, age in msgspec.json.decode(body, type=Counts).pending:
        table.add_row(destination, state, str(count), f"{age:.0f} s")
    say_table(table)


@ledger.command("verify")
def verify(as_json: AsJson = False, site: SiteFolder = HERE) -> None:
    """Check that nobody has altered the journal: exit code 1 and the first broken entry otherwise."""
    body = have_done(site, VerifyLedger())
    check = msgspec.json.decode(body, type=JournalCheck)
    if as_json:
        typer.echo(body)
    elif check.broken_at is None:
        typer.echo(f"the journal is whole: {check.sound} entries")
    else:
        typer.echo(f"the journal is broken at entry {check.broken_at}: {check.reason}", err=True)
    raise typer.Exit(0 if check.broken_at is None else 1)


def _act(site: Path, request: ActOn, *, as_json: bool) -> None:
    """Act, and say what was done; exit code 1 when something was refused."""
    say_acted(have_done(site, request), as_json=as_json)


def _print_deliveries(found: tuple[Delivery, ...]) -> None:
    """Print deliveries as a table."""
    table = Table("id", "destination", "state", "attempts", "due", "cause")
    for delivery in found:
        table.add_row(
            delivery.id,
            delivery.destination,
            delivery.state,
            str(delivery.attempts),
            f"{delivery.due_at:%Y-%m-%d %H:%M:%S}",
            delivery.cause,
        )
    say_table(table)
