"""Agency fields that no row reads: how they are written back where they were."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.mapping.path import Path, PathFault, parse_path
from gateway.mapping.way import Dialect, descend

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.mapping.run import Run
    from gateway.mapping.tree import JsonValue, Tree

__all__ = ["restore", "split_embedded"]

INSIDE = re.compile(r"((?:'(?:[^']|'')*'|[^'!])*)!(.*)", re.DOTALL)


def split_embedded(entries: Tree) -> tuple[Tree, dict[str, Tree]]:
    """Entries of the document itself, and those of each document inside it by its path."""
    own: Tree = {}
    inner: dict[str, Tree] = {}
    for path, value in entries.items():
        found = INSIDE.fullmatch(path)
        if found is None:
            own[path] = value
        else:
            inner.setdefault(found[1], {})[found[2]] = value
    return own, inner


def restore(
    entries: Tree,
    tree: Tree,
    dialect: Dialect,
    run: Run,
    overrides: Callable[[Path], bool] = lambda _: False,
) -> None:
    """Put entries back at their paths; what a row has written stays, unless `overrides` says otherwise."""
    own, inner = split_embedded(entries)
    for outer, below in inner.items():
        run.extras.setdefault(outer, below)
    parsed: list[tuple[Path, JsonValue]] = []
    for text, value in own.items():
        try:
            parsed.append((parse_path(text, dialect.separator), value))
        except PathFault:
            run.report("extensions", "extension", value, "its key is not a path")
    for path, value in sorted(parsed, key=lambda entry: _indexes(entry[0])):
        if not path or not _put(path, value, tree, dialect, overrides):
            run.report("extensions", "extension", value, "there is no place for it")


def _indexes(path: Path) -> tuple[int, ...]:
    return tuple(step.index for step in path if step.index is not None)


def _put(
    path: Path,
    value: JsonValue,
    tree: Tree,
    dialect: Dialect,
    overrides: Callable[[Path], bool],
) -> bool:
    *way, last = path
    for step in way:
        inner = tree.get(step.name)
        if not dialect.xml and not isinstance(inner, (dict, type(None)) if step.is_plain else (list, type(None))):
            return False
        tree = descend(tree, step, dialect)
    if last.matches:
        return False
    if last.index is not None:
        return _insert(tree, last.name, last.index, value, dialect)
    if last.name not in tree or overrides(path):
        tree[last.name] = value
    return True


def _insert(tree: Tree, name: str, index: int, value: JsonValue, dialect: Dialect) -> bool:
    items = tree.setdefault(name, [])
    if dialect.xml and not isinstance(items, list):
        items = tree[name] = [items]
    if not isinstance(items, list):
        return False
    items.insert(index, value)
    return True
