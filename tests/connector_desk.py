"""What a connector is given in tests: a clock that stands still, deliveries and inbound messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.sdk import (
    AcceptedTransfer,
    Connector,
    Context,
    Identifier,
    Inbound,
    News,
    Outcome,
    Outgoing,
    Plugin,
    Transfer,
)
from gateway.testing.connector_bench import MemoryBlobs

__all__ = ["NOW", "StillClock", "attempt", "canonical", "inbound", "open_plugin", "outgoing"]

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class StillClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def canonical(kind: str, dossier: Mapping[str, Any], *, note: str | None = None) -> Transfer:
    """Make a transfer of plain values."""
    event = {"kind": kind, "occurred_at": "2026-03-02T08:00:00+07:00"} | ({} if note is None else {"note": note})
    return msgspec.convert({"message_id": "m-1", "event": event, "dossier": dict(dossier)}, Transfer)


def outgoing(transfer: Transfer, *, identifiers: tuple[Identifier, ...] = (), system: str = "there") -> Outgoing:
    """Make a delivery of a transfer."""
    accepted = AcceptedTransfer(id="t-1", sender="mot-cua", dossier_id="d-1", accepted_at=NOW, transfer=transfer)
    known = identifiers or transfer.dossier.identifiers
    return Outgoing(key="k-1", system=system, attempt=1, accepted=accepted, identifiers=known)


def inbound(body: object) -> Inbound:
    """Make an inbound message of a JSON body, or of bytes as they are."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Inbound(method="POST", path="mapi/g", query={}, headers={}, body=content, media_type="application/json")


async def attempt(connector: Connector, delivery: Outgoing) -> Outcome:
    """Write and deliver."""
    return await connector.deliver(delivery, connector.write(delivery))


@asynccontextmanager
async def open_plugin(
    plugin: Plugin,
    config: Mapping[str, Any],
    *,
    blobs: MemoryBlobs | None = None,
    clock: StillClock | None = None,
    kept: list[News] | None = None,
) -> AsyncIterator[Connector]:
    """Open a connector as the gateway does; `kept` gets what its agency tells in the answer to a delivery."""

    async def keep(news: Sequence[News]) -> None:
        (kept if kept is not None else []).extend(news)

    async with AiohttpHttp(call_seconds=5) as http:
        context = Context(
            system="there",
            http=http,
            soap=ZeepSoap(http, clock or StillClock()),
            blobs=blobs or MemoryBlobs(),
            clock=clock or StillClock(),
            keep=keep,
        )
        connector = plugin.open(msgspec.convert(dict(config), plugin.config), context)
        yield connector
        await connector.close()
