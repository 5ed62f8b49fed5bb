"""The SQL by which the committer writes what the rules decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.cell import NEWS, ROW, issuer_cell
from gateway.adapters.ledger_rules.change import chained
from gateway.adapters.postgres.cell import CELLS, NEWS_TYPES, ROW_TYPES
from gateway.adapters.postgres.refused import save_refused
from gateway.adapters.postgres.statement import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Connection, Record

    from gateway.adapters.ledger_rules.change import Changes, Entry
    from gateway.adapters.ledger_rules.row import Row
    from gateway.domain.dossier import Identifier

__all__ = ["append", "save"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def save(connection: Connection[Record], changes: Changes) -> None:
    """Write what a round decided, all but its journal."""
    await _save_dossiers(connection, changes)
    await _save_transfers(connection, changes)
    for rows in (changes.ended, changes.moved):
        await _move(connection, rows)
    await write(
        connection,
        f"INSERT INTO delivery ({ROW}) SELECT * FROM $rows",  # noqa: S608 - a constant
        ROW_TYPES,
        [CELLS.of_row(row) for row in changes.deliveries],
    )
    await write(
        connection,
        "UPDATE delivery SET publish_at = k.b FROM $rows AS k(a, b) WHERE id = k.a",
        ("text", "timestamptz"),
        [(row.id, row.publish_at) for row in changes.published],
    )
    await _save_registers(connection, changes)
    await save_refused(connection, changes)
    await write(
        connection,
        "INSERT INTO attachment_reader (sha256, system) SELECT * FROM $rows ORDER BY 1, 2 ON CONFLICT DO NOTHING",
        ("bytea", "text"),
        changes.readers,
    )


async def append(connection: Connection[Record], entries: Sequence[Entry]) -> None:
    """Append to the journal; holds its end until the commit, so it is the last thing that a transaction does."""
    if not entries:
        return
    number, chain = await connection.fetchrow("SELECT number, chain FROM journal_head FOR UPDATE") or (0, b"")
    rows = chained(number, chain, entries)
    await write(
        connection,
        "INSERT INTO journal (number, at, transfer_id, delivery_id, before, after, who, why, chain) SELECT * FROM $rows",
        ("bigint", "timestamptz", *(["text"] * 6), "bytea"),
        [(row[0], EPOCH + timedelta(microseconds=row[1]), *row[2:]) for row in rows],
    )
    await connection.execute("UPDATE journal_head SET number = $1, chain = $2", rows[-1][0], rows[-1][-1])


async def _save_dossiers(connection: Connection[Record], changes: Changes) -> None:
    """Write new dossiers, and what was learnt of known ones."""
    await write(
        connection,
        "INSERT INTO dossier (id, origin, procedure, opened_at) SELECT * FROM $rows",
        ("text", "text", "text", "timestamptz"),
        [(item.id, item.origin, item.procedure, item.opened_at) for item in changes.dossiers],
    )
    await write(
        connection,
        "UPDATE dossier SET procedure = k.b FROM $rows AS k(a, b) WHERE id = k.a AND procedure = ''",
        ("text", "text"),
        changes.procedures,
    )
    await write(
        connection,
        "INSERT INTO identifier (dossier_id, value, scheme, issuer) SELECT * FROM $rows",
        ("text", "text", "text", "text"),
        _identifier_cells(changes.identifiers),
    )
    await write(
        connection,
        "INSERT INTO identifier (dossier_id, value, scheme, issuer) SELECT * FROM $rows ON CONFLICT (value, scheme) DO NOTHING",
        ("text", "text", "text", "text"),
        _identifier_cells(changes.references),
    )


def _identifier_cells(names: Sequence[tuple[str, Identifier]]) -> list[tuple[str, str, str, str | None]]:
    """Write identifiers, the dossiers in one order for all processes, so that two that meet do not wait for each other."""
    first: dict[str, tuple[str, str]] = {}
    for dossier_id, name in names:
        first.setdefault(dossier_id, (name.value, name.scheme))
    ordered = sorted(names, key=lambda item: first[item[0]])
    return [(dossier_id, name.value, name.scheme, issuer_cell(name)) for dossier_id, name in ordered]


async def _save_transfers(connection: Connection[Record], changes: Changes) -> None:
    """Write new transfers with their payloads."""
    await write(
        connection,
        "INSERT INTO transfer (id, sender, message_id, dossier_id, event, procedure, digest, accepted_at, destinations,"
        " raw_media_type, canonical, raw) SELECT * FROM $rows",
        (*(["text"] * 7), "timestamptz", "text", "text", "bytea", "bytea"),
        [
            CELLS.of_transfer(item, receipt)
            for item, receipt in sorted(changes.transfers, key=lambda pair: (pair[0].sender, pair[0].message_id))
        ],
    )


async def _move(connection: Connection[Record], rows: list[Row]) -> None:
    """Write the changed part of deliveries."""
    await write(
        connection,
        "UPDATE delivery SET state = k.state, attempts = k.attempts, changed_at = k.changed_at, due_at = k.due_at,"  # noqa: S608 - a constant
        " publish_at = k.publish_at, lease_until = k.lease_until, failing_since = k.failing_since, fence = k.fence,"
        " owner = k.owner, ask_first = k.ask_first, cause = k.cause, text = k.text, reference = k.reference, replayed_after = k.replayed_after"
        f" FROM $rows AS k({ROW}) WHERE delivery.id = k.id",
        ROW_TYPES,
        [CELLS.of_row(row) for row in rows],
    )


async def _save_registers(connection: Connection[Record], changes: Changes) -> None:
    """Write cases, checkpoints and news."""
    await write(
        connection,
        "INSERT INTO open_case (destination, dossier_id, reference, opened_at) SELECT * FROM $rows"
        " ON CONFLICT (destination, dossier_id) DO UPDATE SET reference = excluded.reference WHERE excluded.reference <> ''",
        ("text", "text", "text", "timestamptz"),
        [(item.destination, item.dossier_id, item.reference, item.opened_at) for item in changes.opened],
    )
    await write(
        connection,
        "DELETE FROM open_case USING $rows AS k(a, b) WHERE destination = k.a AND dossier_id = k.b",
        ("text", "text"),
        changes.closed,
    )
    await write(
        connection,
        "UPDATE open_case SET asked_at = k.c FROM $rows AS k(a, b, c) WHERE destination = k.a AND dossier_id = k.b",
        ("text", "text", "timestamptz"),
        [(asked.destination, name, asked.at) for asked in changes.asked for name in asked.dossier_ids],
    )
    await write(
        connection,
        "INSERT INTO checkpoint (name, value) SELECT * FROM $rows ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        ("text", "text"),
        changes.checkpoints,
    )
    await write(
        connection,
        f"INSERT INTO news ({NEWS}) SELECT * FROM $rows",  # noqa: S608 - a constant
        NEWS_TYPES,
        [CELLS.of_kept(kept) for kept in changes.kept],
    )
    await write(connection, "DELETE FROM news WHERE id IN (SELECT * FROM $rows)", ("text",), [(name,) for name in changes.forgotten])
