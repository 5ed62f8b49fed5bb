"""One authenticated call: which system asks, for what, and what concerns it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypeVar

import msgspec
from aiohttp import web

from gateway.domain.errors import Refused
from gateway.web.body import read_json
from gateway.web.caller import Caller
from gateway.web.document import read_query

if TYPE_CHECKING:
    from gateway.domain.agency import System
    from gateway.pipeline.directory import Directory
    from gateway.ports import TransferRecord

__all__ = ["Call", "authenticate"]

Kind = TypeVar("Kind", bound=msgspec.Struct)
#: What an id in a path may look like; anything else names nothing.
ID = re.compile(r"[!-~]{1,200}\Z")
LONGEST_IDENTIFIER = 100


class Call(Caller, frozen=True, kw_only=True):
    """A request of a known system."""

    request: web.Request

    def id(self, name: str) -> str:
        """Name the id that the path holds. Raises `Refused` (not found) when it cannot be one."""
        found = self.request.match_info[name]
        if not ID.match(found):
            raise Refused("no such thing", code="not_found")
        return found

    def identifier(self) -> str:
        """Name the dossier's id that the path holds; any printable text may be one. Raises `Refused` (not found) otherwise."""
        found = self.request.match_info["identifier"]
        if len(found) > LONGEST_IDENTIFIER or not found.isprintable():
            raise Refused("no such dossier", code="not_found")
        return found

    async def said(self, kind: type[Kind]) -> Kind:
        """Read the body as a type. Raises `Malformed` with every fault."""
        return await read_json(self.request, kind, self.doors.limits, self.doors.large)

    def asked(self, kind: type[Kind]) -> Kind:
        """Read the query as a type. Raises `Malformed` with every fault."""
        return read_query(self.request.query, kind)

    async def transfer(self) -> TransferRecord:
        """Find the transfer that the path names, when the caller sent or receives it; another's does not exist for it."""
        return await self.transfer_of(self.id("transfer_id"))


def authenticate(request: web.Request, directory: Directory) -> System:
    """Name the system whose key came in `Authorization: Bearer` or `X-Api-Key`; answers 401 otherwise."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        key = request.headers.get("X-Api-Key", "")
    digest = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).hexdigest()
    system = directory.by_key_hash(digest) if key else None
    if system is None:
        raise web.HTTPUnauthorized(reason="send the API key of your system")
    return system
