"""The three frames that every message costs, packed by hand: the client library spends ten times as long on them.

Only what the hot path writes is here; everything else is the library's. A test compares each with the library's own bytes.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pamqp import commands, frame, header

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["pack_ack", "pack_content", "pack_publish", "pack_reject"]

MEDIA_TYPE = "application/msgpack"

_frame_head = Struct(">BHI").pack
_publish_head = Struct(">BHIHHH").pack
_header_head = Struct(">BHIHHQH").pack
_ack = Struct(">BHIHHQBB").pack
_METHOD, _HEADER, _BODY = 1, 2, 3
_END = b"\xce"
_BASIC, _PUBLISH, _ACK, _REJECT = 60, 40, 80, 90
_MANDATORY = b"\x01"
#: content type, delivery mode and message id are present
_FLAGS = 1 << 15 | 1 << 12 | 1 << 7
_PERSISTENT = bytes([len(MEDIA_TYPE)]) + MEDIA_TYPE.encode() + b"\x02"
#: what a frame adds to its payload
_OVERHEAD = 8


def pack_publish(channel: int, exchange: str, routing_key: str) -> bytes:
    """Pack a mandatory Basic.Publish."""
    names = _short(exchange) + _short(routing_key) + _MANDATORY
    head = _publish_head(_METHOD, channel, 6 + len(names), _BASIC, _PUBLISH, 0)
    return head + names + _END


def pack_content(
    channel: int,
    message_id: str,
    body: bytes,
    *,
    frame_max: int,
    headers: Mapping[str, int] | None = None,
) -> bytes:
    """Pack header and body of a persistent message, the body in as many frames as the connection asks for."""
    if headers:
        packed = _header_with(channel, message_id, len(body), headers)
    else:
        values = _PERSISTENT + _short(message_id)
        packed = _header_head(_HEADER, channel, 14 + len(values), _BASIC, 0, len(body), _FLAGS) + values + _END
    room = frame_max - _OVERHEAD
    if not body:
        return packed
    if len(body) <= room:
        return packed + _frame_head(_BODY, channel, len(body)) + body + _END
    parts = [body[start : start + room] for start in range(0, len(body), room)]
    return packed + b"".join(_frame_head(_BODY, channel, len(part)) + part + _END for part in parts)


def pack_ack(channel: int, tag: int, *, multiple: bool) -> bytes:
    """Pack a Basic.Ack; `multiple` means this tag and all before it."""
    return _ack(_METHOD, channel, 13, _BASIC, _ACK, tag, multiple, 0xCE)


def pack_reject(channel: int, tag: int) -> bytes:
    """Pack a Basic.Reject that gives the message up, to wherever its queue dead-letters."""
    return _ack(_METHOD, channel, 13, _BASIC, _REJECT, tag, 0, 0xCE)


def _short(text: str) -> bytes:
    """Pack a short string; raises ValueError beyond 255 bytes."""
    raw = text.encode()
    return bytes([len(raw)]) + raw


def _header_with(channel: int, message_id: str, size: int, headers: Mapping[str, int]) -> bytes:
    """Pack a content header with a table of headers: rare, so the library does it."""
    properties = commands.Basic.Properties(
        content_type=MEDIA_TYPE,
        delivery_mode=2,
        message_id=message_id,
        headers=dict(headers),
    )
    return frame.marshal(header.ContentHeader(body_size=size, properties=properties), channel)
