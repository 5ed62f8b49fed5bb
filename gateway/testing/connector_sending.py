"""The part of the connector contract that is about sending: once, in doubt, later, never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.pipeline.recover import Stuck
from gateway.sdk import Deferred, Delivered, Reconciles, Rejected, Unknown
from gateway.testing.connector_bench import code_of, personal_values
from gateway.testing.connector_folder import read_quality, require

if TYPE_CHECKING:
    from gateway.sdk import Outgoing
    from gateway.testing.connector_bench import Bench

__all__ = ["Sending"]


class Sending:
    """Every test that writes and delivers."""

    async def test_writing_is_pure(self, bench: Bench) -> None:
        for number in range(len(bench.folder.outgoing())):
            outgoing = bench.outgoing(example=number)

            assert bench.connector.write(outgoing) == bench.connector.write(outgoing)

    async def test_every_example_is_delivered_once(self, bench: Bench) -> None:
        for number in range(len(bench.folder.outgoing())):
            ended = await bench.attempt(bench.outgoing(example=number))

            assert isinstance(ended, Delivered), ended
        assert bench.simulator.effects
        assert max(bench.simulator.effects.values()) == 1

    async def test_the_same_delivery_sent_twice_has_one_effect(self, bench: Bench) -> None:
        for number in range(len(bench.folder.outgoing())):
            first = await bench.attempt(bench.outgoing(example=number))
            before = bench.simulator.effects.copy()
            again = await bench.attempt(bench.outgoing(example=number))

            assert isinstance(first, Delivered), first
            assert isinstance(again, Delivered), again
            assert again.reference == first.reference
            assert bench.simulator.effects == before

    async def test_a_line_cut_after_it_was_taken_is_unknown_and_asking_finds_it(self, bench: Bench) -> None:
        outgoing = bench.outgoing(2)
        await bench.attempt(bench.outgoing(1))
        bench.simulator.fault = "silent"

        ended = await bench.attempt(outgoing)

        bench.simulator.fault = ""
        if isinstance(ended, Deferred):
            await _require_only_a_question(bench, outgoing)
            return
        assert isinstance(ended, Unknown), ended
        require(bench.folder.root, "reconciles")
        assert isinstance(bench.connector, Reconciles)
        assert isinstance(await bench.connector.reconcile(outgoing), Delivered)

    async def test_asking_for_what_was_never_sent_finds_nothing(self, bench: Bench) -> None:
        require(bench.folder.root, "reconciles")
        assert isinstance(bench.connector, Reconciles)

        assert await bench.connector.reconcile(bench.outgoing()) is None

    async def test_what_is_unavailable_is_tried_later(self, bench: Bench) -> None:
        await bench.attempt(bench.outgoing(1))
        bench.simulator.fault = "unavailable"

        ended = await bench.attempt(bench.outgoing(2))

        assert isinstance(ended, Deferred), ended
        assert ended.about_destination
        bench.simulator.fault = ""
        assert isinstance(await bench.attempt(bench.outgoing(2)), Delivered)

    async def test_what_is_down_is_tried_later(self, bench: Bench) -> None:
        await bench.simulator.stop()

        ended = await bench.attempt(bench.outgoing())

        assert isinstance(ended, Deferred), ended
        assert ended.about_destination
        await bench.simulator.start()
        assert isinstance(await bench.attempt(bench.outgoing()), Delivered)

    async def test_a_refusal_is_final_and_has_a_code(self, bench: Bench) -> None:
        require(bench.folder.root, "refuses_with_code")
        outgoing = bench.outgoing()
        bench.simulator.refuse.add(code_of(outgoing))

        ended = await bench.attempt(outgoing)

        assert isinstance(ended, Rejected), ended
        assert ended.code
        assert ended.text

    async def test_a_login_that_ran_out_is_renewed(self, bench: Bench) -> None:
        await bench.attempt(bench.outgoing(1))
        bench.simulator.expire_logins()

        assert isinstance(await bench.attempt(bench.outgoing(2)), Delivered)

    @pytest.mark.parametrize("fault", ["html", "not_json"])
    async def test_an_answer_that_is_none_never_settles_a_delivery(self, bench: Bench, fault: str) -> None:
        await bench.attempt(bench.outgoing(1))
        bench.simulator.fault = fault

        ended = await bench.attempt(bench.outgoing(2))

        assert isinstance(ended, Deferred | Unknown | Stuck), ended
        assert not (isinstance(ended, Stuck) and ended.cause == "defect"), ended

    async def test_a_slow_answer_is_waited_for(self, bench: Bench) -> None:
        bench.simulator.fault = "slow"
        bench.simulator.slow_seconds = 0.2

        assert isinstance(await bench.attempt(bench.outgoing()), Delivered)

    async def test_no_error_names_a_person(self, bench: Bench) -> None:
        outgoing = bench.outgoing()
        bench.simulator.refuse.add(code_of(outgoing))
        await bench.attempt(outgoing)
        for fault in ("unavailable", "html", "not_json", "silent"):
            bench.simulator.fault = fault
            await bench.attempt(bench.outgoing(2))
        personal = personal_values(outgoing.accepted.transfer)

        assert personal
        assert not [text for text in bench.texts if any(value in text for value in personal)]


async def _require_only_a_question(bench: Bench, outgoing: Outgoing) -> None:
    """Silence may mean "later" only where a delivery is a question: there is nothing to be reconciled, and asking again has no second effect."""
    excuse = read_quality(bench.folder.root)["reconciles"]
    assert excuse, "a delivery that changes something is unknown after silence"
    assert excuse.startswith("exempt")
    assert isinstance(await bench.attempt(outgoing), Delivered)
    assert max(bench.simulator.effects.values()) == 1
