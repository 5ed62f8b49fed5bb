"""The outline of the canonical form: the paths of all its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["canonical_paths"]


def canonical_paths(kind: type) -> list[str]:
    """The leaf paths of a struct type, lists written `papers[]`; for `Coverage.lost`."""
    return list(_paths(inspect.type_info(kind), ""))


def _paths(kind: inspect.Type, path: str) -> Iterator[str]:
    match kind:
        case inspect.Metadata():
            yield from _paths(kind.type, path)
        case inspect.StructType():
            for field in kind.fields:
                below = f"{path}.{field.encode_name}" if path else field.encode_name
                yield from _paths(field.type, below)
        case inspect.VarTupleType() | inspect.ListType():
            yield from _paths(kind.item_type, f"{path}[]")
        case inspect.UnionType():
            yield from dict.fromkeys(
                leaf for inner in kind.types if not isinstance(inner, inspect.NoneType) for leaf in _paths(inner, path)
            )
        case _:
            yield path
