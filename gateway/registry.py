"""Finds connectors by their entry points and opens them on a system's configuration."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import msgspec

from gateway.domain.conversion import convert_all
from gateway.domain.errors import Malformed, NeedsPerson
from gateway.sdk import Plugin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.agency import System
    from gateway.sdk import Connector, Context

__all__ = ["GROUP", "open_connector", "plugins", "read_config"]

#: The group of entry points that names connectors.
GROUP = "lienthong.connectors"


def plugins() -> Mapping[str, Plugin]:
    """Load every installed connector, by name. Raises `NeedsPerson` naming one whose entry point is not a plug-in."""
    found: dict[str, Plugin] = {}
    for entry in entry_points(group=GROUP):
        loaded = entry.load()
        if not isinstance(loaded, Plugin):
            raise NeedsPerson(f"the entry point {entry.name} ({entry.value}) does not name a gateway.sdk.Plugin")
        found[entry.name] = loaded
    return found


def open_connector(system: System, plugin: Plugin, context: Context) -> Connector:
    """Open a connector for a system; raises `Malformed` with every fault when the configuration is not the connector's own."""
    return plugin.open(read_config(system, plugin), context)


def read_config(system: System, plugin: Plugin) -> msgspec.Struct:
    """Read a system's configuration as the type of its connector; raises `Malformed` with the path of every fault, never with a value."""
    try:
        return convert_all(system.config, plugin.config, strict=False)
    except Malformed as error:
        place = f"systems[{system.name}].config"
        problems = [msgspec.structs.replace(one, path=f"{place}.{one.path}".rstrip(".")) for one in error.problems]
        raise Malformed(problems, code="configuration") from error
