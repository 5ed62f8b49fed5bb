"""What every ledger must show to those who look into it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Malformed
from gateway.ports import Filter, JournalCheck
from gateway.testing.ledger_sample import (
    MINUTE,
    NOW,
    WholeLedger,
    accept,
    acceptance,
    act,
    deliver,
    lease,
    settle,
)

__all__ = ["Watching"]


class Watching:
    """Lists, counts, journal and checkpoints."""

    async def test_pages_show_every_delivery_once_and_the_oldest_first(self, ledger: WholeLedger) -> None:
        """However many share an instant."""
        for index in range(7):
            await accept(ledger, acceptance(f"m{index}", dossier=f"D{index}", at=NOW + timedelta(seconds=index // 3)))

        seen: list[Delivery] = []
        cursor = None
        for _ in range(4):
            page = await ledger.reader.deliveries(Filter(), cursor=cursor, limit=2)
            seen.extend(page.deliveries)
            cursor = page.cursor

        assert cursor is None
        assert len({item.id for item in seen}) == 7
        assert [(item.accepted_at, item.id) for item in seen] == sorted((item.accepted_at, item.id) for item in seen)

    async def test_a_cursor_that_is_none_of_ours_is_malformed(self, ledger: WholeLedger) -> None:
        """Never a crash."""
        for cursor in ("", "x", "é", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IHg="):
            with pytest.raises(Malformed):
                await ledger.reader.deliveries(Filter(), cursor=cursor)

    async def test_an_id_that_cannot_be_stored_is_not_found(self, ledger: WholeLedger) -> None:
        """Never a crash."""
        odd = "a\0b"

        assert await ledger.reader.dossier(odd) is None
        assert await ledger.reader.transfer(odd) is None
        assert (await ledger.reader.deliveries(Filter(delivery_id=odd))).deliveries == ()
        assert await ledger.lease(odd, owner="w", now=NOW, until=NOW) is None
        with pytest.raises(Malformed):
            await act(ledger, odd, State.QUEUED)

    async def test_every_field_of_a_filter_narrows(self, ledger: WholeLedger) -> None:
        """Alone and together."""
        one = await accept(ledger, acceptance("m1", to=("tax", "land")))
        two = await accept(ledger, acceptance("m2", dossier="D2", sender="portal"))
        held = await lease(ledger, one.works[0].delivery_id)
        await settle(ledger, held, State.DEFERRED, due_at=NOW + MINUTE)
        first, second = (work.delivery_id for work in one.works)
        third = two.works[0].delivery_id

        async def found(which: Filter) -> set[str]:
            return {item.id for item in (await ledger.reader.deliveries(which)).deliveries}

        assert await found(Filter(delivery_id=second)) == {second}
        assert await found(Filter(destination="tax")) == {first, third}
        assert await found(Filter(dossier_id=one.receipt.dossier_id)) == {first, second}
        assert await found(Filter(sender="portal")) == {third}
        assert await found(Filter(transfer_id=one.receipt.transfer_id)) == {first, second}
        assert await found(Filter(states=(State.DEFERRED, State.DELIVERED))) == {first}
        assert await found(Filter(cause="destination")) == {first}
        assert await found(Filter(due_before=NOW)) == {second, third}
        assert await found(Filter(due_before=NOW, destination="tax", states=(State.QUEUED,))) == {third}

    async def test_a_lease_is_due_when_it_runs_out(self, ledger: WholeLedger) -> None:
        """So that an inbox hands out again what was never answered."""
        delivery_id = (await accept(ledger, acceptance())).works[0].delivery_id
        await lease(ledger, delivery_id, hold=MINUTE)

        early = await ledger.reader.deliveries(Filter(due_before=NOW + MINUTE / 2))
        late = await ledger.reader.deliveries(Filter(due_before=NOW + MINUTE))

        assert early.deliveries == ()
        assert [item.id for item in late.deliveries] == [delivery_id]

    async def test_the_transfers_of_a_dossier_are_listed_in_the_order_they_came(self, ledger: WholeLedger) -> None:
        """Whatever their ids."""
        answers = [await accept(ledger, acceptance(f"m{index}")) for index in range(5)]

        found = await ledger.reader.transfers(answers[0].receipt.dossier_id)

        assert [record.receipt for record in found] == [answer.receipt for answer in answers]

    async def test_counts_tell_how_many_are_not_final_and_for_how_long(self, ledger: WholeLedger) -> None:
        """By destination and state."""
        await accept(ledger, acceptance("m1", to=("tax", "land")))
        await accept(ledger, acceptance("m2", at=NOW + MINUTE))
        done = await accept(ledger, acceptance("m3", dossier="D3", to=("land",)))
        await deliver(ledger, done.works[0].delivery_id)

        counts = await ledger.reader.counts(now=NOW + 2 * MINUTE)

        assert sorted(counts) == [
            ("land", State.QUEUED, 1, 120.0),
            ("tax", State.QUEUED, 1, 120.0),
            ("tax", State.WAITING, 1, 60.0),
        ]

    async def test_every_change_of_state_is_in_the_journal_in_order(self, ledger: WholeLedger) -> None:
        """Who, why, before and after; one transfer's or all."""
        one = await accept(ledger, acceptance("m1"))
        two = await accept(ledger, acceptance("m2"))
        delivery_id = one.works[0].delivery_id
        await settle(ledger, await lease(ledger, delivery_id), State.PARKED)
        await act(ledger, delivery_id, State.CANCELLED)

        entries = await ledger.reader.journal()
        mine = await ledger.reader.journal(transfer_id=one.receipt.transfer_id)

        assert [(entry.before, entry.after, entry.who) for entry in mine] == [
            ("", "queued", "one-stop"),
            ("queued", "sending", "worker-1"),
            ("sending", "parked", "worker-1"),
            ("parked", "cancelled", "officer"),
        ]
        assert mine[-1].why == "asked by phone"
        assert (entries[-1].transfer_id, entries[-1].after) == (two.receipt.transfer_id, "queued")
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
        assert await ledger.reader.journal(after=2, limit=2) == entries[2:4]

    async def test_the_chain_of_the_journal_is_sound(self, ledger: WholeLedger) -> None:
        """Empty, and after commits made at once."""
        assert await ledger.reader.verify_journal() == JournalCheck(sound=0)

        await asyncio.gather(*[accept(ledger, acceptance(f"m{index}", dossier=f"D{index % 7}")) for index in range(50)])

        assert await ledger.reader.verify_journal() == JournalCheck(sound=50)

    async def test_in_the_journal_each_delivery_begins_where_it_was_left(self, ledger: WholeLedger) -> None:
        """No change of state is missing."""
        for index in range(3):
            await accept(ledger, acceptance(f"m{index}"))
        page = await ledger.reader.deliveries(Filter(), limit=3)
        for item in sorted(page.deliveries, key=lambda item: item.position):
            await deliver(ledger, item.id)

        for item in page.deliveries:
            entries = [entry for entry in await ledger.reader.journal() if entry.delivery_id == item.id]
            assert entries[0].before == ""
            assert entries[-1].after == "delivered"
            assert all(one.after == two.before for one, two in pairwise(entries))

    async def test_a_checkpoint_is_what_was_saved_last(self, ledger: WholeLedger) -> None:
        """None before."""
        assert await ledger.checkpoint("poll:tax") is None

        await asyncio.gather(*[ledger.keep([], checkpoint=("poll:land", str(index))) for index in range(5)])
        await ledger.keep([], checkpoint=("poll:tax", "1"))
        await ledger.keep([], checkpoint=("poll:tax", "2"))

        assert await ledger.checkpoint("poll:tax") == "2"
        assert await ledger.checkpoint("poll:land") == "4"
