"""An open system: what the site says of it, its connector, and what that connector can do beyond delivering."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from gateway.domain.agency import System
from gateway.sdk import Connector, Polls, Reconciles

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Opened"]


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """`reconciles` and `polls` are the connector again, where it can be asked and must ask: looked up once, for it costs 20 microseconds."""

    system: System
    connector: Connector
    reconciles: Reconciles | None
    polls: Polls | None

    @classmethod
    def of(cls, system: System, connector: Connector) -> Self:
        """Look what a connector can do."""
        return cls(
            system=system,
            connector=connector,
            reconciles=connector if isinstance(connector, Reconciles) else None,
            polls=connector if isinstance(connector, Polls) else None,
        )
