"""The one task of a process that writes: whatever is waiting goes into one transaction."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.adapters.ledger_rules.round import ask_sight, choose
from gateway.adapters.ledger_rules.sweep import sweep
from gateway.adapters.postgres.foreign import MET, is_away
from gateway.adapters.postgres.look import (
    due,
    expired,
    lock,
    lock_named,
    look,
    look_closer,
)
from gateway.adapters.postgres.save import append, save
from gateway.domain.errors import RetryLater

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from asyncpg import Connection, Record

    from gateway.adapters.ledger_rules.change import Changes, Entry
    from gateway.adapters.ledger_rules.command import Command
    from gateway.adapters.ledger_rules.measure import Committed
    from gateway.adapters.ledger_rules.round import Answer

__all__ = ["Committer"]

Pending: TypeAlias = "tuple[Command, asyncio.Future[Any]]"

#: A bound for one transaction, so that the first in it does not wait for thousands, nor other processes for its locks.
BATCH = 256
#: How often commands that met another process's are tried again, each by itself.
TRIES = 8


class Committer:
    """Owns the writing connection; opens a new one when it is lost."""

    def __init__(self, connect: Callable[[], Awaitable[Connection[Record]]], *, committed: Committed) -> None:
        """Start the task; the connection is opened when there is something to commit."""
        self._connect = connect
        self._committed = committed
        self._connection: Connection[Record] | None = None
        self._waiting: deque[Pending] = deque()
        self._wake = asyncio.Event()
        self._closed = False
        self._task = asyncio.create_task(self._run(), name="ledger-committer")

    def submit(self, command: Command) -> asyncio.Future[Any]:
        """Commit a command with whatever else is waiting; the future has its answer once it is committed, or raises `RetryLater`."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_exception(RetryLater("the ledger is closed", code="ledger_closed"))
        else:
            self._waiting.append((command, future))
            self._wake.set()
        return future

    async def close(self) -> None:
        """Commit what is waiting and end the task."""
        self._closed = True
        self._wake.set()
        await self._task
        await self._disconnect()

    async def _run(self) -> None:
        """Commit batch after batch until told to end."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                answers = await self._commit([command for command, _ in batch])
                for (_, future), answer in zip(batch, answers, strict=True):
                    _resolve(future, answer)
            if self._closed:
                return

    async def _commit(self, commands: list[Command]) -> list[Answer]:
        """Commit the commands together; when that fails for one of them, together once more, and then each by itself."""
        for _ in range(2 if len(commands) > 1 else TRIES):
            try:
                return await self._transaction(commands)
            except MET:
                continue
            except Exception as error:  # noqa: BLE001 - one command's fault must reach its caller, and only its caller
                if is_away(error) or isinstance(error, RetryLater):
                    return await self._give_up(len(commands))
                if len(commands) == 1:
                    return [error]
                break
        if len(commands) == 1:
            return [RetryLater("other processes keep changing the same dossier", code="ledger_busy")]
        return [answer for command in commands for answer in await self._commit([command])]

    async def _transaction(self, commands: Sequence[Command]) -> list[Answer]:
        """Run all commands in one transaction, round after round; answers hold when it returns."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        begun = time.monotonic()
        answers: dict[int, Answer] = {}
        journal: list[Entry] = []
        async with self._connection.transaction():
            left = list(enumerate(commands))
            locked = await lock_named(self._connection, ask_sight(left))
            while left:
                changes, left = await _round(self._connection, left, locked, answers)
                journal.extend(changes.journal)
            await append(self._connection, journal)
        self._committed(commands=len(commands), seconds=time.monotonic() - begun)
        return [answers[index] for index in range(len(commands))]

    async def _give_up(self, count: int) -> list[Answer]:
        """Let go of the connection and say to all that nothing was committed, as far as is known."""
        await self._disconnect()
        text = "the ledger database cannot commit now"
        return [RetryLater(text, code="ledger_away") for _ in range(count)]

    async def _disconnect(self) -> None:
        """Let go of the connection without waiting for the other side."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()


async def _round(
    connection: Connection[Record],
    commands: Sequence[tuple[int, Command]],
    locked: set[str],
    answers: dict[int, Answer],
) -> tuple[Changes, list[tuple[int, Command]]]:
    """Decide and write those that do not touch each other; answer the others."""
    question = ask_sight(commands)
    sight = await look(connection, question)
    chosen = choose(commands, sight)
    while missing := sorted(set(chosen.dossiers()) - locked):
        await lock(connection, missing)
        locked.update(missing)
        sight = await look(connection, question)
        chosen = choose(commands, sight)
    if sweeping := chosen.sweep():
        index, wanted = sweeping
        late, found = await expired(connection, wanted), await due(connection, wanted)
        changes, answers[index] = sweep(wanted, late, found)
    else:
        detail = await look_closer(connection, chosen.ask_detail())
        changes, decided = chosen.decide(sight, detail)
        answers.update(decided)
    await save(connection, changes)
    return changes, chosen.later


def _resolve(future: asyncio.Future[Any], answer: Answer) -> None:
    """Give a caller its answer."""
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
