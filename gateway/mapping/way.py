"""Going a path: taking a value from a tree, and putting one into a tree that is being made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from gateway.mapping.path import Path, Step, render
from gateway.mapping.tree import MISSING, JsonValue, Missing, Tree

if TYPE_CHECKING:
    from gateway.mapping.run import Run

__all__ = ["CANONICAL", "JSON", "XML", "Dialect", "Get", "Put", "getter", "putter"]

#: Takes a value; a wrong shape on the way is reported to the run, if one is given.
Get: TypeAlias = Callable[["JsonValue", "Run | None"], "JsonValue | Missing"]
#: Puts a value, unless there is one already.
Put: TypeAlias = Callable[[Tree, JsonValue], None]


class Dialect(msgspec.Struct, frozen=True):
    """How paths are written on one side, and what stands for an element with text and attributes."""

    separator: str
    xml: bool


CANONICAL = Dialect(".", xml=False)
JSON = Dialect(".", xml=False)
XML = Dialect("/", xml=True)


def getter(path: Path, dialect: Dialect, base: str = "") -> Get:
    """A function that takes the value at a path. `base` is where the path starts, for faults."""
    if not path:
        return lambda node, _: node
    if len(path) == 1 and path[0].is_plain:
        return _single(path[0].name, base, dialect)
    return _long(path, dialect, base)


def _single(name: str, base: str, dialect: Dialect) -> Get:
    def get(node: JsonValue, run: Run | None) -> JsonValue | Missing:
        if isinstance(node, dict):
            return node.get(name, MISSING)
        _refuse(node, run, base.rstrip(dialect.separator), dialect)
        return MISSING

    return get


def _refuse(node: JsonValue, run: Run | None, path: str, dialect: Dialect) -> None:
    """An object was expected: null is an absent one, and so is an XML element with only text."""
    if node is not None and run is not None and not dialect.xml:
        run.report(path, "type", node, "an object is expected")


def _long(path: Path, dialect: Dialect, base: str) -> Get:
    walked = [base + render(path[:count], dialect.separator) if count else base.rstrip(".") for count in range(len(path))]
    steps = [(step.name, None if step.is_plain else step, here) for step, here in zip(path, walked, strict=True)]

    def get(node: JsonValue, run: Run | None) -> JsonValue | Missing:
        for name, chosen, here in steps:
            if not isinstance(node, dict):
                if dialect.xml and isinstance(node, list) and node:
                    node = node[0]
                if not isinstance(node, dict):
                    _refuse(node, run, here, dialect)
                    return MISSING
            if name not in node:
                return MISSING
            node = node[name]
            if chosen is not None:
                place, items = _elements(node, chosen, run, here, dialect)
                if place < 0:
                    return MISSING
                node = items[place]
        return node

    return get


def _elements(node: JsonValue, step: Step, run: Run | None, here: str, dialect: Dialect) -> tuple[int, list[JsonValue]]:
    if isinstance(node, list):
        return step.find(node), node
    if dialect.xml:
        return step.find([node]), [node]
    if node is not None and run is not None:
        where = f"{here}{dialect.separator}{step.name}" if here else step.name
        run.report(where, "type", node, "a list is expected")
    return -1, []


def putter(path: Path, dialect: Dialect) -> Put:
    """A function that puts a value at a path, making objects and elements on the way."""
    if not path:
        return lambda tree, value: _keep(tree, "", value)
    *way, last = path
    if not way and last.is_plain:
        return lambda tree, value: _keep(tree, last.name, value)
    plain, xml = last.is_plain, dialect.xml

    def put(tree: Tree, value: JsonValue) -> None:
        for step in way:
            tree = descend(tree, step, dialect)
        if plain:
            here = tree.get(last.name) if xml else None
            if isinstance(here, dict):
                _keep(here, "#text", value)
            else:
                _keep(tree, last.name, value)
        else:
            place_element(tree, last, value)

    return put


def _keep(tree: Tree, name: str, value: JsonValue) -> None:
    if name not in tree:
        tree[name] = value


def descend(tree: Tree, step: Step, dialect: Dialect) -> Tree:
    """The object at a step, made if it is not there."""
    if not step.is_plain:
        return _element(tree, step, dialect)
    inner = tree.get(step.name)
    if isinstance(inner, dict):
        return inner
    made: Tree = {}
    if dialect.xml and inner is not None and not isinstance(inner, list):
        made["#text"] = inner
    tree[step.name] = made
    return made


def _element(tree: Tree, step: Step, dialect: Dialect) -> Tree:
    items = tree.setdefault(step.name, [])
    if not isinstance(items, list):
        items = [items] if dialect.xml else []
        tree[step.name] = items
    place = step.find(items)
    found = items[place] if place >= 0 else None
    if isinstance(found, dict):
        return found
    made: Tree = {match.key: match.value for match in step.matches}
    if place >= 0:
        if dialect.xml and found is not None:
            made["#text"] = found
        items[place] = made
    else:
        items.append(made)
    return made


def place_element(tree: Tree, step: Step, value: JsonValue) -> None:
    """Put a value as an element of a list, with what selects it, unless the element is there."""
    items = tree.get(step.name)
    if not isinstance(items, list):
        items = tree[step.name] = [] if items is None else [items]
    if step.find(items) >= 0:
        return
    if step.matches:
        selected: Tree = {match.key: match.value for match in step.matches}
        value = selected | (value if isinstance(value, dict) else {"#text": value})
    items.append(value)
