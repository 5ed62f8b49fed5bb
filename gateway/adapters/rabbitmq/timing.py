"""How long the queue waits for the broker, and how often it looks after itself."""

from __future__ import annotations

from datetime import timedelta

import msgspec

__all__ = ["Timing"]


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Time limits and pauses.

    `answer`: until a queue that does not answer is declared anew. `connect`: until a connection is open, or its topology declared.
    `heartbeat`: a connection silent for three of these is given up. Pauses between two tries of connecting grow from `first_pause` to
    `longest_pause`. `watch`: between two looks at whether the broker still has our consumers.
    """

    answer: timedelta = timedelta(seconds=3)
    connect: timedelta = timedelta(seconds=10)
    heartbeat: timedelta = timedelta(seconds=10)
    first_pause: timedelta = timedelta(milliseconds=200)
    longest_pause: timedelta = timedelta(seconds=5)
    watch: timedelta = timedelta(seconds=15)
