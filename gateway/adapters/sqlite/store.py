"""The SQL of the writer: look up what the rules ask, write what they decided."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.cell import NEWS, ROW, identifier_of, issuer_cell
from gateway.adapters.ledger_rules.change import chained
from gateway.adapters.ledger_rules.question import Detail, LaneView, Sight
from gateway.adapters.sqlite.cell import CELLS
from gateway.adapters.sqlite.refused import save_refused
from gateway.adapters.sqlite.statement import select, write
from gateway.domain.journal import microseconds

if TYPE_CHECKING:
    import sqlite3

    from gateway.adapters.ledger_rules.change import Changes, Entry
    from gateway.adapters.ledger_rules.command import Sweep
    from gateway.adapters.ledger_rules.question import DetailQuestion, SightQuestion
    from gateway.adapters.ledger_rules.row import Row
    from gateway.domain.dossier import Identifier

__all__ = ["due", "expired", "look", "look_closer", "save"]

MOVING = "state IN ('queued', 'sending', 'deferred', 'unknown')"
ACTIVE = "state IN ('queued', 'sending', 'deferred', 'unknown', 'parked')"


def look(connection: sqlite3.Connection, question: SightQuestion) -> Sight:
    """Find what the commands name."""
    receipts = select(
        connection,
        "WITH k(a, b) AS (VALUES $rows) SELECT id, message_id, sender, dossier_id, digest, accepted_at, destinations"
        " FROM k CROSS JOIN transfer ON sender = k.a AND message_id = k.b",
        question.messages,
    )
    owners = select(
        connection,
        "WITH k(a, b) AS (VALUES $rows) SELECT value, scheme, dossier_id FROM k CROSS JOIN identifier ON value = k.a AND scheme = k.b",
        question.identifiers,
    )
    rows = select(
        connection,
        f"WITH k(a) AS (VALUES $rows) SELECT {ROW} FROM k CROSS JOIN delivery ON id = k.a",  # noqa: S608 - a constant
        [(name,) for name in question.deliveries],
    )
    refused = select(
        connection, "WITH k(a) AS (VALUES $rows) SELECT id FROM k CROSS JOIN refused ON id = k.a", [(name,) for name in question.refused]
    )
    return Sight(
        receipts={(cells[2], cells[1]): CELLS.receipt(cells) for cells in receipts},
        owners={(value, scheme): owner for value, scheme, owner in owners},
        rows={cells[0]: CELLS.row(cells) for cells in rows},
        refused=frozenset(cells[0] for cells in refused),
    )


def look_closer(connection: sqlite3.Connection, question: DetailQuestion) -> Detail:
    """Find how lanes stand, who follows in them, and the ids of dossiers."""
    lanes = select(
        connection,
        "WITH k(a, b) AS (VALUES $rows) SELECT k.a, k.b,"  # noqa: S608 - a constant
        " (SELECT max(position) FROM delivery WHERE dossier_id = k.a AND destination = k.b),"
        f" EXISTS (SELECT 1 FROM delivery WHERE dossier_id = k.a AND destination = k.b AND {ACTIVE}) FROM k",
        question.lanes,
    )
    followers = select(
        connection,
        f"WITH k(a, b, c) AS (VALUES $rows) SELECT {ROW} FROM k CROSS JOIN delivery"  # noqa: S608 - a constant
        " ON dossier_id = k.a AND destination = k.b AND position ="
        " (SELECT min(position) FROM delivery WHERE dossier_id = k.a AND destination = k.b AND position > k.c AND state = 'waiting')",
        question.followers,
    )
    names: dict[str, list[Identifier]] = defaultdict(list)
    for dossier_id, value, scheme, issuer in select(
        connection,
        "WITH k(a) AS (VALUES $rows) SELECT dossier_id, value, scheme, issuer FROM k CROSS JOIN identifier ON dossier_id = k.a"
        " ORDER BY number",
        [(name,) for name in dict.fromkeys(question.dossiers)],
    ):
        names[dossier_id].append(identifier_of(value, scheme, issuer))
    return Detail(
        lanes={
            (dossier_id, destination): LaneView(position=position or 0, busy=bool(busy))
            for dossier_id, destination, position, busy in lanes
        },
        followers={(row.dossier_id, row.destination): row for row in map(CELLS.row, followers)},
        identifiers={name: tuple(found) for name, found in names.items()},
    )


def expired(connection: sqlite3.Connection, wanted: Sweep) -> list[Row]:
    """Find leases that ran out, the oldest first."""
    cells = connection.execute(
        f"SELECT {ROW} FROM delivery WHERE {MOVING} AND state = 'sending' AND publish_at <= ? ORDER BY publish_at LIMIT ?",  # noqa: S608 - a constant
        (microseconds(wanted.now), wanted.limit),
    )
    return [CELLS.row(found) for found in cells]


def due(connection: sqlite3.Connection, wanted: Sweep) -> list[Row]:
    """Find work that the queue should have been done with, the oldest first."""
    skip = sorted(wanted.skip)
    left_out = f"AND destination NOT IN ({', '.join('?' * len(skip))})" if skip else ""
    cells = connection.execute(
        f"SELECT {ROW} FROM delivery WHERE {MOVING} AND state IN ('queued', 'deferred', 'unknown')"  # noqa: S608 - question marks only
        f" AND publish_at <= ? {left_out} ORDER BY publish_at, id LIMIT ?",
        (microseconds(wanted.now - wanted.grace), *skip, wanted.limit),
    )
    return [CELLS.row(found) for found in cells]


def save(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write what a round decided, and its journal."""
    _save_dossiers(connection, changes)
    _save_transfers(connection, changes)
    for rows in (changes.ended, changes.moved):
        _move(connection, rows)
    write(
        connection,
        f"INSERT INTO delivery ({ROW}) VALUES $rows",  # noqa: S608 - a constant
        [CELLS.of_row(row) for row in changes.deliveries],
    )
    write(
        connection,
        "WITH k(a, b) AS (VALUES $rows) UPDATE delivery SET publish_at = k.b FROM k WHERE id = k.a",
        [(row.id, microseconds(row.publish_at)) for row in changes.published],
    )
    _save_registers(connection, changes)
    save_refused(connection, changes)
    write(connection, "INSERT INTO attachment_reader (sha256, system) VALUES $rows ON CONFLICT DO NOTHING", changes.readers)
    _append(connection, changes.journal)


def _save_dossiers(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write new dossiers, and what was learnt of known ones."""
    write(
        connection,
        "INSERT INTO dossier (id, origin, procedure, opened_at) VALUES $rows",
        [(item.id, item.origin, item.procedure, microseconds(item.opened_at)) for item in changes.dossiers],
    )
    write(
        connection,
        "WITH k(a, b) AS (VALUES $rows) UPDATE dossier SET procedure = k.b FROM k WHERE id = k.a AND procedure = ''",
        changes.procedures,
    )
    write(
        connection,
        "INSERT INTO identifier (dossier_id, value, scheme, issuer) VALUES $rows",
        [(dossier_id, name.value, name.scheme, issuer_cell(name)) for dossier_id, name in changes.identifiers],
    )
    write(
        connection,
        "INSERT INTO identifier (dossier_id, value, scheme, issuer) VALUES $rows ON CONFLICT (value, scheme) DO NOTHING",
        [(dossier_id, name.value, name.scheme, issuer_cell(name)) for dossier_id, name in changes.references],
    )


def _save_transfers(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write new transfers with their payloads."""
    write(
        connection,
        "INSERT INTO transfer (id, sender, message_id, dossier_id, event, procedure, digest, accepted_at, destinations,"
        " raw_media_type, canonical, raw) VALUES $rows",
        [CELLS.of_transfer(item, receipt) for item, receipt in changes.transfers],
    )


def _move(connection: sqlite3.Connection, rows: list[Row]) -> None:
    """Write the changed part of deliveries."""
    write(
        connection,
        f"WITH k({ROW}) AS (VALUES $rows) UPDATE delivery SET state = k.state, attempts = k.attempts,"  # noqa: S608 - a constant
        " changed_at = k.changed_at, due_at = k.due_at, publish_at = k.publish_at, lease_until = k.lease_until,"
        " failing_since = k.failing_since, fence = k.fence, owner = k.owner, ask_first = k.ask_first, cause = k.cause,"
        " text = k.text, reference = k.reference, replayed_after = k.replayed_after FROM k WHERE delivery.id = k.id",
        [CELLS.of_row(row) for row in rows],
    )


def _save_registers(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write cases, checkpoints and news."""
    write(
        connection,
        "INSERT INTO open_case (destination, dossier_id, reference, opened_at) VALUES $rows ON CONFLICT (destination, dossier_id)"
        " DO UPDATE SET reference = excluded.reference WHERE excluded.reference <> ''",
        [(item.destination, item.dossier_id, item.reference, microseconds(item.opened_at)) for item in changes.opened],
    )
    for destination, dossier_id in changes.closed:
        connection.execute(
            "DELETE FROM open_case WHERE destination = ? AND dossier_id = ?",
            (destination, dossier_id),
        )
    for asked in changes.asked:
        at = microseconds(asked.at)
        write(
            connection,
            "WITH k(a, b, c) AS (VALUES $rows) UPDATE open_case SET asked_at = k.c FROM k WHERE destination = k.a AND dossier_id = k.b",
            [(asked.destination, name, at) for name in asked.dossier_ids],
        )
    write(
        connection,
        "INSERT INTO checkpoint (name, value) VALUES $rows ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        changes.checkpoints,
    )
    write(connection, f"INSERT INTO news ({NEWS}) VALUES $rows", [CELLS.of_kept(kept) for kept in changes.kept])  # noqa: S608 - a constant
    for name in changes.forgotten:
        connection.execute("DELETE FROM news WHERE id = ?", (name,))


def _append(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    """Append to the journal, and move its head."""
    if not entries:
        return
    number, chain = connection.execute("SELECT number, chain FROM journal_head").fetchone()
    rows = chained(number, chain, entries)
    write(
        connection,
        "INSERT INTO journal (number, at, transfer_id, delivery_id, before, after, who, why, chain) VALUES $rows",
        rows,
    )
    connection.execute("UPDATE journal_head SET number = ?, chain = ?", (rows[-1][0], rows[-1][-1]))
