"""Finds connectors by their entry points and opens them on a system's configuration."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import msgspec

from gateway.domain.errors import Malformed, NeedsPerson, Problem
from gateway.sdk import Plugin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.agency import System
    from gateway.sdk import Connector, Context

__all__ = ["GROUP", "open_connector", "plugins"]

#: The group of entry points that names connectors.
GROUP = "lienthong.connectors"


def plugins() -> Mapping[str, Plugin]:
    """Load every installed connector, by name. Raises `NeedsPerson` naming one whose entry point is not a plug-in."""
    found: dict[str, Plugin] = {}
    for entry in entry_points(group=GROUP):
        try:
            loaded = entry.load()
        except ImportError as error:
            raise NeedsPerson(f"the connector {entry.name} ({entry.value}) cannot be loaded: {error}") from error
        if not isinstance(loaded, Plugin):
            raise NeedsPerson(f"the entry point {entry.name} ({entry.value}) does not name a gateway.sdk.Plugin")
        found[entry.name] = loaded
    return found


def open_connector(system: System, plugin: Plugin, context: Context) -> Connector:
    """Open a connector for a system; raises `Malformed` when the configuration is not the connector's own."""
    try:
        config = msgspec.convert(system.config, plugin.config, strict=False)
    except msgspec.ValidationError as error:
        path = str(error).rpartition(" - at `$")[2].rstrip("`")
        raise Malformed([Problem(path=f"systems[{system.name}].config{path}", rule=str(error).partition(" - at ")[0])]) from error
    return plugin.open(config, context)
