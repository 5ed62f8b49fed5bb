"""MIME bodies of several parts, read and written as streams: forms, and messages with attachments."""

from __future__ import annotations

from gateway.multipart.form import FilePart, content_type, multipart
from gateway.multipart.media_type import MediaType, read_media_type
from gateway.multipart.part import MimeLimits, Part
from gateway.multipart.reader import read_parts
from gateway.multipart.related import Related, RelatedPart, RelatedWriter, read_related

__all__ = [
    "FilePart",
    "MediaType",
    "MimeLimits",
    "Part",
    "Related",
    "RelatedPart",
    "RelatedWriter",
    "content_type",
    "multipart",
    "read_media_type",
    "read_parts",
    "read_related",
]
