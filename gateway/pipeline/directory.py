"""Who is who at this site: systems and agencies by every name they answer to; replaced whole when the site is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.route import Route, matching, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.agency import Agency, System
    from gateway.domain.event import EventKind

__all__ = ["Directory"]


class Directory:
    """The systems, agencies and routes in force."""

    def __init__(
        self,
        *,
        agencies: Iterable[Agency],
        systems: Iterable[System],
        routes: Iterable[Route],
    ) -> None:
        """Index them by name, by agency code and by key."""
        self.agencies = {agency.code: agency for agency in agencies}
        self.systems = {system.name: system for system in systems}
        self.routes = tuple(routes)
        self._keys = {key: system for system in self.systems.values() for key in system.keys}
        self._usernames = {system.wsse.username or system.name: system for system in self.systems.values() if system.wsse.password}
        self._certificates = {one: system for system in self.systems.values() for one in system.wsse.certificates}
        self._targets: dict[str, tuple[str, ...]] = {name: (name,) for name in self.systems}
        for system in self.systems.values():
            self._targets[system.agency] = (
                *self._targets.get(system.agency, ()),
                system.name,
            )

    def by_key_hash(self, key_sha256: str) -> System | None:
        """Find the enabled system that an API key (its SHA-256, hexadecimal) belongs to."""
        return _enabled(self._keys.get(key_sha256))

    def by_username(self, username: str) -> System | None:
        """Find the enabled system of this user name in WS-Security."""
        return _enabled(self._usernames.get(username))

    def by_certificate(self, fingerprint: str) -> System | None:
        """Find the enabled system that signs with the certificate of this SHA-256."""
        return _enabled(self._certificates.get(fingerprint))

    def targets(self, *, procedure: str, event: EventKind, sender: str) -> tuple[str, ...]:
        """Name what the routing table says; it may name `origin`."""
        return matching(self.routes, procedure=procedure, event=event, sender=sender)

    def resolve(self, targets: Iterable[str], *, sender: str, origin: str | None) -> tuple[str, ...]:
        """Turn targets into system names; raises `Malformed` or `Refused`, see `gateway.domain.route.resolve`."""
        return resolve(targets, sender=sender, origin=origin, systems=self._targets)


def _enabled(system: System | None) -> System | None:
    """The system, unless it is switched off."""
    return system if system and system.enabled else None
