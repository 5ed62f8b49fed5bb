"""What the files of a site say, as types; every setting with its default and unit."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.domain.agency import Agency, System
from gateway.domain.route import Route

__all__ = ["Backing", "Limits", "Listen", "Site", "Timing"]


class Listen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the doors listen; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080


class Backing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Beyond one machine: both addresses. Without them the site is embedded, on SQLite in its data folder."""

    postgres: Annotated[str, Meta(min_length=1)]
    rabbitmq: Annotated[str, Meta(min_length=1)]
    postgres_connections: Annotated[int, Meta(ge=2, le=100)] = 8


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the doors take: sizes in bytes, times in seconds."""

    body_bytes: Annotated[int, Meta(ge=1024)] = 2 * 1024 * 1024
    attachment_bytes: Annotated[int, Meta(ge=1024)] = 2 * 1024 * 1024 * 1024
    read_seconds: Annotated[float, Meta(gt=0)] = 10.0
    keepalive_seconds: Annotated[float, Meta(gt=0)] = 15.0


class Timing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pace of the gateway, in seconds. A lease outlives the longest call to an agency.

    `start_seconds`: how long a start waits for a database and a broker that are not there yet.
    """

    lease_seconds: Annotated[float, Meta(ge=1)] = 90.0
    sweep_every_seconds: Annotated[float, Meta(gt=0)] = 5.0
    sweep_grace_seconds: Annotated[float, Meta(gt=0)] = 15.0
    publish_seconds: Annotated[float, Meta(gt=0)] = 5.0
    call_seconds: Annotated[float, Meta(gt=0)] = 30.0
    start_seconds: Annotated[float, Meta(ge=0)] = 30.0
    stop_seconds: Annotated[float, Meta(gt=0)] = 20.0


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything one gateway is told. `data` is a folder, relative to the site's own."""

    name: Annotated[str, Meta(min_length=1)]
    data: str = "data"
    listen: Listen = Listen()
    backing: Backing | None = None
    limits: Limits = Limits()
    timing: Timing = Timing()
    agencies: tuple[Agency, ...] = ()
    systems: tuple[System, ...] = ()
    routes: tuple[Route, ...] = ()
