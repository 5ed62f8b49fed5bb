"""What arrives at the places of the demonstration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Arrival", "Heard", "hashes", "heard"]

#: By dossier code and sender, the events in the order in which they came.
Heard: TypeAlias = Mapping[str, Mapping[str, list[str]]]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came: its dossier's code, who sent it, what happened, and the SHA-256 of each paper that came along."""

    code: str
    sender: str = ""
    event: str = "submitted"
    papers: frozenset[str] = frozenset()


def hashes(contents: Iterable[bytes]) -> frozenset[str]:
    """The SHA-256 of each content."""
    return frozenset(sha256(content).hexdigest() for content in contents)


def heard(arrivals: Iterable[Arrival]) -> Heard:
    """Sort what came by dossier and sender."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in arrivals:
        found[one.code][one.sender].append(one.event)
    return found
