"""YAML with its line numbers: every fault of a file is collected with where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import yaml

from gateway.domain.errors import Malformed, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.mapping.tree import JsonValue, Tree

__all__ = ["Sheet", "TableFault", "TableFaults"]

NULL, BOOL = "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"
INT, FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"


class TableFault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a table: where, and the cause."""

    file: str
    line: int
    cause: str

    def __str__(self) -> str:
        """One line, as compilers write it."""
        return f"{self.file}:{self.line}: {self.cause}"


class TableFaults(Malformed):
    """A table cannot be used; `faults` lists every fault of it, in the order of the file."""

    def __init__(self, faults: Sequence[TableFault]) -> None:
        """Keep the faults, also as problems."""
        self.faults = tuple(faults)
        super().__init__(
            [Problem(path=f"{f.file}:{f.line}", rule=f.cause) for f in self.faults],
            code="mapping_table",
        )


class _Loader(yaml.SafeLoader):
    """Only what looks like JSON is not text; anchors are refused."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the library declares it so

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # not in the stubs
            raise yaml.MarkedYAMLError(
                problem="anchors (`*name`) are not allowed",
                problem_mark=event.start_mark,
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


_Loader.add_implicit_resolver(NULL, re.compile(r"(?:null|~|)\Z"), ["n", "~", ""])
_Loader.add_implicit_resolver(BOOL, re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver(INT, re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z"), list("-0123456789"))
_Loader.add_implicit_resolver(FLOAT, re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+\Z"), list("-0123456789"))


class Sheet:
    """One YAML file being read; collects faults, and answers with something usable after each."""

    def __init__(self, source: str, faults: list[TableFault]) -> None:
        """Read under a name, adding faults to a list that may be shared with other files."""
        self.source = source
        self.faults = faults

    def compose(self, text: str) -> yaml.Node | None:
        """The root node, or None after a fault."""
        try:
            loader = _Loader(text)
            node: yaml.Node | None = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self.add(line, f"not YAML: {error.problem}")
        except (yaml.YAMLError, RecursionError) as error:
            self.add(1, f"not YAML: {type(error).__name__}")
        else:
            if node is not None:
                return node
            self.add(1, "the file is empty")
        return None

    def add(self, line: int, cause: str) -> None:
        """Remember a fault at a line."""
        fault = TableFault(file=self.source, line=line, cause=cause)
        if fault not in self.faults:
            self.faults.append(fault)

    def fault(self, node: yaml.Node, cause: str) -> None:
        """Remember a fault at a node."""
        self.add(node.start_mark.line + 1, cause)

    def fields(self, node: yaml.Node, allowed: Collection[str], required: Sequence[str] = ()) -> dict[str, yaml.Node]:
        """The values of a mapping by key; unknown, repeated and missing keys are faults."""
        entries: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"expected keys and values: {', '.join(sorted(allowed))}")
            return entries
        for key, value in node.value:
            name = str(key.value)
            if name in entries:
                self.fault(key, f"key {name!r} is repeated")
            elif allowed and name not in allowed:
                self.fault(
                    key,
                    f"unknown key {name!r}; known here: {', '.join(sorted(allowed))}",
                )
            else:
                entries[name] = value
        for name in required:
            if name not in entries:
                self.fault(node, f"key {name!r} is missing")
        return entries

    def items(self, node: yaml.Node, of: str) -> list[yaml.Node]:
        """The nodes of a list."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.fault(node, f"expected a list of {of}")
        return []

    def text(self, node: yaml.Node, what: str) -> str:
        """A text that is not empty; an empty one after a fault."""
        value = self.scalar(node)
        if isinstance(value, str) and value:
            return value
        self.fault(node, f"{what}: a text is expected")
        return ""

    def word(self, node: yaml.Node, what: str, choices: Sequence[str]) -> str:
        """One of some words; the first of them after a fault."""
        if isinstance(node, yaml.ScalarNode) and node.value in choices:
            return str(node.value)
        self.fault(node, f"{what}: expected {' or '.join(choices)}")
        return choices[0]

    def scalar(self, node: yaml.Node) -> JsonValue:
        """A scalar with its type; None for what is not one."""
        if not isinstance(node, yaml.ScalarNode):
            return None
        match node.tag:
            case "tag:yaml.org,2002:bool":
                return str(node.value) == "true"
            case "tag:yaml.org,2002:int":
                return int(node.value)
            case "tag:yaml.org,2002:float":
                return float(node.value)
            case "tag:yaml.org,2002:null":
                return None
            case _:
                return str(node.value)

    def value(self, node: yaml.Node) -> JsonValue:
        """Any value, as the JSON it stands for."""
        if isinstance(node, yaml.MappingNode):
            tree: Tree = {str(key.value): self.value(inner) for key, inner in node.value}
            return tree
        if isinstance(node, yaml.SequenceNode):
            return [self.value(inner) for inner in node.value]
        return self.scalar(node)
