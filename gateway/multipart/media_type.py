"""A media type with its parameters; also the shape of a content disposition."""

from __future__ import annotations

import re

import msgspec

from gateway.domain.errors import Malformed, Problem

__all__ = ["MediaType", "mime_fault", "read_media_type"]

LONGEST = 2000
TYPE = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+(?:/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?)\s*")
#: Values that are not quoted are taken with more letters than the rules allow, for senders forget to quote them.
PARAMETER = re.compile(r""";\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*+)"|([^\s";]*+))\s*)?""")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class MediaType(msgspec.Struct, frozen=True, kw_only=True):
    """A media type in lower case, such as `multipart/related`, and its parameters by their names in lower case."""

    type: str
    parameters: dict[str, str] = {}

    def __str__(self) -> str:
        """As it stands in a header."""
        return "; ".join([self.type, *(f"{name}={_quoted(value)}" for name, value in self.parameters.items())])


def read_media_type(text: str) -> MediaType:
    """Read a media type. Raises `Malformed`, code `mime`, for one that is broken or names a parameter twice."""
    begun = TYPE.match(text) if len(text) <= LONGEST else None
    if begun is None:
        raise mime_fault("a media type is wanted")
    place, parameters = begun.end(), dict[str, str]()
    while place < len(text):
        found = PARAMETER.match(text, place)
        if found is None or (found[1] and found[1].lower() in parameters):
            raise mime_fault("a media type has a broken or repeated parameter")
        if found[1]:
            parameters[found[1].lower()] = found[3] if found[2] is None else re.sub(r"\\(.)", r"\1", found[2])
        place = found.end()
    return MediaType(type=begun[1].lower(), parameters=parameters)


def mime_fault(hint: str) -> Malformed:
    """The fault of a body of several parts."""
    return Malformed([Problem(path="", rule="mime", hint=hint)], code="mime")


def _quoted(value: str) -> str:
    """A value on one line, quoted where it must be."""
    line = " ".join(value.split())
    if TOKEN.match(line):
        return line
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
