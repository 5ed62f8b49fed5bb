"""What the doors are given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from gateway.domain.errors import Problem
from gateway.pipeline.accept import Acceptor
from gateway.pipeline.directory import Directory
from gateway.pipeline.inbox import Inbox
from gateway.ports import BlobStore, Clock, Reader, Telemetry
from gateway.sdk import Route
from gateway.settings.site import Limits

__all__ = ["Doors"]


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases behind the doors; `ready` lists what keeps the gateway from its work, `blobs` answers the blob store as a system sees it,
    `large` is held by who reads a large document.
    """

    acceptor: Acceptor
    inbox: Inbox
    reader: Reader
    blobs: Callable[[str], BlobStore]
    clock: Clock
    telemetry: Telemetry
    directory: Callable[[], Directory]
    routes: Callable[[], Mapping[str, tuple[Route, ...]]]
    ready: Callable[[], Awaitable[tuple[Problem, ...]]]
    metrics: Callable[[], tuple[bytes, str]]
    limits: Limits
    large: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)
