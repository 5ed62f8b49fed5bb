"""What was seen in the last minutes, so that nothing is taken twice. Kept in memory, for one process."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import RetryLater
from gateway.soap.security.name import expired

if TYPE_CHECKING:
    from gateway.ports import Clock

__all__ = ["Nonces"]

#: A message is taken for so long after it was made, and so long before, for clocks differ.
WINDOW = timedelta(minutes=5)
AHEAD = timedelta(minutes=1)
MOST = 200_000


class Nonces:
    """Remembers what came, for as long as it would be taken again. What was made before this process began is not taken at all: another
    may have seen it.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing."""
        self._clock = clock
        self._begun = clock.now().replace(microsecond=0)
        self._seen: set[str] = set()
        self._order: deque[tuple[datetime, str]] = deque()

    def require_fresh(self, created: datetime, expires: datetime | None = None) -> None:
        """Raise `Refused`, code `MessageExpired`, for what is too old, from the future, or past its own end."""
        now = self._clock.now()
        if not max(self._begun, now - WINDOW) <= created <= now + AHEAD or (expires is not None and expires <= now):
            raise expired("the message is too old or from the future; send it again with the present time, and set your clock")

    def take(self, name: str) -> None:
        """Remember a name. Raises `Refused`, code `MessageExpired`, when it came before; `RetryLater` when too many came."""
        now = self._clock.now()
        while self._order and self._order[0][0] < now:
            self._seen.discard(self._order.popleft()[1])
        if name in self._seen:
            raise expired("the message was seen before; send it again with a new nonce or signature")
        if len(self._seen) >= MOST:
            raise RetryLater("too many signed messages in a short time", code="too_many")
        self._seen.add(name)
        self._order.append((now + WINDOW + AHEAD, name))
