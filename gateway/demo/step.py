"""How far one thing of the demonstration has come: for how many dossiers it is done, and with how many something is wrong."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from gateway.demo.arrival import Heard, hashes
from gateway.demo.story import paper_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gateway.demo.arrival import Arrival

__all__ = ["Step", "arrived", "told", "told_together"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that should happen to so many dossiers: to how many it has, and with how many something is wrong."""

    name: str
    done: int
    of: int
    wrong: int = 0


def arrived(name: str, arrivals: Sequence[Arrival], wanted: Collection[str]) -> Step:
    """Count the births that came once, with their paper and no other; all else that came is wrong."""
    times = Counter(one.code for one in arrivals)
    allowed = set(wanted)
    done = sum(one.code in allowed and times[one.code] == 1 and one.papers == _papers(one.code) for one in arrivals)
    return Step(name=name, done=done, of=len(wanted), wrong=len(arrivals) - done)


@cache
def _papers(code: str) -> frozenset[str]:
    """The hash of the one paper that a birth comes with."""
    return hashes([paper_of(code)])


def told(name: str, found: Heard, wanted: Collection[str], answers: Mapping[str, Sequence[str]]) -> Step:
    """Count the dossiers of which everyone told everything; wrong is what is out of order, told twice, or told by or of another."""
    wrong = set(found) - set(wanted)
    wrong |= {
        code for code, told in found.items() for sender, events in told.items() if events != [*answers.get(sender, [])][: len(events)]
    }
    done = sum(found.get(code) == answers for code in wanted)
    return Step(name=name, done=done, of=len(wanted), wrong=len(wrong))


def told_together(name: str, found: Mapping[str, Sequence[int]], wanted: Collection[str], courses: tuple[tuple[int, ...], ...]) -> Step:
    """As `told`, at a place that does not keep who told it what: every one's course is there, each in order."""
    wrong = {code for code, steps in found.items() if code not in wanted or not _is_begun(tuple(steps), courses)}
    whole = sum(map(len, courses))
    done = sum(code not in wrong and len(found.get(code, ())) == whole for code in wanted)
    return Step(name=name, done=done, of=len(wanted), wrong=len(wrong))


@cache
def _is_begun(steps: tuple[int, ...], courses: tuple[tuple[int, ...], ...]) -> bool:
    """Tell whether steps are courses that run beside each other, each from its begin and in its order."""
    return not steps or any(
        _is_begun(steps[1:], (*courses[:place], course[1:], *courses[place + 1 :]))
        for place, course in enumerate(courses)
        if course[:1] == steps[:1]
    )
