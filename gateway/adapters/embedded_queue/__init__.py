"""The queue in memory: for one process, whose ledger knows everything that is lost with it."""

from gateway.adapters.embedded_queue.queue import EmbeddedQueue

__all__ = ["EmbeddedQueue"]
