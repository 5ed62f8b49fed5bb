"""What an agency fetches itself, when one of its deliveries cannot be handed out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec

from gateway.adapters.prometheus import PrometheusTelemetry
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.domain.delivery import State
from gateway.pipeline.inbox import Inbox
from gateway.ports import Filter
from gateway.testing.ledger_sample import NOW, accept, acceptance
from tests.connector_desk import StillClock, canonical


async def test_a_delivery_whose_content_was_purged_is_parked_and_the_others_are_handed_out(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    clock = StillClock()
    clock.at = NOW
    content = msgspec.json.encode(canonical("processing", {"identifiers": [{"value": "D", "scheme": "dossier"}]}))
    async with open_sqlite_ledger(path) as ledger:
        given = [msgspec.structs.replace(acceptance(f"m{number}", dossier=f"D{number}"), canonical=content) for number in range(3)]
        works = [(await accept(ledger, one)).works[0] for one in given]
        with closing(sqlite3.connect(path)) as purging, purging:
            purging.execute("UPDATE transfer SET canonical = NULL, raw = NULL WHERE id = ?", (works[1].transfer_id,))
        inbox = Inbox(ledger=ledger, reader=ledger.reader, clock=clock, telemetry=PrometheusTelemetry())

        items = await inbox.lease("tax", limit=10, hold=timedelta(minutes=1))

        assert sorted(item.delivery_id for item in items) == sorted(work.delivery_id for work in (works[0], works[2]))
        (parked,) = (await ledger.reader.deliveries(Filter(states=(State.PARKED,)))).deliveries
        assert (parked.id, parked.cause) == (works[1].delivery_id, "purged")
