"""Lists what is wrong with a document: path, rule and what was found, never a value."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonschema_rs
import msgspec

from gateway.domain.errors import Problem
from gateway.schema.json_schema import published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


__all__ = ["DEEPEST", "MOST", "duplicate_faults", "first_fault", "schema_faults", "text_faults"]

#: So many faults are told; a document with more is not worth the time.
MOST = 100
#: Objects and lists may stand so deep within each other.
DEEPEST = 64
#: Of a list so many elements are searched for faults, and of all lists together so many: a search costs 30 microseconds a fault.
LONGEST_LIST = 200
MOST_ELEMENTS = 1000
#: So many values are walked over to find out where a fault is.
MOST_WALKED = 50_000
#: What XML 1.0 cannot carry.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}\Z")
Path: TypeAlias = tuple[str | int, ...]


def schema_faults(value: object, kind: type[msgspec.Struct]) -> tuple[Problem, ...]:
    """List every place where a value breaks the schema of the type; empty when the schema finds none."""
    searched = _shortened(value, [MOST_ELEMENTS])
    told = (problem for error in _validator(kind).iter_errors(searched) for problem in _told(error, value))
    return tuple(islice(told, MOST))


def duplicate_faults(body: bytes) -> tuple[Problem, ...]:
    """List every name that stands twice in one object."""
    pairs = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=len, parse_float=len).decode(body.decode())
    repeated = (
        Problem(path=_path((*path, name)), rule="named twice in one object")
        for path, found in islice(_walk(pairs), MOST_WALKED)
        if isinstance(found, _Pairs)
        for name in found.repeated()
    )
    return tuple(islice(repeated, MOST))


def text_faults(value: object) -> tuple[Problem, ...]:
    """List every text (or name) that holds a control character, and what is nested too deeply."""
    if _is_sound(value):
        return ()
    rule = f"a text holds a control character, or something is nested deeper than {DEEPEST}"
    return tuple(islice(_text_faults(value), MOST)) or (Problem(path="", rule=rule),)


def first_fault(error: msgspec.ValidationError) -> Problem:
    """Tell the one fault that the decoder found, where the schema finds none."""
    rule, _, path = str(error).partition(" - at `")
    rule = re.sub(r" '.*'\Z", "", rule, flags=re.DOTALL)  # an enum's fault quotes the value
    return Problem(path=path.rstrip("`").removeprefix("key in ").removeprefix("$").lstrip("."), rule=rule)


def _told(error: jsonschema_rs.ValidationError, whole: object) -> Iterator[Problem]:
    """Say one fault, or all the faults that it stands for."""
    kind = error.kind
    path = tuple(error.instance_path)
    found = _at(whole, path)
    match kind:
        case jsonschema_rs.ValidationErrorKind.AnyOf() | jsonschema_rs.ValidationErrorKind.OneOfNotValid():
            for inner in _nearest(kind.context):
                yield from _told(inner, whole)
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties():
            for name in kind.unexpected:
                yield Problem(path=_path((*path, name)), rule="no such field", found=_shape(_at(found, (name,))))
        case jsonschema_rs.ValidationErrorKind.Required():
            yield Problem(path=_path((*path, kind.property.strip('"'))), rule="must be there", found="nothing")
        case jsonschema_rs.ValidationErrorKind.Enum():
            options = [str(one) for one in kind.options]
            yield Problem(path=_path(path), rule=f"one of {', '.join(options)}", found=_shape(found), hint=_near(found, options))
        case _:
            yield Problem(path=_path(path), rule=_rule(kind), found=_shape(found))


def _nearest(branches: Iterable[Iterable[jsonschema_rs.ValidationError]]) -> list[jsonschema_rs.ValidationError]:
    """Choose the alternative that was meant: not the null, and the one that fails deepest."""
    kept = [list(branch) for branch in branches]
    meant = [branch for branch in kept if branch and not _wants_null(branch)] or [kept[0]]
    return max(meant, key=lambda branch: max(len(error.instance_path) for error in branch))


def _wants_null(branch: list[jsonschema_rs.ValidationError]) -> bool:
    """Tell whether an alternative takes nothing but null."""
    kind = branch[0].kind
    return isinstance(kind, jsonschema_rs.ValidationErrorKind.Type) and kind.types == ["null"]


def _rule(kind: jsonschema_rs.ValidationErrorKind) -> str:
    """Say a rule of the schema in words, never with the value."""
    match kind.as_dict():
        case {"types": types}:
            return f"must be of type {' or '.join(types)}"
        case {"limit": limit}:
            words = {
                "minLength": "at least {} characters",
                "maxLength": "at most {} characters",
                "minItems": "at least {} elements",
                "maxItems": "at most {} elements",
                "minimum": "at least {}",
                "maximum": "at most {}",
            }
            return words.get(kind.name, kind.name + " {}").format(limit)
        case {"pattern": pattern}:
            return f"must match {pattern}"
        case {"format": form}:
            return f"must be a {form}"
        case _:
            return f"breaks the rule {kind.name}"


def _near(found: object, options: list[str]) -> str:
    """Suggest what may have been meant."""
    near = get_close_matches(found, options, n=1) if isinstance(found, str) and len(found) <= 40 else []
    return f"perhaps {near[0]}" if near else ""


def _at(whole: Any, path: Path) -> Any:
    """Follow a path into a value."""
    for step in path:
        whole = whole[step]
    return whole


def _path(path: Path) -> str:
    """Write a path; a name that is no plain name is left out, for it may say anything."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" if NAME.match(step) else "[?]" for step in path]
    return "".join(steps).lstrip(".")


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


class _Pairs(dict[str, Any]):
    """An object that remembers which names it was given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        """Keep the last value of each name, as JSON decoders do."""
        super().__init__(pairs)
        self._names = [name for name, _ in pairs] if len(self) != len(pairs) else []

    def repeated(self) -> list[str]:
        """Name what stands there more than once."""
        seen: set[str] = set()
        return list(dict.fromkeys(name for name in self._names if name in seen or seen.add(name)))  # type: ignore[func-returns-value]  # add answers None, which is the point


def _walk(value: object) -> Iterator[tuple[Path, object]]:
    """Walk over a value and all that it holds, without recursion."""
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, found = waiting.pop()
        yield path, found
        if len(path) > DEEPEST:
            continue
        if isinstance(found, dict):
            waiting += [((*path, name), one) for name, one in found.items()]
        elif isinstance(found, list):
            waiting += [((*path, index), one) for index, one in enumerate(found)]


def _is_sound(value: object) -> bool:
    """Tell whether no text holds a control character and nothing is nested too deeply; quicker than finding where."""
    level = [value]
    for _ in range(DEEPEST + 1):
        below: list[object] = []
        for one in level:
            if isinstance(one, str):
                if CONTROL.search(one):
                    return False
            elif isinstance(one, dict):
                below += one
                below += one.values()
            elif isinstance(one, list):
                below += one
        level = below
    return not level


def _text_faults(value: object) -> Iterator[Problem]:
    """Find control characters and depth."""
    for path, found in islice(_walk(value), MOST_WALKED):
        if len(path) > DEEPEST and isinstance(found, (dict, list)):
            yield Problem(path=_path(path[:8]), rule=f"nested deeper than {DEEPEST}")
        if isinstance(found, str) and CONTROL.search(found):
            yield Problem(
                path=_path(path), rule="holds a control character", found=_shape(found), hint="only tab and line ends are allowed"
            )
        if isinstance(found, dict) and any(CONTROL.search(name) for name in found):
            yield Problem(path=_path(path), rule="a name in it holds a control character", found="an object")


def _shortened(value: Any, budget: list[int]) -> Any:
    """Copy a value with the first elements of long lists only; what is left out makes no fault of its own."""
    if isinstance(value, dict):
        return {name: _shortened(one, budget) for name, one in value.items()}
    if isinstance(value, list):
        kept = value[: min(LONGEST_LIST, max(budget[0], 1))]
        budget[0] -= len(kept)
        return [_shortened(one, budget) for one in kept]
    return value


@cache
def _validator(kind: type[msgspec.Struct]) -> jsonschema_rs.Draft202012Validator:
    """Compile the schema of a type, once."""
    return jsonschema_rs.Draft202012Validator(published(msgspec.json.schema(kind)))
