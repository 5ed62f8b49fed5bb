"""One connection: what even HTTP cannot read is answered as a problem, and a reader that stalls is cut."""

from __future__ import annotations

import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from gateway.web.problem import problem
from gateway.web.request_id import mark

if TYPE_CHECKING:
    import asyncio

__all__ = ["DoorProtocol"]

log = structlog.get_logger(__name__)
#: The longest that sent bytes may stay unread.
UNREAD_MILLISECONDS = 30_000


class DoorProtocol(web.RequestHandler):
    """Serves one connection as aiohttp does, but for what is said and logged of its errors: never a piece of the request."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; a peer that takes nothing for half a minute is given up by the kernel."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT") and sock.family in {socket.AF_INET, socket.AF_INET6}:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what could not be read, or failed outside every handler; closes the connection."""
        del message  # it quotes the request
        if request.writer.output_size > 0 or isinstance(exc, ConnectionError):
            raise ConnectionAbortedError
        log.debug("request_unreadable", error=type(exc).__name__, status=status)
        if isinstance(exc, LineTooLong):
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        response = problem(int(status))
        mark(request, response)
        response.force_close()
        return response
