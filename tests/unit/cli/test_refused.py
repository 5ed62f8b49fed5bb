"""What could not be accepted is listed, shown, read again and discarded from the command line, and journalled."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.cli import app
from gateway.domain.errors import Problem
from gateway.ports import JournalEntry, Kept, News
from gateway.settings.starter import write_starter

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FAULTS = [Problem(path="status.code", rule="unknown code"), Problem(path="agency", rule="required")]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose ledger has two refused news, n2 the newer one."""

    async def fill() -> None:
        (tmp_path / "data").mkdir()
        async with open_sqlite_ledger(tmp_path / "data" / "ledger.sqlite3") as ledger:
            for name in ("n1", "n2"):
                news = News(body=b'{"TinhTrang": 99}', media_type="application/json")
                kept = Kept(id=name, system="commune-desk", kept_at=NOW, news=news)
                await ledger.keep([kept])
                await ledger.refuse(kept, code="malformed", problems=FAULTS, at=NOW)

    write_starter(tmp_path)
    asyncio.run(fill())
    return tmp_path


def lienthong(site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["refused", *arguments, "--site", str(site)], env={"COLUMNS": "200"})


def unread(site: Path) -> tuple[list[str], list[JournalEntry]]:
    async def look() -> tuple[list[str], list[JournalEntry]]:
        async with open_sqlite_ledger(site / "data" / "ledger.sqlite3") as ledger:
            return [one.id for one in await ledger.unread("commune-desk")], list(await ledger.reader.journal())

    return asyncio.run(look())


def test_refused_news_are_listed_the_newest_first(site: Path) -> None:
    shown = lienthong(site)
    told = lienthong(site, "--json", "--limit", "1")

    assert shown.stdout.index("n2") < shown.stdout.index("n1")
    assert "status.code: unknown code" in shown.stdout
    assert [one["id"] for one in msgspec.json.decode(told.stdout)["refused"]] == ["n2"]


def test_every_fault_of_refused_news_is_shown_and_never_their_text(site: Path) -> None:
    shown = lienthong(site, "show", "n1")
    told = lienthong(site, "show", "n1", "--json")

    assert "malformed: status.code: unknown code" in shown.stdout
    assert "malformed: agency: required" in shown.stdout
    assert msgspec.json.decode(told.stdout)["refused"]["size"] == 17
    assert "TinhTrang" not in shown.stdout + told.stdout


@pytest.mark.parametrize(("command", "after", "left"), [("retry", "again", ["n1"]), ("discard", "discarded", [])])
def test_what_a_person_does_is_done_and_journalled(site: Path, command: str, after: str, left: list[str]) -> None:
    done = lienthong(site, command, "n1", "n9", "--why", "mended", "--who", "officer")

    names, journal = unread(site)
    assert done.exit_code == 1
    assert (done.stdout, done.stderr) == ("1 done\n", "n9: news_id: no such news are refused\n")
    assert names == left
    assert [(one.transfer_id, one.after, one.who, one.why) for one in journal[2:]] == [("n1", after, "officer", "mended")]
