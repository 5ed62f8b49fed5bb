"""The one thread that writes: whatever is waiting goes into one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.adapters.ledger_rules.round import ask_sight, choose
from gateway.adapters.ledger_rules.sweep import sweep
from gateway.adapters.sqlite.store import due, expired, look, look_closer, save
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.ledger_rules.command import Command
    from gateway.adapters.ledger_rules.measure import Committed
    from gateway.adapters.ledger_rules.round import Answer

__all__ = ["Writer"]

Pending: TypeAlias = "tuple[Command, asyncio.Future[Any]]"

#: When a transaction has so many commands it takes no more, so that the first in it does not wait for thousands.
BATCH = 512

#: After these nobody can tell what is on the disk: nothing more is accepted until the process is started again.
FATAL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Writer:
    """Owns the writing connection and its thread."""

    def __init__(self, connection: sqlite3.Connection, *, committed: Committed) -> None:
        """Start the thread; call it where the event loop runs."""
        self._connection = connection
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[list[Pending] | None] = SimpleQueue()
        self._gathered: list[Pending] = []
        self._failed: str | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, command: Command) -> asyncio.Future[Any]:
        """Commit a command with whatever else is waiting; the future has its answer once it is on the disk, or raises `RetryLater`."""
        future = self._loop.create_future()
        if self._closed:
            future.set_exception(RetryLater("the ledger is closed", code="ledger_closed"))
        elif self._failed:
            future.set_exception(RetryLater(self._failed, code="ledger_failed"))
        else:
            if not self._gathered:
                self._loop.call_soon(self._hand_over)
            self._gathered.append((command, future))
        return future

    def _hand_over(self) -> None:
        """Give the thread what one turn of the loop brought, all at once: it would begin with the first, and leave the others for later."""
        gathered, self._gathered = self._gathered, []
        self._waiting.put(gathered)

    async def close(self) -> None:
        """Commit what is waiting and end the thread."""
        self._closed = True
        self._hand_over()
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    def _run(self) -> None:
        """Commit batch after batch until told to end."""
        while True:
            batch, ended = self._collect()
            if batch:
                answers = self._commit([command for command, _ in batch])
                futures = [future for _, future in batch]
                try:
                    self._loop.call_soon_threadsafe(_resolve, futures, answers)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    return
            if ended:
                return

    def _collect(self) -> tuple[list[Pending], bool]:
        """Wait for the first command, then take what is there."""
        batch: list[Pending] = []
        item = self._waiting.get()
        while item is not None:
            batch += item
            if len(batch) >= BATCH:
                return batch, False
            try:
                item = self._waiting.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _commit(self, commands: list[Command]) -> list[Answer]:
        """Commit the commands together; when one of them spoils that, each by itself."""
        if self._failed:
            return [RetryLater(self._failed, code="ledger_failed") for _ in commands]
        try:
            return self._transaction(commands)
        except sqlite3.OperationalError as error:
            return [self._unwell(error) for _ in commands]
        except Exception as error:  # noqa: BLE001 - one command's fault must reach its caller, and only its caller
            if len(commands) == 1:
                return [error]
            return [answer for command in commands for answer in self._commit([command])]

    def _transaction(self, commands: Sequence[Command]) -> list[Answer]:
        """Run all commands in one transaction, round after round; answers hold when it returns."""
        connection = self._connection
        begun = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        try:
            answers: dict[int, Answer] = {}
            left = list(enumerate(commands))
            while left:
                left = self._round(left, answers)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._committed(commands=len(commands), seconds=time.monotonic() - begun)
        return [answers[index] for index in range(len(commands))]

    def _round(self, commands: Sequence[tuple[int, Command]], answers: dict[int, Answer]) -> list[tuple[int, Command]]:
        """Decide and write those that do not touch each other; answer the others."""
        connection = self._connection
        sight = look(connection, ask_sight(commands))
        chosen = choose(commands, sight)
        if sweeping := chosen.sweep():
            index, wanted = sweeping
            changes, works = sweep(wanted, expired(connection, wanted), due(connection, wanted))
            answers[index] = works
        else:
            detail = look_closer(connection, chosen.ask_detail())
            changes, decided = chosen.decide(sight, detail)
            answers.update(decided)
        save(connection, changes)
        return chosen.later

    def _unwell(self, error: sqlite3.OperationalError) -> RetryLater:
        """Say that nothing was committed; after an error of the disk itself, for good."""
        if error.sqlite_errorcode & 0xFF in FATAL:
            self._failed = f"the disk of the ledger failed ({error.sqlite_errorname}): check it and start again"
        return RetryLater(f"the ledger could not commit ({error.sqlite_errorname})", code="ledger_failed")


def _resolve(futures: Sequence[asyncio.Future[Any]], answers: Sequence[Answer]) -> None:
    """Give every caller its answer."""
    for future, answer in zip(futures, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
