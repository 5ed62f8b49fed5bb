"""The night shift replays, parks and discards deliveries from the command line; what is read by another program is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.cli import app
from gateway.domain.delivery import State
from gateway.ports import Filter
from gateway.settings.starter import write_starter
from gateway.testing.ledger_sample import accept, acceptance, lease, settle

if TYPE_CHECKING:
    from gateway.adapters.ledger_rules.ledger import GroupLedger

T = TypeVar("T")


def on_ledger(site: Path, work: Callable[[GroupLedger], Awaitable[T]]) -> T:
    """Do something on the site's ledger."""

    async def done() -> T:
        async with open_sqlite_ledger(site / "data" / "ledger.sqlite3") as ledger:
            return await work(ledger)

    return asyncio.run(done())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose ledger has two parked deliveries to `tax` and one to `land`, and a queued one behind."""

    async def fill(ledger: GroupLedger) -> None:
        for index, to in enumerate(["tax", "tax", "land"]):
            work = (await accept(ledger, acceptance(f"m{index}", dossier=f"D{index}", to=(to,)))).works[0]
            await settle(ledger, await lease(ledger, work.delivery_id), State.PARKED)
        await accept(ledger, acceptance("m9", dossier="D9"))

    write_starter(tmp_path)
    (tmp_path / "data").mkdir()
    on_ledger(tmp_path, fill)
    return tmp_path


def states(site: Path) -> list[tuple[str, str]]:
    """Destination and state of every delivery, the oldest message first."""

    async def look(ledger: GroupLedger) -> list[tuple[str, str]]:
        found = (await ledger.reader.deliveries(Filter())).deliveries
        messages = {one.id: record.message_id for one in found if (record := await ledger.reader.transfer(one.transfer_id))}
        return [(one.destination, one.state.value) for one in sorted(found, key=lambda one: messages[one.id])]

    return on_ledger(site, look)


def lienthong(site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--site", str(site)])


@pytest.mark.parametrize(("command", "state"), [("replay", "queued"), ("discard", "cancelled")])
def test_all_parked_ones_of_a_destination_are_acted_on(site: Path, command: str, state: str) -> None:
    done = lienthong(site, command, "--destination", "tax", "--why", "mended", "--who", "officer")

    assert (done.exit_code, done.stdout) == (0, "2 done\n")
    assert states(site) == [("tax", state), ("tax", state), ("land", "parked"), ("tax", "queued")]


def test_an_act_that_names_nothing_is_refused(site: Path) -> None:
    done = lienthong(site, "discard", "--why", "x", "--who", "officer")

    assert done.exit_code == 1
    assert "name deliveries, a destination or a cause" in str(done.exception)


def test_a_delivery_is_parked_and_shown_with_who_and_why(site: Path) -> None:
    listed = msgspec.json.decode(lienthong(site, "deliveries", "--state", "queued", "--json").stdout)
    (queued,) = [one["id"] for one in listed["deliveries"]]

    parked = lienthong(site, "park", queued, "nothing", "--why", "asked by phone", "--who", "officer")
    shown = lienthong(site, "show", queued)

    assert (parked.exit_code, parked.stdout) == (1, "1 done\n")
    assert parked.stderr.startswith("nothing: ")
    assert "asked by phone" in shown.stdout


def test_what_another_program_reads_is_not_cut(site: Path) -> None:
    traced = lienthong(site, "trace", "D0").stdout
    listed = lienthong(site, "deliveries").stdout

    assert "…" not in traced + listed
    assert any("one-stop" in line and "tax" in line and "parked" in line for line in traced.splitlines())
