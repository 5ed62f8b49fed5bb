"""The sender and the receiving agency of the benchmarks, in one cheap process: when each dossier left, was answered, and arrived."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from lxml import etree

from connectors.xroad.message import RemoteReceipt, receipt_body
from tests.benchmarks.dossier import CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Agency", "Crossing", "Sender", "cross"]

#: What an agency answers that speaks JSON, and the body of what one answers behind X-Road.
TAKEN = b'{"status":"1","statusDescription":"","errorCode":"","errorDescription":""}'
RECEIVED = etree.tostring(receipt_body("SendTransfer", RemoteReceipt(transfer_id="1", dossier_id="HS-1")))
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
HEADER_END = b"</soap:Header>"
DIGITS = 7
LATEST_SECONDS = 60


class Crossing:
    """When each dossier of a run left, was answered and arrived, in seconds of one clock; owned by the run."""

    def __init__(self, first: int, count: int) -> None:
        """Expect the dossiers from number `first` on."""
        self.first = first
        self.count = count
        self.left = [0.0] * count
        self.answered = [0.0] * count
        self.arrived = [0.0] * count
        self.repeated = 0
        self.refused = 0
        self.missing = count
        self.whole = asyncio.get_running_loop().create_future()

    def arrive(self, number: int) -> None:
        """Note that a dossier reached the agency."""
        place = number - self.first
        if not 0 <= place < self.count:
            return
        if self.arrived[place]:
            self.repeated += 1
            return
        self.arrived[place] = time.perf_counter()
        self.missing -= 1
        if not self.missing and not self.whole.done():
            self.whole.set_result(None)

    @property
    def rate(self) -> float:
        """Transfers a second from the first POST to the last delivery."""
        return self.count / (max(self.arrived) - min(self.left))

    def accepting(self) -> list[float]:
        """Seconds from POST to answer, sorted."""
        return sorted(answered - left for left, answered in zip(self.left, self.answered, strict=True))

    def delivering(self) -> list[float]:
        """Seconds from POST to delivery, sorted."""
        return sorted(arrived - left for left, arrived in zip(self.left, self.arrived, strict=True))


class Messages(asyncio.Protocol):
    """Cuts a connection's bytes into HTTP messages, by `Content-Length` alone."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.transport: asyncio.WriteTransport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        self.transport = transport  # type: ignore[assignment]  # uvloop's own class, which does not say what it is

    def data_received(self, data: bytes) -> None:
        """Hand on every whole message."""
        self._buffer += data
        for message in self._messages():
            self.take(message)

    def _messages(self) -> Iterator[bytes]:
        """Take whole messages off the buffer."""
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if at < 0 and b"chunked" in head:
                close = self._buffer.find(b"\r\n0\r\n\r\n", end)
                if close < 0:
                    return
                size = close + 7 - end - 4
            if len(self._buffer) < end + 4 + size:
                return
            message = bytes(self._buffer[: end + 4 + size])
            del self._buffer[: end + 4 + size]
            yield message

    def take(self, message: bytes) -> None:
        """Take a whole message."""
        raise NotImplementedError


class Agency(Messages):
    """The agency's server: answers every message that it took it, and notes the dossier's number."""

    def __init__(self, crossings: list[Crossing]) -> None:
        """Keep the runs to tell."""
        super().__init__()
        self._crossings = crossings

    def take(self, message: bytes) -> None:
        """Note and answer."""
        at = message.find(CODE.encode())
        if at >= 0:
            number = int(message[at + len(CODE) : at + len(CODE) + DIGITS])
            for crossing in self._crossings:
                crossing.arrive(number)
        if self.transport is not None:
            self.transport.write(_answer(message))


def _answer(message: bytes) -> bytes:
    """Answer in the dialect of the message; SOAP with the header that came."""
    head = message.find(HEADER_END)
    if head < 0:
        return ANSWER % (b"application/json", len(TAKEN), TAKEN)
    begun = message[message.find(b"<soap:Envelope") : head] + HEADER_END
    body = b"%s<soap:Body>%s</soap:Body></soap:Envelope>" % (begun, RECEIVED)
    return ANSWER % (b"text/xml; charset=utf-8", len(body), body)


class Sender(Messages):
    """One connection that sends: the next dossier as soon as the last is answered, or when its time has come."""

    def __init__(self, crossing: Crossing, waiting: deque[int], write: Callable[[int], bytes], pace: float) -> None:
        """Keep what to send, and how a request is written; `pace` is the dossiers a second of all connections together, 0 for as fast as answered."""
        super().__init__()
        self._crossing = crossing
        self._waiting = waiting
        self._write = write
        self._pace = pace
        self._place = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        super().connection_made(transport)
        self.send_next()

    def send_next(self) -> None:
        """Send the next, or wait for its time."""
        if not self._waiting or self.transport is None:
            return
        place = self._waiting[0]
        due = self._crossing.left[0] + place / self._pace if self._pace and place else 0.0
        now = time.perf_counter()
        if due > now:
            asyncio.get_running_loop().call_later(due - now, self.send_next)
            return
        self._place = self._waiting.popleft()
        request = self._write(self._crossing.first + self._place)
        # A dossier that must wait for a free connection left when it was due: else a slow gateway would hide its own queue.
        self._crossing.left[self._place] = due or now
        self.transport.write(request)

    def take(self, message: bytes) -> None:
        """Note the answer, send the next."""
        self._crossing.answered[self._place] = time.perf_counter()
        if not message.startswith((b"HTTP/1.1 202", b"HTTP/1.1 200")):
            self._crossing.refused += 1
        self.send_next()


async def cross(
    crossings: list[Crossing],
    addresses: list[tuple[str, int]],
    *,
    write: Callable[[int], bytes],
    first: int,
    count: int,
    connections: int,
    pace: float = 0.0,
) -> Crossing:
    """Send so many dossiers to these doors and wait until the last has arrived."""
    crossing = Crossing(first, count)
    crossings[:] = [crossing]
    waiting = deque(range(count))
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Sender(crossing, waiting, write, pace), *addresses[index % len(addresses)])
        for index in range(connections)
    ]
    async with asyncio.timeout(LATEST_SECONDS):
        await crossing.whole
    for transport, _ in opened:
        transport.close()
    return crossing
