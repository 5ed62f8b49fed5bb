"""Options that several commands share."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.registry import plugins
from gateway.settings.load import load_site

if TYPE_CHECKING:
    from gateway.settings.site import Site

__all__ = ["AsJson", "SiteFolder", "Who", "Why", "read_site"]

SiteFolder = Annotated[Path, typer.Option("--site", "-s", help="Folder of the site", envvar="LIENTHONG_SITE")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON")]
Who = Annotated[str, typer.Option("--who", help="Who acts; journalled", default_factory=getpass.getuser)]
Why = Annotated[str, typer.Option("--why", help="Why; journalled")]


def read_site(folder: Path) -> Site:
    """Read the site; raises `SiteFaults` with everything that is wrong with it."""
    return load_site(folder, {name: plugin.config for name, plugin in plugins().items()})
