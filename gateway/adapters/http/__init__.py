"""The way out to agencies' HTTP servers, on one shared aiohttp session."""

from __future__ import annotations

from gateway.adapters.http.client import AiohttpHttp
from gateway.adapters.http.guard import is_forbidden

__all__ = ["AiohttpHttp", "is_forbidden"]
