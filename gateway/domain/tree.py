"""Plain trees of JSON: how a place in one is written, how one is walked over, and what no text in one may hold."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from gateway.domain.errors import Malformed, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEEPEST", "MOST", "MOST_WALKED", "Path", "is_suspect", "kind_of", "path_of", "require_plain", "text_faults", "walk"]

#: So many faults are told; a document with more is not worth the time.
MOST = 100
#: Objects and lists may stand so deep within each other.
DEEPEST = 64
#: So many values are walked over to find out where a fault is.
MOST_WALKED = 50_000
#: What XML 1.0 cannot carry, and PostgreSQL only in part.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: Beginnings of the escapes by which JSON may hold a control character; unescaped, it refuses them.
ESCAPES = (rb"\b", rb"\f", rb"\u000", rb"\u001", rb"\uf", rb"\uF")
ESCAPED = re.compile(rb"\\(?:[bf]|u(?:00(?:0[0-8bcefBCEF]|1)|[fF]{3}[efEF]))")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}\Z")
Path: TypeAlias = tuple[str | int, ...]


def require_plain(document: bytes) -> None:
    """Raise `Malformed` with every place of a JSON document whose text no other dialect, nor the ledger, could hold."""
    if _holds_control(document) and (faults := text_faults(msgspec.json.decode(document))):
        raise Malformed(faults)


def is_suspect(document: bytes) -> bool:
    """Tell whether a JSON document holds control characters or may be nested too deeply; most surely do not, and need no walk."""
    return _holds_control(document) or document.count(b"[") + document.count(b"{") > DEEPEST


def text_faults(value: object) -> tuple[Problem, ...]:
    """List every text (or name) that holds a control character, and what is nested too deeply."""
    if _is_sound(value):
        return ()
    rule = f"a text holds a control character, or something is nested deeper than {DEEPEST}"
    return tuple(islice(_text_faults(value), MOST)) or (Problem(path="", rule=rule),)


def walk(value: object) -> Iterator[tuple[Path, object]]:
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


def path_of(path: Path) -> str:
    """Write a path; a name that is no plain name is left out, for it may say anything."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" if NAME.match(step) else "[?]" for step in path]
    return "".join(steps).lstrip(".")


def kind_of(found: object) -> str:
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


def _holds_control(document: bytes) -> bool:
    """Tell whether a JSON document holds a control character, by its bytes alone."""
    if b"\\" in document and any(escape in document for escape in ESCAPES):
        escapes = document.replace(rb"\\", b"")  # a backslash of the text itself begins nothing
        if any(escape in escapes for escape in ESCAPES) and ESCAPED.search(escapes):
            return True
    return b"\xef\xbf" in document and (b"\xef\xbf\xbe" in document or b"\xef\xbf\xbf" in document)


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
    for path, found in islice(walk(value), MOST_WALKED):
        if len(path) > DEEPEST and isinstance(found, (dict, list)):
            yield Problem(path=path_of(path[:8]), rule=f"nested deeper than {DEEPEST}")
        if isinstance(found, str) and CONTROL.search(found):
            hint = "only tab and line ends are allowed"
            yield Problem(path=path_of(path), rule="holds a control character", found=kind_of(found), hint=hint)
        if isinstance(found, dict) and any(CONTROL.search(name) for name in found):
            yield Problem(path=path_of(path), rule="a name in it holds a control character", found="an object")
