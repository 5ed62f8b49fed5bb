"""Lists what is wrong with a document: path, rule and what was found, never a value."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import msgspec

from gateway.domain.errors import Problem
from gateway.domain.tree import MOST, MOST_WALKED, kind_of, path_of, walk
from gateway.schema.json_schema import published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.domain.tree import Path


__all__ = ["duplicate_faults", "first_fault", "schema_faults"]

#: Of a list so many elements are searched for faults, and of all lists together so many: a search costs 30 microseconds a fault.
LONGEST_LIST = 200
MOST_ELEMENTS = 1000


def schema_faults(value: object, kind: type[msgspec.Struct]) -> tuple[Problem, ...]:
    """List every place where a value breaks the schema of the type; empty when the schema finds none."""
    searched = _shortened(value, [MOST_ELEMENTS])
    told = (problem for error in _validator(kind).iter_errors(searched) for problem in _told(error, value))
    return tuple(islice(told, MOST))


def duplicate_faults(body: bytes) -> tuple[Problem, ...]:
    """List every name that stands twice in one object."""
    pairs = json.JSONDecoder(object_pairs_hook=_paired, parse_int=len, parse_float=len).decode(body.decode())
    repeated = (
        Problem(path=path_of((*path, name)), rule="named twice in one object")
        for path, found in islice(walk(pairs), MOST_WALKED)
        if isinstance(found, _Pairs)
        for name in found.repeated()
    )
    return tuple(islice(repeated, MOST))


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
                yield Problem(path=path_of((*path, name)), rule="no such field", found=kind_of(_at(found, (name,))))
        case jsonschema_rs.ValidationErrorKind.Required():
            yield Problem(path=path_of((*path, kind.property.strip('"'))), rule="must be there", found="nothing")
        case jsonschema_rs.ValidationErrorKind.Enum():
            options = [str(one) for one in kind.options]
            yield Problem(path=path_of(path), rule=f"one of {', '.join(options)}", found=kind_of(found), hint=_near(found, options))
        case _:
            yield Problem(path=path_of(path), rule=_rule(kind), found=kind_of(found))


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


def _paired(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; one of its own kind when a name was given twice."""
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Pairs(pairs)


class _Pairs(dict[str, Any]):
    """An object that remembers which names it was given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        """Keep the last value of each name, as JSON decoders do."""
        super().__init__(pairs)
        self._names = [name for name, _ in pairs]

    def repeated(self) -> list[str]:
        """Name what stands there more than once."""
        seen: set[str] = set()
        return list(dict.fromkeys(name for name in self._names if name in seen or seen.add(name)))  # type: ignore[func-returns-value]  # add answers None, which is the point


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
