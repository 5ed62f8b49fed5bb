"""Open doors for tests: a whole gateway on its embedded backing, three systems with keys, and a client for each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from gateway.app import Gateway, open_gateway
from gateway.domain.agency import Agency, System, WsSecurity
from gateway.domain.route import Route
from gateway.settings.site import Backing, Limits, Site
from gateway.web.serve import doors_of, listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.sdk import Route as AgencyRoute

__all__ = ["SYSTEMS", "Visit", "key_of", "open_visit", "transfer"]

#: The sender, two systems that fetch, and one that has nothing to do with any of it.
SYSTEMS = ("mot-cua", "so-tu-phap", "so-y-te", "nguoi-la")
QUICK = Limits(body_bytes=64 * 1024, attachment_bytes=1024 * 1024, read_seconds=0.5, keepalive_seconds=1.0)


def key_of(system: str) -> str:
    """The API key of a system."""
    return f"key-of-{system}"


def site_in(folder: Path, limits: Limits, backing: Backing | None, wsse: Mapping[str, WsSecurity]) -> Site:
    """A site of systems that fetch their deliveries."""
    systems = [
        System(
            name=name,
            agency=f"H40.{number}",
            connector="inbox",
            keys=(hashlib.sha256(key_of(name).encode()).hexdigest(),),
            wsse=wsse.get(name, WsSecurity()),
        )
        for number, name in enumerate(SYSTEMS, start=10)
    ]
    return Site(
        name="thu",
        data=str(folder),
        limits=limits,
        backing=backing,
        agencies=tuple(Agency(code=system.agency, name=system.name) for system in systems),
        systems=tuple(systems),
        routes=(Route(senders=("mot-cua",), to=("so-tu-phap",)),),
    )


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """An open gateway and its address."""

    gateway: Gateway
    address: str
    clients: Mapping[str, aiohttp.ClientSession]

    def __getitem__(self, system: str) -> aiohttp.ClientSession:
        """The client of a system; "" has no key."""
        return self.clients[system]

    async def send(self, body: object, *, system: str = "mot-cua", headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Send a transfer; answers status and document."""
        return await self.ask("POST", "/v1/transfers", body, system=system, headers=headers)

    async def ask(
        self, method: str, path: str, body: object = None, *, system: str = "mot-cua", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Ask for something; answers status and the decoded JSON, or None where there is no body."""
        content = body if isinstance(body, bytes) else None if body is None else msgspec.json.encode(body)
        said = {"Content-Type": "application/json"} | dict(headers or {})
        async with self[system].request(method, path, data=content, headers=said) as answered:
            answer = await answered.read()
            return answered.status, msgspec.json.decode(answer) if answer else None


@asynccontextmanager
async def open_visit(
    folder: Path,
    *,
    limits: Limits = QUICK,
    routes: Mapping[str, tuple[AgencyRoute, ...]] | None = None,
    backing: Backing | None = None,
    wsse: Mapping[str, WsSecurity] | None = None,
) -> AsyncIterator[Visit]:
    """Open a gateway and a client for each of its systems."""
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(open_gateway(site_in(folder, limits, backing, wsse or {})))
        doors = doors_of(gateway)
        if routes is not None:
            doors = msgspec.structs.replace(doors, routes=lambda: routes)
        address = await stack.enter_async_context(listen(doors, "127.0.0.1", 0, stop_seconds=2))
        clients = {}
        for name in ("", *SYSTEMS):
            headers = {"Authorization": f"Bearer {key_of(name)}"} if name else {}
            clients[name] = await stack.enter_async_context(aiohttp.ClientSession(address, headers=headers))
        yield Visit(gateway=gateway, address=address, clients=clients)


def transfer(message_id: str | None = "m-1", *, code: str = "H40.10-260302-0001", **changes: Any) -> dict[str, Any]:
    """A submission that is whole, as a sender writes it."""
    said = {} if message_id is None else {"message_id": message_id}
    dossier = {
        "identifiers": [{"value": code, "scheme": "dossier"}],
        "procedure": {"code": "1.012784"},
        "applicant": {"kind": "citizen", "name": "Nguyễn Văn Thử"},
    }
    return said | {"event": {"kind": "submitted"}, "dossier": dossier} | changes
