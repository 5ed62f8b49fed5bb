"""What a table knows of a document, and so what it leaves over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from gateway.mapping.path import Path, Step, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.mapping.condition import Condition
    from gateway.mapping.tree import JsonValue, Tree
    from gateway.mapping.way import Dialect

__all__ = ["Known", "Leaf", "leftover"]

#: Does a row take this value? Given the node where the row stands, and the value.
Leaf: TypeAlias = Callable[["JsonValue", "JsonValue"], bool]


class Known:
    """One place of a document that rows speak of."""

    __slots__ = ("children", "constant", "embedded", "items", "leaves", "parts", "picks", "plain")

    def __init__(self) -> None:
        """Know nothing yet."""
        self.leaves: list[Leaf | None] = []
        self.constant = False
        self.children: dict[str, Known] = {}
        self.picks: list[tuple[Step, Known]] = []
        self.parts: list[tuple[Condition | None, Known]] = []
        self.items: list[tuple[Condition | None, Condition | None, Known]] = []
        self.embedded: list[tuple[Known, Dialect]] = []
        self.plain: frozenset[str] | None = None

    def at(self, path: Path) -> Known:
        """The place at a path, made known."""
        place = self
        for step in path:
            place = place.children.setdefault(step.name, Known())
            if not step.is_plain:
                place = place.pick(step)
        return place

    def pick(self, step: Step) -> Known:
        """The place of a selected element, made known."""
        for known, place in self.picks:
            if known == step:
                return place
        place = Known()
        self.picks.append((step, place))
        for match in step.matches:
            place.children.setdefault(match.key, Known()).leaves.append(None)
        return place

    def plain_names(self) -> frozenset[str]:
        """The names whose whole value some row always takes; asked for when all rows are known."""
        if self.plain is None:
            self.plain = frozenset(name for name, place in self.children.items() if None in place.leaves and not place.embedded)
        return self.plain

    def is_constant(self, path: Path) -> bool:
        """Does a row with a constant write there?"""
        if not path:
            return self.constant or any(part.is_constant(()) for _, part in self.parts)
        place = self.children.get(path[0].name)
        below: list[Known] = [] if place is None else [place]
        if place is not None and not path[0].is_plain:
            below = [inner for _, inner in place.picks]
            below += [inner for _, _, inner in place.items]
        return any(inner.is_constant(path[1:]) for inner in below) or any(part.is_constant(path) for _, part in self.parts)


Active: TypeAlias = list[tuple[Known, "JsonValue"]]


class _Walk:
    def __init__(self, dialect: Dialect, embedded: Mapping[str, Tree]) -> None:
        self.dialect = dialect
        self.embedded = embedded
        self.out: Tree = {}

    def walk(self, value: JsonValue, active: Active, path: str) -> None:
        active = _expanded(value, active)
        taken = any(leaf is None or leaf(scope, value) for known, scope in active for leaf in known.leaves)
        if any(known.embedded for known, _ in active):
            self._inside(value, active, path)
        elif taken and not (self.dialect.xml and isinstance(value, (dict, list))):
            return
        elif isinstance(value, dict) and (taken or _has_children(active) or not path):
            self._object(value, active, path, text_taken=taken)
        elif isinstance(value, list) or (self.dialect.xml and _has_items(active)):
            items: list[JsonValue] = value if isinstance(value, list) else [value]
            self._list(items, active, path)
        elif not (value in ("", None) and self.dialect.xml):
            self.out[path] = value

    def _object(self, value: Tree, active: Active, path: str, *, text_taken: bool) -> None:
        plain = active[0][0].plain_names() if active else frozenset[str]()
        for name, inner in value.items():
            if name in plain and (inner.__class__ is str or not self.dialect.xml):
                continue
            below = [(known.children[name], scope) for known, scope in active if name in known.children]
            if below:
                self.walk(inner, below, self._named(path, name))
            elif not (text_taken and name == "#text"):
                self.out[self._named(path, name)] = inner

    def _list(self, items: list[JsonValue], active: Active, path: str) -> None:
        if not _has_items(active) and not self.dialect.xml:
            self.out[path] = items
            return
        picked = [(step.find(items), known, scope) for place, scope in active for step, known in place.picks]
        for index, item in enumerate(items):
            below = [(known, scope) for place, known, scope in picked if place == index]
            for place, scope in active:
                below += [(known, item) for when, where, known in place.items if _holds(when, scope) and _holds(where, item)]
            if index == 0 and self.dialect.xml:
                below += [(place, scope) for place, scope in active if place.children or place.leaves]
            self._item(item, below, f"{path}[{index}]", path if len(items) == 1 else "")

    def _item(self, item: JsonValue, below: Active, path: str, alone: str) -> None:
        if below:
            self.walk(item, below, path)
        else:
            self.out[alone if alone and self.dialect.xml else path] = item

    def _inside(self, value: JsonValue, active: Active, path: str) -> None:
        tree = self.embedded.get(path)
        for known, _ in active:
            for inner, dialect in known.embedded:
                if tree is not None:
                    found = leftover(tree, inner, dialect, self.embedded, f"{path}!")
                    self.out.update(found)
                elif value not in ("", None):
                    self.out[path] = value

    def _named(self, path: str, name: str) -> str:
        name = quote(name, self.dialect.separator)
        if not path or path.endswith("!"):
            return path + name
        return f"{path}{self.dialect.separator}{name}"


def _expanded(value: JsonValue, active: Active) -> Active:
    found: Active = []
    for known, scope in active:
        found.append((known, scope))
        inner = [(part, value) for when, part in known.parts if _holds(when, scope)]
        found += _expanded(value, inner) if inner else []
    return found


def _holds(condition: Condition | None, scope: JsonValue) -> bool:
    return condition is None or condition(scope)


def _has_children(active: Active) -> bool:
    return any(known.children for known, _ in active)


def _has_items(active: Active) -> bool:
    return any(known.items or known.picks for known, _ in active)


def leftover(
    tree: Tree,
    known: Known,
    dialect: Dialect,
    embedded: Mapping[str, Tree],
    path: str = "",
) -> Tree:
    """The values of a document that no row takes, by path. `embedded`: the documents that were opened inside it, by path."""
    walk = _Walk(dialect, embedded)
    walk._object(tree, _expanded(tree, [(known, tree)]), path, text_taken=False)  # noqa: SLF001 - of this file
    return walk.out
