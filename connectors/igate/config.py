"""What a site says of its connection to a one-stop system."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.sdk import Url

__all__ = ["Config"]

Path = Annotated[str, Meta(pattern=r"^/[!-~]*\Z")]
Seconds = Annotated[float, Meta(gt=0, le=600)]
Said = Annotated[str, Meta(min_length=1)]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of the system, the account there, and how its changes are found.

    `agency_id` narrows what is polled to an agency and those below it, `statuses` to some of its status codes. `poll_from`: changes
    before this instant are never taken. `overlap_seconds` before the newest change seen are asked for again with every poll, for clocks
    of several servers differ. The paths that end with `_path` differ between versions.
    """

    url: Url
    token_url: Url
    username: Said
    password: Said
    client_id: Said = "lienthong"
    client_secret: str = ""
    agency_id: Said | None = None
    statuses: tuple[int, ...] = ()
    poll_every_seconds: Annotated[float, Meta(gt=0, le=86400)] = 30.0
    poll_from: Annotated[datetime, Meta(tz=True)] | None = None
    poll_most: Annotated[int, Meta(ge=1, le=1000)] = 100
    page_size: Annotated[int, Meta(ge=1, le=200)] = 50
    overlap_seconds: Annotated[float, Meta(ge=0, le=3600)] = 120.0
    seconds: Seconds = 30.0
    search_path: Path = "/pa/dossier/search"
    dossier_path: Path = "/pa/dossier"
    receive_path: Path = "/pa/dossier/--receive"
    status_path: Path = "/pa/dossier/--status"
    file_path: Path = "/fi/file"

    def __repr__(self) -> str:
        """Name the system; never its secrets."""
        return f"Config(url={self.url!r}, username={self.username!r})"
