"""Between typed values and plain trees of dicts and lists; every fault of a tree is listed, not only the first."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from gateway.domain.errors import Malformed, Problem
from gateway.domain.shape import shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["convert_all", "tree_of"]

T = TypeVar("T")
Place = tuple[str | int, ...]

MOST_FAULTS = 100
#: What a field that may hold several holds when it was left out.
EMPTY: tuple[object, ...] = ((), {})
WHERE = re.compile(r"(?P<rule>.*?)(?: - at (?:`key` in )?`(?P<path>\$.*)`)?\Z", re.DOTALL)
STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>[0-9]+)\]|(?P<any>\[\.\.\.\])")
NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
VALUE = re.compile(r"(?P<rule>Invalid (?:enum )?value).*", re.DOTALL)
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,60}\Z")


def convert_all(tree: object, kind: type[T], *, strict: bool = True) -> T:
    """Convert a tree of dicts and lists. Raises `Malformed` with the path and rule of every fault; no fault shows a value.

    Found by taking away each faulty part and converting the rest again; of several fields missing below the top, the first is named.
    """
    try:
        return msgspec.convert(tree, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise Malformed(_Faults(tree, kind, strict=strict).find(), code="malformed") from error


def tree_of(value: msgspec.Struct, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The plain tree of a value, as its JSON says it: dicts, lists, texts and numbers, ready for a mapping table; its own to change.

    With `names`, of these fields only: what a table does not look at need not be written out.
    """
    told: object = value
    if names is not None:
        fields = ((name, getattr(value, name)) for name in names)
        told = {name: field for name, field in fields if field is not msgspec.UNSET and field not in EMPTY}
    tree: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(told))
    return tree


class _Faults:
    """Finds the faults of one tree, on a copy of it."""

    def __init__(self, tree: object, kind: type[Any], *, strict: bool) -> None:
        """Copy the tree."""
        self._tree = copy.deepcopy(tree)
        self._kind = kind
        self._strict = strict
        self._found: dict[str, Problem] = {}
        self._removed: dict[Place, list[int]] = {}

    def find(self) -> Sequence[Problem]:
        """List the faults in the order in which they were met."""
        for _ in range(MOST_FAULTS):
            try:
                msgspec.convert(self._tree, self._kind, strict=self._strict)
            except msgspec.ValidationError as error:
                if not self._note(str(error)):
                    break
            else:
                break
        return tuple(self._found.values())

    def _note(self, text: str) -> bool:
        """Note a fault and take its part away; false when nothing is left to take away."""
        matched = WHERE.match(text)
        rule, path = (matched["rule"], matched["path"] or "$") if matched else (text, "$")
        place = _place(path)
        named = NAMED.match(rule)
        if named is None:
            self._add(place, VALUE.sub(r"\g<rule>", rule))
            return self._remove(place)
        below = (*place, named["name"])
        if named["what"].startswith("contains"):
            self._add(below, "no such field")
            return self._remove(below)
        for name in [named["name"], *self._missing(place)]:
            self._add((*place, name), "required")
        return self._remove(place)

    def _missing(self, place: Place) -> list[str]:
        """Every required field that the top lacks."""
        if place or not isinstance(self._tree, dict) or not issubclass(self._kind, msgspec.Struct):
            return []
        return [one.encode_name for one in msgspec.structs.fields(self._kind) if one.required and one.encode_name not in self._tree]

    def _add(self, place: Place, rule: str) -> None:
        """Note a fault, unless a part of what is there was faulty and is said to be missing only since it was taken away."""
        path = _render(self._original(place))
        known = any(one == path or one.startswith((f"{path}.", f"{path}[")) for one in self._found)
        if not (rule == "required" and known):
            self._found.setdefault(path, Problem(path=path, rule=rule))

    def _remove(self, place: Place) -> bool:
        """Take a part away; false for the whole."""
        if not place:
            return False
        tree: Any = self._tree
        for step in place[:-1]:
            tree = tree[step]
        if isinstance(tree, list) and isinstance(place[-1], int):
            original = self._original(place)
            self._removed.setdefault(original[:-1], []).append(int(original[-1]))
        del tree[place[-1]]
        return True

    def _original(self, place: Place) -> Place:
        """The place as it was before anything was taken away."""
        steps: list[str | int] = []
        for step in place:
            if isinstance(step, int):
                for index in sorted(self._removed.get(tuple(steps), [])):
                    step += index <= step  # noqa: PLW2901 - an element before it is gone: it stood one further on
            steps.append(step)
        return tuple(steps)


def _place(path: str) -> Place:
    """Read the path of a fault, as far as it can be followed."""
    steps: list[str | int] = []
    for found in STEP.finditer(path):
        if found["any"]:
            break
        steps.append(found["name"] if found["name"] is not None else int(found["index"]))
    return tuple(steps)


def _render(place: Place) -> str:
    """Write a place; a name that may be anything is shown by its shape."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step if PLAIN.match(step) else shape(step)}"
    return text.removeprefix(".")
