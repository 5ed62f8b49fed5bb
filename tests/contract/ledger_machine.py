"""A state machine that does to a ledger and to the model whatever Hypothesis thinks of, alone and at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateway.domain.delivery import State, is_final
from gateway.domain.errors import Refused
from gateway.ports import (
    Acceptance,
    Accepted,
    Act,
    Conflict,
    Filter,
    LeaseLost,
    Repeated,
    Settlement,
)
from gateway.testing.ledger_sample import NOW, acceptance
from tests.contract.ledger_model import Model, Modelled

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from gateway.testing.ledger_sample import WholeLedger

__all__ = ["LedgerMachine"]

T = TypeVar("T")
PICK = st.integers(0, 10_000)
ENDS = st.sampled_from([State.DELIVERED, State.DEFERRED, State.UNKNOWN, State.REJECTED, State.PARKED])
ACTS = st.sampled_from([State.QUEUED, State.PARKED, State.CANCELLED])
PLACES = st.lists(st.sampled_from(["tax", "land"]), min_size=1, max_size=2, unique=True)
SECONDS = st.sampled_from([0, 0, 1, 30])


class LedgerMachine(RuleBasedStateMachine):
    """Subclass it with `open`, which opens an empty ledger."""

    open: ClassVar[Callable[[], AbstractAsyncContextManager[WholeLedger]]]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.model = Model()
        self.now = NOW
        self.dossiers: dict[str, str] = {}
        self.fences: list[tuple[str, int]] = []

    @initialize()
    def begin(self) -> None:
        self.opened = type(self).open()
        self.ledger = self.run(self.opened.__aenter__())

    def run(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)

    def pick(self, number: int) -> Modelled:
        """Any delivery, mostly one that is not final yet: that is where something can happen."""
        items = list(self.model.deliveries.values())
        alive = [item for item in items if not is_final(item.state)]
        return (items if number % 5 == 0 else alive or items)[number // 5 % len(alive or items)]

    def given(self, message: int, dossier: int, places: list[str], content: str) -> Acceptance:
        return acceptance(f"m{message}", dossier=f"D{dossier}", to=tuple(places), content=content, at=self.now)

    @rule(batch=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1), PLACES, st.sampled_from(["", "x"])), min_size=1, max_size=4))
    def accept_at_once(self, batch: list[tuple[int, int, list[str], str]]) -> None:
        given = [self.given(*item) for item in batch]

        async def accept() -> list[Accepted | Conflict | Repeated]:
            return await asyncio.gather(*[self.ledger.accept(item) for item in given])

        for item, answer in zip(given, self.run(accept()), strict=True):
            key = (item.sender, item.message_id)
            if key in self.model.messages:
                same = self.model.messages[key] == item.digest
                assert isinstance(answer, Repeated if same else Conflict)
                continue
            self.model.messages[key] = item.digest
            assert isinstance(answer, Accepted)
            dossier = self.dossiers.setdefault(item.identifiers[0].value, answer.receipt.dossier_id)
            assert answer.receipt.dossier_id == dossier
            heads = self.model.accept(item.transfer_id, dossier, item.destinations, self.now)
            assert [work.delivery_id for work in answer.works] == heads

    @precondition(lambda self: self.model.deliveries)
    @rule(number=PICK, hold=SECONDS)
    def lease(self, number: int, hold: int) -> None:
        item, until = self.pick(number), self.now + timedelta(seconds=hold)
        held = self.run(self.ledger.lease(item.id, owner="w", now=self.now, until=until))
        assert (held is not None) == self.model.lease(item, self.now, until)
        if held is not None:
            assert (held.fence, held.ask_first, held.delivery.attempts) == (item.fence, item.ask_first, item.attempts)
            assert held.tried == item.attempts - item.replayed_after
            self.fences.append((item.id, item.fence))

    @precondition(lambda self: self.model.deliveries)
    @rule(number=PICK, state=ENDS)
    def attempt(self, number: int, state: State) -> None:
        before = len(self.fences)
        self.lease(number, 30)
        if len(self.fences) > before:
            self.settle(0, state, 0)

    @precondition(lambda self: self.fences)
    @rule(number=PICK, state=ENDS, pause=SECONDS)
    def settle(self, number: int, state: State, pause: int) -> None:
        delivery_id, fence = self.fences[-1 - number % min(3, len(self.fences))]
        due_at = self.now + timedelta(seconds=pause)
        settlement = Settlement(delivery_id=delivery_id, fence=fence, state=state, at=self.now, due_at=due_at)
        expected = self.model.settle(self.model.deliveries[delivery_id], fence, state, self.now, due_at)
        try:
            released = self.run(self.ledger.settle(settlement))
        except LeaseLost:
            assert expected is None
        else:
            assert [work.delivery_id for work in released] == expected

    @precondition(lambda self: self.model.deliveries)
    @rule(number=PICK, to=ACTS)
    def act(self, number: int, to: State) -> None:
        item = self.pick(number)
        expected = self.model.act(item, to, self.now)
        try:
            ready = self.run(self.ledger.act(Act(delivery_id=item.id, to=to, who="p", why="y", at=self.now)))
        except Refused:
            assert expected is None
        else:
            assert [work.delivery_id for work in ready] == expected

    @rule(grace=SECONDS)
    def sweep(self, grace: int) -> None:
        pause = timedelta(seconds=grace)
        self.model.expire(self.now)
        swept = {work.delivery_id for work in self.run(self.ledger.sweep(now=self.now, limit=100, grace=pause))}
        assert swept <= self.model.due(self.now, pause)

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def the_ledger_is_as_the_model(self) -> None:
        if not hasattr(self, "ledger"):
            return
        page = self.run(self.ledger.reader.deliveries(Filter(), limit=1000))
        found = {item.id: (item.state, item.attempts, item.due_at) for item in page.deliveries}
        wanted = {item.id: (item.state, item.attempts, item.due_at) for item in self.model.deliveries.values()}
        assert {name: cells[:2] for name, cells in found.items()} == {name: cells[:2] for name, cells in wanted.items()}
        waiting = {State.DEFERRED, State.UNKNOWN}
        assert all(cells == wanted[name] for name, cells in found.items() if cells[0] in waiting)
        assert self.model.lanes_are_sound()

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            check = self.run(self.ledger.reader.verify_journal())
            assert (check.sound, check.broken_at) == (self.model.changes, None)
            self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()
