"""What every ledger must do when deliveries are leased, settled, swept and acted on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Malformed, Refused
from gateway.ports import Filter, LeaseLost, Settlement
from gateway.testing.ledger_sample import (
    MINUTE,
    NOW,
    WholeLedger,
    accept,
    acceptance,
    act,
    deliver,
    lease,
    only,
    settle,
    state_of,
)

__all__ = ["Delivering"]

GRACE = timedelta(seconds=30)


async def queue(ledger: WholeLedger, message: str = "m1", *, dossier: str = "D1", to: str = "tax") -> str:
    """Accept a transfer; answer its delivery."""
    answer = await accept(ledger, acceptance(message, dossier=dossier, to=(to,)))
    return f"{answer.receipt.transfer_id}.0"


class Delivering:
    """Leases are exclusive, lanes are in order, a person acts within the table of transitions."""

    async def test_a_lease_gives_all_that_an_attempt_needs(self, ledger: WholeLedger) -> None:
        """The delivery, a fence, and every id of the dossier."""
        delivery_id = await queue(ledger)

        held = await lease(ledger, delivery_id)

        assert (held.fence, held.ask_first, held.failing_since) == (1, False, None)
        assert held.delivery.state is State.SENDING
        assert [name.value for name in held.identifiers] == ["D1"]

    async def test_many_who_lease_at_once_get_one_lease(self, ledger: WholeLedger) -> None:
        """Exactly one."""
        delivery_id = await queue(ledger)

        leases = await asyncio.gather(*[ledger.lease(delivery_id, owner=f"w{index}", now=NOW, until=NOW + MINUTE) for index in range(20)])

        assert len([held for held in leases if held is not None]) == 1

    async def test_a_lease_that_ran_out_is_given_again_to_be_asked_about(self, ledger: WholeLedger) -> None:
        """With a higher fence; the first holder can settle no more."""
        delivery_id = await queue(ledger)
        first = await lease(ledger, delivery_id)

        second = await lease(ledger, delivery_id, at=NOW + MINUTE)

        assert (second.fence, second.ask_first) == (2, True)
        with pytest.raises(LeaseLost):
            await settle(ledger, first)
        await settle(ledger, second)
        assert await state_of(ledger, delivery_id) is State.DELIVERED

    async def test_a_lease_is_settled_once(self, ledger: WholeLedger) -> None:
        """The second time it is lost, and nothing is journalled."""
        held = await lease(ledger, await queue(ledger))
        await settle(ledger, held)
        before = await ledger.reader.journal()

        with pytest.raises(LeaseLost):
            await settle(ledger, held, State.REJECTED)

        assert await ledger.reader.journal() == before

    async def test_a_deferred_delivery_is_leased_when_it_is_due(self, ledger: WholeLedger) -> None:
        """Not before; the first failure in a row is remembered until it succeeds."""
        delivery_id = await queue(ledger)
        for minute in range(2):
            held = await lease(ledger, delivery_id, at=NOW + minute * MINUTE)
            await settle(ledger, held, State.DEFERRED, at=NOW + minute * MINUTE, due_at=NOW + (minute + 1) * MINUTE)

        early = await ledger.lease(delivery_id, owner="w", now=NOW + 1.5 * MINUTE, until=NOW + 2 * MINUTE)
        third = await lease(ledger, delivery_id, at=NOW + 2 * MINUTE)

        assert early is None
        assert third.failing_since == NOW
        assert (third.delivery.attempts, third.ask_first, third.delivery.cause) == (2, False, "destination")

    async def test_an_unknown_outcome_is_asked_about_until_it_is_known(self, ledger: WholeLedger) -> None:
        """Through replays, and through attempts that could not even ask."""
        delivery_id = await queue(ledger)
        await settle(ledger, await lease(ledger, delivery_id), State.UNKNOWN)
        await act(ledger, delivery_id, State.QUEUED)
        held = await lease(ledger, delivery_id)
        await settle(ledger, held, State.DEFERRED)

        again = await lease(ledger, delivery_id)

        assert held.ask_first
        assert again.ask_first

    async def test_what_is_parked_while_its_outcome_is_unknown_is_asked_about_when_it_is_replayed(self, ledger: WholeLedger) -> None:
        """Unless the settlement says that it cannot be asked about, or that there is something to ask after all."""
        found = []
        for index, (before, said) in enumerate(
            [(State.UNKNOWN, None), (State.UNKNOWN, False), (State.DEFERRED, None), (State.DEFERRED, True)]
        ):
            delivery_id = await queue(ledger, dossier=f"D{index}", message=f"m{index}")
            await settle(ledger, await lease(ledger, delivery_id), before)
            held = await lease(ledger, delivery_id)
            await ledger.settle(Settlement(delivery_id=delivery_id, fence=held.fence, state=State.PARKED, at=NOW, ask_first=said))
            await act(ledger, delivery_id, State.QUEUED)
            found.append((await lease(ledger, delivery_id)).ask_first)

        assert found == [True, False, False, True]

    async def test_a_lane_is_delivered_in_the_order_it_was_accepted(self, ledger: WholeLedger) -> None:
        """The commit that ends one releases the next, and says so."""
        first, second, third = [await queue(ledger, f"m{index}") for index in range(3)]

        assert await ledger.lease(second, owner="w", now=NOW, until=NOW) is None
        released = await deliver(ledger, first)
        assert [work.delivery_id for work in released] == [second]
        assert await state_of(ledger, third) is State.WAITING
        assert [work.delivery_id for work in await deliver(ledger, second)] == [third]
        assert await deliver(ledger, third) == ()

    async def test_lanes_do_not_hold_each_other(self, ledger: WholeLedger) -> None:
        """Neither another dossier nor another destination waits."""
        await queue(ledger)

        others = [await queue(ledger, "m2", dossier="D2"), await queue(ledger, "m3", to="land")]

        assert [await state_of(ledger, name) for name in others] == [State.QUEUED, State.QUEUED]

    async def test_a_parked_head_holds_its_lane_and_a_rejected_one_does_not(self, ledger: WholeLedger) -> None:
        """Parked needs a person; rejected is final."""
        first, second = await queue(ledger), await queue(ledger, "m2")
        third, fourth = await queue(ledger, "m3", to="land"), await queue(ledger, "m4", to="land")

        parked = await settle(ledger, await lease(ledger, first), State.PARKED)
        rejected = await settle(ledger, await lease(ledger, third), State.REJECTED)

        assert parked == ()
        assert await state_of(ledger, second) is State.WAITING
        assert [work.delivery_id for work in rejected] == [fourth]

    async def test_a_lane_that_was_idle_begins_anew_behind_what_was(self, ledger: WholeLedger) -> None:
        """Positions only grow."""
        await deliver(ledger, await queue(ledger))

        second = await queue(ledger, "m2")

        found = await only(ledger, Filter(delivery_id=second))
        assert (found.state, found.position) == (State.QUEUED, 2)

    async def test_a_person_replays_what_is_parked(self, ledger: WholeLedger) -> None:
        """It is work again, with a fresh budget."""
        delivery_id = await queue(ledger)
        await settle(ledger, await lease(ledger, delivery_id), State.PARKED)

        ready = await act(ledger, delivery_id, State.QUEUED, at=NOW + MINUTE)

        assert [work.delivery_id for work in ready] == [delivery_id]
        held = await lease(ledger, delivery_id, at=NOW + MINUTE)
        assert (held.failing_since, held.delivery.attempts, held.tried) == (None, 1, 0)
        await settle(ledger, held, State.DEFERRED, at=NOW + MINUTE)
        assert (await lease(ledger, delivery_id, at=NOW + MINUTE)).tried == 1

    async def test_a_person_discards_the_head_and_the_next_is_released(self, ledger: WholeLedger) -> None:
        """With one that waits discarded, the one behind it."""
        first, second, third = [await queue(ledger, f"m{index}") for index in range(3)]

        assert await act(ledger, second, State.CANCELLED) == ()
        released = await act(ledger, first, State.CANCELLED)

        assert [work.delivery_id for work in released] == [third]
        last = (await ledger.reader.journal())[-1]
        assert (last.delivery_id, last.before, last.after) == (third, "waiting", "queued")

    async def test_a_person_cannot_do_what_the_table_forbids(self, ledger: WholeLedger) -> None:
        """The refusal names the state; nothing is journalled."""
        first, second = await queue(ledger), await queue(ledger, "m2")
        await lease(ledger, first)
        before = await ledger.reader.journal()

        for delivery_id, to, named in (
            (first, State.PARKED, "sending"),
            (first, State.CANCELLED, "sending"),
            (first, State.DELIVERED, "sending"),
            (second, State.QUEUED, "waiting"),
            (second, State.PARKED, "waiting"),
        ):
            with pytest.raises(Refused, match=named):
                await act(ledger, delivery_id, to)
        with pytest.raises(Malformed):
            await act(ledger, "nothing", State.QUEUED)

        assert await ledger.reader.journal() == before

    async def test_an_outcome_is_settled_whatever_the_agency_said(self, ledger: WholeLedger) -> None:
        """A character that cannot be stored is replaced."""
        delivery_id = await queue(ledger)

        await deliver(ledger, delivery_id, reference="T\0-1")

        assert (await only(ledger, Filter(delivery_id=delivery_id))).reference == "T\ufffd-1"

    async def test_a_sweep_finds_what_the_queue_lost_once_in_a_grace(self, ledger: WholeLedger) -> None:
        """Due and unpublished for longer than the grace; the oldest first."""
        late = NOW + MINUTE
        first, second = await queue(ledger), await queue(ledger, "m2", dossier="D2", to="land")

        early = await ledger.sweep(now=NOW + GRACE / 2, limit=10, grace=GRACE)
        limited = await ledger.sweep(now=late, limit=1, grace=GRACE)
        others = await ledger.sweep(now=late, limit=10, grace=GRACE)
        nothing = await ledger.sweep(now=late + GRACE / 2, limit=10, grace=GRACE)
        again = await ledger.sweep(now=late + GRACE, limit=10, grace=GRACE)

        assert early == nothing == ()
        assert sorted(work.delivery_id for work in limited + others) == sorted([first, second])
        assert len(again) == 2

    async def test_a_sweep_leaves_out_who_fetches_for_himself(self, ledger: WholeLedger) -> None:
        """But not his leases that ran out."""
        delivery_id = await queue(ledger)
        await lease(ledger, delivery_id)

        swept = await ledger.sweep(now=NOW + 2 * MINUTE, limit=10, grace=timedelta(0), skip={"tax"})

        assert swept == ()
        assert await state_of(ledger, delivery_id) is State.UNKNOWN

    async def test_a_sweep_passes_over_what_is_leased_final_waiting_parked_or_not_due(self, ledger: WholeLedger) -> None:
        """Only what may be attempted is work."""
        names = [await queue(ledger, f"m{index}", dossier=f"D{index}") for index in range(4)]
        await queue(ledger, "w", dossier="D0")
        await lease(ledger, names[0], hold=timedelta(hours=1))
        await settle(ledger, await lease(ledger, names[1]), State.PARKED)
        await settle(ledger, await lease(ledger, names[2]), State.DEFERRED, due_at=NOW + timedelta(hours=1))
        await deliver(ledger, names[3])

        assert await ledger.sweep(now=NOW + 30 * MINUTE, limit=10, grace=GRACE) == ()
        due = await ledger.sweep(now=NOW + timedelta(hours=1, minutes=1), limit=10, grace=GRACE)
        assert [work.delivery_id for work in due] == [names[2]]

    async def test_a_lease_that_ran_out_is_swept_to_unknown(self, ledger: WholeLedger) -> None:
        """Its settlement is lost; it is asked about next."""
        delivery_id = await queue(ledger)
        held = await lease(ledger, delivery_id)

        await ledger.sweep(now=NOW + MINUTE, limit=10, grace=GRACE)

        found = await only(ledger, Filter(delivery_id=delivery_id))
        assert (found.state, found.due_at) == (State.UNKNOWN, NOW + MINUTE)
        with pytest.raises(LeaseLost):
            await settle(ledger, held)
        assert (await lease(ledger, delivery_id, at=NOW + MINUTE)).ask_first
