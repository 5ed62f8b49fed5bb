"""Spoils a message in every place, so that its reader must say what is wrong."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from gateway.domain.transfer import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["spoiled"]

#: What a value of a message is replaced by.
WRONG: tuple[object, ...] = ({"x": []}, [[]], -1, "\x00")


def spoiled(body: object) -> Iterator[object]:
    """The body with each of its values in turn replaced by one of another kind, and bodies that are none."""
    yield from ("", "{", "[]", "null", "[" * 2000, digest(b""))
    for path in _paths(body):
        for wrong in WRONG:
            spoiled = copy.deepcopy(body)
            _put(spoiled, path, wrong)
            yield spoiled


def _paths(body: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value below a body."""
    entries: list[tuple[Any, object]] = (
        list(body.items()) if isinstance(body, dict) else list(enumerate(body)) if isinstance(body, list) else []
    )
    for key, value in entries:
        yield (*above, key)
        yield from _paths(value, (*above, key))


def _put(body: Any, path: tuple[Any, ...], value: object) -> None:
    """Replace the value at a place."""
    for key in path[:-1]:
        body = body[key]
    body[path[-1]] = value
