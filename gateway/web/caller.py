"""Who calls: a system, by its API key; and what concerns it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.domain.errors import Refused

if TYPE_CHECKING:
    from gateway.domain.agency import System
    from gateway.pipeline.directory import Directory
    from gateway.ports import Reader, TransferRecord

__all__ = ["caller", "require_concern"]


def caller(request: web.Request, directory: Directory) -> System:
    """Name the system whose key came in `Authorization: Bearer` or `X-Api-Key`; answers 401 otherwise."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        key = request.headers.get("X-Api-Key", "")
    system = directory.by_key_hash(hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()) if key else None
    if system is None:
        raise web.HTTPUnauthorized(reason="send the API key of your system")
    return system


async def require_concern(reader: Reader, system: System, transfer_id: str) -> TransferRecord:
    """Find a transfer that the system sent or receives; another's does not exist for it."""
    record = await reader.transfer(transfer_id)
    if record is None or (record.sender != system.name and system.name not in record.receipt.destinations):
        raise Refused("no such transfer", code="not_found")
    return record
