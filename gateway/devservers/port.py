"""Free ports of the loopback interface."""

from __future__ import annotations

import secrets
import socket

__all__ = ["LOOPBACK", "answers", "free_port"]

LOOPBACK = "127.0.0.1"

# Below the ports that the kernel hands to clients: a stopped server's port must still be free when it starts again,
# and a client that keeps dialling a dead port from that range may end up connected to itself.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """A port that nobody listens on now; raises OSError when a hundred tries found none."""
    for _ in range(100):
        port = FIRST + secrets.randbelow(LAST - FIRST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    message = "no free port on the loopback interface"
    raise OSError(message)


def answers(port: int) -> bool:
    """Whether something on loopback accepts a connection to the port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
