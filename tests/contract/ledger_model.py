"""The ledger in sixty lines of plain Python: what the state machine compares the real ones with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.delivery import ACTIVE, FINAL, State, can_become

__all__ = ["Model", "Modelled"]

FREE = {State.QUEUED, State.DEFERRED, State.UNKNOWN}


@dataclass
class Modelled:
    """One delivery."""

    id: str
    lane: tuple[str, str]
    at: datetime
    state: State
    due_at: datetime
    until: datetime
    fence: int = 0
    attempts: int = 0
    replayed_after: int = 0
    ask_first: bool = False


@dataclass
class Model:
    """All deliveries in the order they were accepted, and the messages seen."""

    deliveries: dict[str, Modelled] = field(default_factory=dict)
    messages: dict[tuple[str, str], str] = field(default_factory=dict)
    changes: int = 0

    def accept(self, transfer_id: str, dossier: str, destinations: tuple[str, ...], now: datetime) -> list[str]:
        for index, name in enumerate(destinations):
            lane = (dossier, name)
            busy = any(item.lane == lane and item.state not in FINAL for item in self.deliveries.values())
            state = State.WAITING if busy else State.QUEUED
            delivery_id = f"{transfer_id}.{index}"
            self.deliveries[delivery_id] = Modelled(delivery_id, lane, now, state, now, now)
            self.changes += 1
        heads = [f"{transfer_id}.{index}" for index in range(len(destinations))]
        return [name for name in heads if self.deliveries[name].state is State.QUEUED]

    def lease(self, item: Modelled, now: datetime, until: datetime) -> bool:
        expired = item.state is State.SENDING and item.until <= now
        if not expired and (item.state not in FREE or item.due_at > now):
            return False
        item.ask_first |= expired
        item.fence += 1
        self._move(item, State.SENDING)
        item.until = until
        return True

    def settle(self, item: Modelled, fence: int, state: State, now: datetime, due_at: datetime) -> list[str] | None:
        if item.state is not State.SENDING or item.fence != fence:
            return None
        item.attempts += 1
        item.ask_first |= state is State.UNKNOWN
        item.due_at = due_at
        self._move(item, state)
        return self._release(item, now)

    def act(self, item: Modelled, to: State, now: datetime) -> list[str] | None:
        was = item.state
        if was is State.SENDING or not can_become(was, to) or (was is State.WAITING and to is State.QUEUED):
            return None
        item.due_at = now
        self._move(item, to)
        if to is State.QUEUED:
            item.replayed_after = item.attempts
            return [item.id]
        return [] if was is State.WAITING else self._release(item, now)

    def expire(self, now: datetime) -> None:
        for item in self.deliveries.values():
            if item.state is State.SENDING and item.until <= now:
                item.ask_first, item.due_at = True, now
                self._move(item, State.UNKNOWN)

    def due(self, now: datetime, grace: timedelta) -> set[str]:
        return {item.id for item in self.deliveries.values() if item.state in FREE and item.due_at + grace <= now}

    def lanes_are_sound(self) -> bool:
        active = [item.lane for item in self.deliveries.values() if item.state in ACTIVE]
        return len(active) == len(set(active))

    def _move(self, item: Modelled, state: State) -> None:
        item.state = state
        self.changes += 1

    def _release(self, item: Modelled, now: datetime) -> list[str]:
        waiting = [other for other in self.deliveries.values() if other.lane == item.lane and other.state is State.WAITING]
        if item.state not in FINAL or not waiting:
            return []
        waiting[0].due_at = now
        self._move(waiting[0], State.QUEUED)
        return [waiting[0].id]
