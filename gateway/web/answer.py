"""An answer of the API: a value as JSON."""

from __future__ import annotations

import msgspec
from aiohttp import web

__all__ = ["answer"]


def answer(value: msgspec.Struct, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer a value."""
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json", headers=headers)
