"""The SQL by which the committer locks and looks up what the rules ask."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.adapters.ledger_rules.cell import ROW, identifier_of
from gateway.adapters.ledger_rules.question import Detail, LaneView, Sight
from gateway.adapters.postgres.cell import CELLS
from gateway.adapters.postgres.statement import select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from asyncpg import Connection, Record

    from gateway.adapters.ledger_rules.command import Sweep
    from gateway.adapters.ledger_rules.question import DetailQuestion, SightQuestion
    from gateway.adapters.ledger_rules.row import Row
    from gateway.domain.dossier import Identifier

__all__ = ["due", "expired", "lock", "lock_named", "look", "look_closer"]

ACTIVE = "state IN ('queued', 'sending', 'deferred', 'unknown', 'parked')"
MOVING = "state IN ('queued', 'sending', 'deferred', 'unknown')"
DELIVERY = ", ".join(f"delivery.{name}" for name in ROW.split(", "))


async def lock_named(connection: Connection[Record], question: SightQuestion) -> set[str]:
    """Lock every dossier that the commands name by a delivery or an identifier, in one order for all processes."""
    found = await connection.fetch(
        "SELECT id FROM dossier WHERE id IN (SELECT dossier_id FROM delivery WHERE id = ANY($1::text[])"
        " UNION SELECT dossier_id FROM unnest($2::text[], $3::text[]) AS k(a, b) JOIN identifier ON value = k.a AND scheme = k.b)"
        " ORDER BY id FOR NO KEY UPDATE",
        question.deliveries,
        [value for value, _ in question.identifiers],
        [scheme for _, scheme in question.identifiers],
    )
    return {cells[0] for cells in found}


async def lock(connection: Connection[Record], dossiers: Sequence[str]) -> None:
    """Lock these dossiers, in one order for all processes."""
    await connection.execute("SELECT 1 FROM dossier WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE", dossiers)


async def look(connection: Connection[Record], question: SightQuestion) -> Sight:
    """Find what the commands name."""
    receipts = await select(
        connection,
        "SELECT id, message_id, sender, dossier_id, digest, accepted_at, destinations"
        " FROM $rows AS k(a, b) JOIN transfer ON sender = k.a AND message_id = k.b",
        ("text", "text"),
        question.messages,
    )
    owners = await select(
        connection,
        "SELECT value, scheme, dossier_id FROM $rows AS k(a, b) JOIN identifier ON value = k.a AND scheme = k.b",
        ("text", "text"),
        question.identifiers,
    )
    rows = await select(
        connection,
        f"SELECT {ROW} FROM delivery WHERE id IN (SELECT $rows)",  # noqa: S608 - a constant
        ("text",),
        [(name,) for name in question.deliveries],
    )
    refused = await select(
        connection, "SELECT id FROM refused WHERE id IN (SELECT $rows)", ("text",), [(name,) for name in question.refused]
    )
    return Sight(
        receipts={(cells[2], cells[1]): CELLS.receipt(cells) for cells in receipts},
        owners={(value, scheme): owner for value, scheme, owner in owners},
        rows={cells[0]: CELLS.row(cells) for cells in rows},
        refused=frozenset(cells[0] for cells in refused),
    )


async def look_closer(connection: Connection[Record], question: DetailQuestion) -> Detail:
    """Find how lanes stand, who follows in them, and the ids of dossiers."""
    lanes = await select(
        connection,
        "SELECT k.a, k.b, (SELECT max(position) FROM delivery WHERE dossier_id = k.a AND destination = k.b),"  # noqa: S608 - a constant
        f" EXISTS (SELECT 1 FROM delivery WHERE dossier_id = k.a AND destination = k.b AND {ACTIVE}) FROM $rows AS k(a, b)",
        ("text", "text"),
        question.lanes,
    )
    followers = await select(
        connection,
        f"SELECT {DELIVERY} FROM $rows AS k(a, b, c) CROSS JOIN LATERAL (SELECT * FROM delivery"  # noqa: S608 - a constant
        " WHERE dossier_id = k.a AND destination = k.b AND position > k.c AND state = 'waiting' ORDER BY position LIMIT 1) AS delivery",
        ("text", "text", "bigint"),
        question.followers,
    )
    names: dict[str, list[Identifier]] = defaultdict(list)
    for dossier_id, value, scheme, issuer in await select(
        connection,
        "SELECT dossier_id, value, scheme, issuer FROM identifier WHERE dossier_id IN (SELECT $rows) ORDER BY number",
        ("text",),
        [(name,) for name in dict.fromkeys(question.dossiers)],
    ):
        names[dossier_id].append(identifier_of(value, scheme, issuer))
    return Detail(
        lanes={(dossier_id, destination): LaneView(position=position or 0, busy=busy) for dossier_id, destination, position, busy in lanes},
        followers={(row.dossier_id, row.destination): row for row in map(CELLS.row, followers)},
        identifiers={name: tuple(found) for name, found in names.items()},
    )


async def expired(connection: Connection[Record], wanted: Sweep) -> list[Row]:
    """Find leases that ran out, the oldest first, leaving out what another process is busy with."""
    return await _sweepable(connection, "state = 'sending'", wanted.now, [], wanted.limit)


async def due(connection: Connection[Record], wanted: Sweep) -> list[Row]:
    """Find work that the queue should have been done with, the oldest first, leaving out what another process is busy with."""
    states = "state IN ('queued', 'deferred', 'unknown')"
    return await _sweepable(connection, states, wanted.now - wanted.grace, sorted(wanted.skip), wanted.limit)


async def _sweepable(
    connection: Connection[Record],
    states: str,
    before: datetime,
    skip: list[str],
    limit: int,
) -> list[Row]:
    """Find rows, lock their dossiers without waiting, and read again, under the lock, those whose dossier was free."""
    condition = f"{MOVING} AND {states} AND publish_at <= $1 AND destination <> ALL ($2::text[])"
    free = await connection.fetch(
        "SELECT id FROM dossier WHERE id IN (SELECT dossier_id FROM delivery"  # noqa: S608 - constants
        f" WHERE {condition} ORDER BY publish_at, id LIMIT $3) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
        before,
        skip,
        limit,
    )
    found = await connection.fetch(
        f"SELECT {ROW} FROM delivery WHERE {condition} AND dossier_id = ANY ($4::text[])"  # noqa: S608 - constants
        " ORDER BY publish_at, id LIMIT $3",
        before,
        skip,
        limit,
        [cells[0] for cells in free],
    )
    return [CELLS.row(cells) for cells in found]
