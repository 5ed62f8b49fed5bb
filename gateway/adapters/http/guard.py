"""Which addresses are never called: those where clouds and machines keep their secrets, by whatever name."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from gateway.domain.errors import Refused

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

__all__ = ["GuardedResolver", "is_forbidden", "require_allowed"]

#: Where clouds answer metadata outside the link-local range.
METADATA = frozenset({ipaddress.ip_address("100.100.100.200"), ipaddress.ip_address("fd00:ec2::254")})


def is_forbidden(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is never called: link-local, metadata, multicast, unspecified. Loopback and private ones may be called."""
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    return plain in METADATA or plain.is_link_local or plain.is_multicast or plain.is_unspecified


def require_allowed(url: str, forbidden: Callable[[IPv4Address | IPv6Address], bool]) -> URL:
    """Read an address. Raises `Refused` when it is no HTTP address, or names a forbidden one by its number."""
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError as error:
        raise Refused("this is no address", code="bad_address") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or not port:
        raise Refused("only http and https addresses are called", code="bad_address")
    address = _number(parsed.host)
    if address is not None:
        _require(address, forbidden)
    return parsed


@lru_cache(maxsize=1024)
def _number(host: str) -> IPv4Address | IPv6Address | None:
    """Read a host that is an address by its number; None for a name. The same hosts come again and again."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


class GuardedResolver(AbstractResolver):
    """Resolves names; a name behind which a forbidden address lies is refused."""

    def __init__(self, forbidden: Callable[[IPv4Address | IPv6Address], bool]) -> None:
        """Keep the rule."""
        self._forbidden = forbidden
        self._inner = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = 0) -> list[ResolveResult]:  # type: ignore[assignment] # as aiohttp declares it
        """Resolve a name. Raises `Refused` when one of its addresses is forbidden, `OSError` when there is no such name."""
        found = await self._inner.resolve(host, port, family)
        for one in found:
            _require(ipaddress.ip_address(one["host"].partition("%")[0]), self._forbidden)
        return found

    async def close(self) -> None:
        """Let go of what it resolves with."""
        await self._inner.close()


def _require(address: IPv4Address | IPv6Address, forbidden: Callable[[IPv4Address | IPv6Address], bool]) -> None:
    """Raise `Refused` for a forbidden address."""
    if forbidden(address):
        raise Refused("addresses of this kind are never called", code="bad_address")
