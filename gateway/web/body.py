"""Reads bodies: within the time and size limits, as types, with every fault listed."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import jsonschema_rs
import msgspec
from aiohttp import web

from gateway.domain.errors import Malformed, Problem
from gateway.schema.json_schema import json_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.settings.site import Limits

__all__ = ["decode", "read_body", "read_json", "stream_body"]

Kind = TypeVar("Kind", bound=msgspec.Struct)
CHUNK = 256 * 1024


async def read_json(request: web.Request, kind: type[Kind], limits: Limits) -> tuple[Kind, bytes]:
    """Read a JSON body as a type; answers the bytes beside it. Raises `Malformed` with every fault."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(reason="send application/json")
    body = await read_body(request, limits)
    return decode(body, kind), body


async def read_body(request: web.Request, limits: Limits) -> bytes:
    """Read the whole body within the limits; raises `TimeoutError` or 413."""
    async with asyncio.timeout(limits.read_seconds):
        return await request.read()


async def stream_body(request: web.Request, limits: Limits) -> AsyncIterator[bytes]:
    """Stream the body; each piece must come within the time limit, all of it within the size limit of attachments."""
    size = 0
    while True:
        async with asyncio.timeout(limits.read_seconds):
            chunk = await request.content.read(CHUNK)
        if not chunk:
            return
        size += len(chunk)
        if size > limits.attachment_bytes:
            raise web.HTTPRequestEntityTooLarge(limits.attachment_bytes, size)
        yield chunk


def decode(body: bytes, kind: type[Kind]) -> Kind:
    """Decode JSON as a type. Raises `Malformed` naming every fault by path and rule; values are told by their kind only."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Malformed(_faults(body, kind) or (_first(error),)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        rule = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
        raise Malformed([Problem(path="", rule=rule)], code="not_json") from error


def _faults(body: bytes, kind: type[msgspec.Struct]) -> tuple[Problem, ...]:
    """List every place where the body breaks the schema of the type."""
    try:
        value = msgspec.json.decode(body)
        errors = list(_validator(kind).iter_errors(value))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return ()
    return tuple(_told(error, value) for error in errors[:200])


def _told(error: jsonschema_rs.ValidationError, whole: object) -> Problem:
    """Say one fault without the value it was found in."""
    found = whole
    for step in error.instance_path:
        found = found[step]  # type: ignore[index]  # the path was walked by the validator
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path).lstrip(".")
    return (
        Problem(path=path, rule=error.masked(placeholder="this"), found=_shape(found))
        if hasattr(error, "masked")
        else Problem(path=path, rule=_rule(error), found=_shape(found))
    )


def _rule(error: jsonschema_rs.ValidationError) -> str:
    """Name the broken rule from the schema, never from the value."""
    kind = error.kind.name
    extra: Any = getattr(error.kind, "value", None)
    match kind:
        case "required":
            return f"needs the field {getattr(error.kind, 'property', '')!r}"
        case "additionalProperties":
            return f"has fields that do not exist: {', '.join(map(str, getattr(error.kind, 'unexpected', [])))}"
        case _:
            return f"breaks the rule {kind}" + (f" ({extra})" if isinstance(extra, (int, float, str)) else "")


def _shape(found: object) -> str:
    """Name the kind and size of a value, never the value."""
    match found:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return f"a text of {len(found)} characters"
        case list():
            return f"a list of {len(found)}"
        case _:
            return "an object"


def _first(error: msgspec.ValidationError) -> Problem:
    """Tell the one fault that the decoder found, where the schema finds none."""
    rule, _, path = str(error).partition(" - at `$")
    return Problem(path=path.rstrip("`").lstrip("."), rule=rule)


@cache
def _validator(kind: type[msgspec.Struct]) -> jsonschema_rs.Draft202012Validator:
    """Compile the schema of a type, once."""
    return jsonschema_rs.Draft202012Validator(json_schema(kind, urn=f"urn:vn:lienthong:{kind.__name__}"))
