"""One file, one process: crashes, a second process, a full disk, a failing disk, a file that was tampered with."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from gateway.adapters.ledger_rules.measure import untold
from gateway.adapters.sqlite.connection import open_writer
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.adapters.sqlite.writer import Writer
from gateway.domain.delivery import State
from gateway.domain.errors import NeedsPerson, RetryLater
from gateway.ports import Filter
from gateway.testing.ledger_sample import accept, acceptance, state_of

if TYPE_CHECKING:
    from pathlib import Path

LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.domain.errors import RetryLater
from gateway.testing.ledger_sample import acceptance

async def main():
    async with open_sqlite_ledger(Path(sys.argv[1])) as ledger:
        await ledger.accept(acceptance("before"))
        size = Path(sys.argv[1] + "-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, resource.RLIM_INFINITY))
        for index in range(50):
            try:
                await ledger.accept(acceptance(f"m{index}", dossier=f"D{index}"))
                print("accepted", f"m{index}", flush=True)
            except RetryLater as error:
                print("later", error.text, flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

asyncio.run(main())
"""


def run_and_kill(path: Path, seconds: float) -> list[str]:
    """Run the child until so long after its first word, kill it, and answer what it said in whole lines."""
    command = [sys.executable, "-m", "tests.contract.crash_child", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().splitlines(keepends=True)
    return [line for line in (first, *rest) if line.endswith("\n")]


def run_limited(path: Path) -> list[str]:
    """Run a child whose disk fails after a while; answer what it said."""
    command = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=30)
    return done.stdout.splitlines()


async def test_whatever_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    told: list[str] = []
    for seconds in (0.3, 0.5, 0.8):
        told.extend(await asyncio.to_thread(run_and_kill, path, seconds))

    async with open_sqlite_ledger(path) as ledger:
        for line in told:
            what, name = line.split()
            if what == "accepted":
                assert await ledger.reader.transfer(name) is not None
                assert await ledger.reader.payload(name) is not None
            else:
                assert await state_of(ledger, name) is State.DELIVERED
        check = await ledger.reader.verify_journal()
        sending = await ledger.reader.deliveries(Filter(states=(State.SENDING,)))

    assert len(told) > 300
    assert check.broken_at is None
    assert check.sound >= len(told)
    assert len(sending.deliveries) <= 3 * 20


async def test_a_second_process_is_refused_with_a_clear_sentence(tmp_path: Path) -> None:
    async with open_sqlite_ledger(tmp_path / "ledger"):
        with pytest.raises(NeedsPerson, match="another process has the ledger"):
            async with open_sqlite_ledger(tmp_path / "ledger"):
                pass

    async with open_sqlite_ledger(tmp_path / "ledger") as again:
        await accept(again, acceptance())


async def test_what_one_turn_of_the_loop_brings_is_one_commit(tmp_path: Path) -> None:
    commits: list[int] = []
    writer = Writer(open_writer(tmp_path / "ledger"), committed=lambda *, commands, **_: commits.append(commands))

    async def submit(number: int) -> None:
        etree.fromstring(b"<a>" + b"<b/>" * 10_000 + b"</a>")  # lets the thread run, as whatever gives the interpreter away does
        await writer.submit(acceptance(f"m{number}", dossier=f"D{number}"))

    await asyncio.gather(*(submit(number) for number in range(20)))
    await writer.close()

    assert commits == [20]


async def test_what_waits_when_the_ledger_closes_is_committed(tmp_path: Path) -> None:
    writer = Writer(open_writer(tmp_path / "ledger"), committed=untold)
    waiting = writer.submit(acceptance())

    await writer.close()

    assert (await waiting).receipt.message_id == "m1"


async def test_a_full_disk_accepts_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "ledger")
    writer = Writer(connection, committed=untold)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    refused = await asyncio.gather(
        *[writer.submit(acceptance(f"m{index}", content="x" * 50_000)) for index in range(3)], return_exceptions=True
    )
    connection.execute("PRAGMA max_page_count = 100000")
    await writer.submit(acceptance("m1"))

    assert all(isinstance(answer, RetryLater) for answer in refused)
    assert connection.execute("SELECT count(*) FROM transfer").fetchone() == (1,)
    await writer.close()


async def test_after_a_failing_disk_nothing_is_claimed_until_a_new_start(tmp_path: Path) -> None:
    path = tmp_path / "ledger"

    lines = await asyncio.to_thread(run_limited, path)

    accepted = [line.split()[1] for line in lines if line.startswith("accepted")]
    failed = next(index for index, line in enumerate(lines) if line.startswith("later"))
    assert all(line.startswith("later") for line in lines[failed:])
    assert "start again" in lines[-1]
    with sqlite3.connect(path) as connection:
        kept = {row[0] for row in connection.execute("SELECT message_id FROM transfer")}
    connection.close()
    assert set(accepted) <= kept


async def test_the_journal_refuses_to_be_changed_and_shows_that_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    async with open_sqlite_ledger(path) as ledger:
        for index in range(3):
            await accept(ledger, acceptance(f"m{index}"))
    connection = sqlite3.connect(path, isolation_level=None)

    for forbidden in ("UPDATE journal SET who = 'x'", "DELETE FROM journal"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(forbidden)
    faults = []
    connection.execute("DROP TRIGGER journal_keeps_entries")
    connection.execute("DROP TRIGGER journal_keeps_words")
    for change in (
        "DELETE FROM journal WHERE number = 3",
        "UPDATE journal SET who = 'x' WHERE number = 2",
        "DELETE FROM journal WHERE number = 1",
    ):
        connection.execute(change)
        async with open_sqlite_ledger(path) as ledger:
            check = await ledger.reader.verify_journal()
        faults.append((check.sound, check.broken_at))
    connection.close()

    assert faults == [(2, 3), (1, 2), (0, 1)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("INSERT INTO migration VALUES (9999, 'later', '', 0)", "newer"),
        ("UPDATE migration SET checksum = 'other'", "checksum"),
    ],
)
async def test_a_ledger_that_this_program_did_not_make_is_refused(tmp_path: Path, change: str, said: str) -> None:
    path = tmp_path / "ledger"
    async with open_sqlite_ledger(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    connection.close()

    with pytest.raises(NeedsPerson, match=said):
        async with open_sqlite_ledger(path):
            pass


async def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    path.write_bytes(b"not a database at all, whatever its name says" * 100)

    with pytest.raises(NeedsPerson, match="cannot be opened"):
        async with open_sqlite_ledger(path):
            pass

    assert path.read_bytes().startswith(b"not a database")


async def test_what_is_waiting_at_the_end_is_committed(tmp_path: Path) -> None:
    async with open_sqlite_ledger(tmp_path / "ledger") as ledger:
        waiting = [asyncio.ensure_future(ledger.accept(acceptance(f"m{index}"))) for index in range(50)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    async with open_sqlite_ledger(tmp_path / "ledger") as ledger:
        page = await ledger.reader.deliveries(Filter())

    assert len(page.deliveries) == 50
