"""YAML with the line of every value kept, so that a fault can be shown where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Fault", "Lines", "read_yaml"]

Step: TypeAlias = str | int
Lines: TypeAlias = dict[tuple[Step, ...], int]


class Fault(Exception):
    """A file that is not YAML, with the line."""

    def __init__(self, line: int, cause: str) -> None:
        """Keep where and why."""
        super().__init__(f"line {line}: {cause}")
        self.line = line
        self.cause = cause


def read_yaml(text: str) -> tuple[object, Lines, list[tuple[int, str]]]:
    """Read one document: its value, the line of every path in it, and the keys that stand twice (line, key). Raises `Fault`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Fault(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}") from error
    lines: Lines = {}
    twice: list[tuple[int, str]] = []
    if node is not None:
        for path, line, repeated in _walk(node, ()):
            lines.setdefault(path, line)
            if repeated:
                twice.append((line, str(path[-1])))
    return value, lines, twice


def _walk(node: yaml.Node, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], int, bool]]:
    """Name every path below a node with its line, and whether its key was there before."""
    yield path, node.start_mark.line + 1, False
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (*path, name), key.start_mark.line + 1, True
            seen.add(name)
            yield (*path, name), key.start_mark.line + 1, False
            yield from _walk(value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*path, index))
