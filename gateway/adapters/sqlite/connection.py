"""Open the file: the writer's connection, the readers', and the lock that keeps a second process out."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.migration import outstanding, read_migrations
from gateway.domain.errors import NeedsPerson

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["lock", "open_reader", "open_writer"]

MIGRATIONS = "gateway.adapters.sqlite.migrations"


def lock(path: Path) -> int:
    """Lock the ledger for this process; closing the answered descriptor unlocks. Raises `NeedsPerson` when another process has it."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        text = f"another process has the ledger {path} open: stop it first, or use PostgreSQL for several processes"
        raise NeedsPerson(text, code="ledger_in_use") from error
    return descriptor


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes, with the schema brought up to date. Raises `NeedsPerson` when it cannot be this program's."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    try:
        path.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA temp_store = MEMORY")
        _migrate(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise NeedsPerson(f"the ledger {path} cannot be opened: {error}", code="ledger_unreadable") from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    """Make the outstanding steps of the schema, all or none."""
    connection.execute("BEGIN EXCLUSIVE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration"
            " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)"
        )
        applied = dict(connection.execute("SELECT number, checksum FROM migration"))
        for step in outstanding(read_migrations(MIGRATIONS), applied):
            for statement in _statements(step.sql):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
                (step.number, step.name, step.checksum, time.time_ns() // 1000),
            )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _statements(script: str) -> list[str]:
    """Cut a script into its statements (`executescript` would commit in between)."""
    found, statement = [], ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            found.append(statement)
            statement = ""
    return found
