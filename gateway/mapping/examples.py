"""The examples beside a table: each names an agency document, a canonical document, and what must follow from which."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from gateway.domain.errors import Malformed
from gateway.mapping.load import load_table
from gateway.mapping.sheet import Sheet, TableFault, TableFaults
from gateway.mapping.tree import JsonValue, Tree, leaves, shape
from gateway.mapping.xml import Names, tree_of
from gateway.xml import parse_xml

if TYPE_CHECKING:
    from pathlib import Path

    import yaml

    from gateway.mapping.compiled import CompiledMapping

__all__ = ["Example", "ExampleResult", "examples_path", "read_examples", "run_examples"]

KEYS = ("example", "direction", "on", "agency", "canonical", "problems")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One example. `directions` are `read` and `write`; `problems`: path and rule of each fault that must be reported."""

    name: str
    line: int
    directions: tuple[str, ...]
    on: date | None = None
    agency: JsonValue = None
    canonical: JsonValue = None
    problems: frozenset[tuple[str, str]] | None = None


class ExampleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one example in one direction; no `differences`: as it should be."""

    table: str
    example: str
    line: int
    direction: str
    differences: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Did what should follow, follow?"""
        return not self.differences


def examples_path(table: Path) -> Path:
    """Where the examples of a table lie."""
    return table.with_name(f"{table.stem}.examples.yaml")


def run_examples(table_path: Path) -> list[ExampleResult]:
    """Run the examples beside a table, in both directions where they say so; none, when there is no file of examples.

    Raises `TableFaults` for faults of the table and of the examples themselves.
    """
    table = load_table(table_path)
    path = examples_path(table_path)
    if not path.exists():
        return []
    return [
        ExampleResult(
            table=table.name,
            example=example.name,
            line=example.line,
            direction=direction,
            differences=tuple(_compare(table, example, direction)),
        )
        for example in read_examples(path)
        for direction in example.directions
    ]


def read_examples(path: Path) -> list[Example]:
    """The examples of a file; raises `TableFaults` with every fault."""
    faults: list[TableFault] = []
    sheet = Sheet(str(path), faults)
    root = sheet.compose(path.read_text(encoding="utf-8"))
    nodes = [] if root is None else sheet.items(root, "examples")
    examples = [_example(sheet, path, node) for node in nodes]
    if faults:
        raise TableFaults(faults)
    return examples


def _example(sheet: Sheet, path: Path, node: yaml.Node) -> Example:
    fields = sheet.fields(node, KEYS, ("example",))
    word = "both"
    if "direction" in fields:
        word = sheet.word(fields["direction"], "direction", ("both", "read", "write"))
    directions = ("read", "write") if word == "both" else (word,)
    problems = _problems(sheet, fields.get("problems"))
    if problems is not None:
        directions = ("read",) if "agency" in fields else ("write",)
    missing = {"agency", "canonical"} - fields.keys()
    if (problems is None and missing) or (problems is not None and len(missing) != 1):
        sheet.fault(node, "an example needs `agency` and `canonical`, or one and `problems`")
    return Example(
        name=sheet.text(fields["example"], "example") if "example" in fields else "",
        line=node.start_mark.line + 1,
        directions=directions,
        on=_day(sheet, fields.get("on")),
        agency=_document(sheet, path, fields.get("agency")),
        canonical=_document(sheet, path, fields.get("canonical")),
        problems=problems,
    )


def _day(sheet: Sheet, node: yaml.Node | None) -> date | None:
    if node is None:
        return None
    try:
        return date.fromisoformat(str(node.value))
    except ValueError:
        sheet.fault(node, "a day yyyy-mm-dd is expected")
        return None


def _problems(sheet: Sheet, node: yaml.Node | None) -> frozenset[tuple[str, str]] | None:
    if node is None:
        return None
    pairs: set[tuple[str, str]] = set()
    for item in sheet.items(node, "problems {path, rule}"):
        fields = sheet.fields(item, ("path", "rule"), ("path", "rule"))
        if len(fields) == len(("path", "rule")):
            pairs.add((str(fields["path"].value), str(fields["rule"].value)))
    return frozenset(pairs)


def _document(sheet: Sheet, path: Path, node: yaml.Node | None) -> JsonValue:
    if node is None:
        return None
    value = sheet.value(node)
    if not isinstance(value, dict) or value.keys() != {"file"}:
        return value
    file = path.parent / str(value["file"])
    try:
        text = file.read_text(encoding="utf-8")
        decoded: JsonValue = text if file.suffix == ".xml" else msgspec.json.decode(text)
    except (OSError, ValueError, msgspec.DecodeError):
        sheet.fault(node, f"the file {file.name!r} cannot be read")
        return None
    return decoded


def _compare(table: CompiledMapping, example: Example, direction: str) -> list[str]:
    try:
        if direction == "read":
            found: JsonValue = table.read(example.agency, on=example.on)
            expected = example.canonical
        else:
            source = example.canonical if isinstance(example.canonical, dict) else {}
            found = _tree(table, table.write_bytes(source, on=example.on))
            expected = _expected(table, example.agency)
    except Malformed as error:
        return _compare_problems(error, example)
    if example.problems is not None:
        return [f"expected the fault {rule} at {path}" for path, rule in example.problems]
    return differences(expected, found)


def _compare_problems(error: Malformed, example: Example) -> list[str]:
    found = {(problem.path, problem.rule): str(problem) for problem in error.problems}
    expected = example.problems or frozenset()
    lines = [f"fault {text}" for pair, text in found.items() if pair not in expected]
    lines += [f"expected the fault {rule} at {path}" for path, rule in expected if (path, rule) not in found]
    return lines


def _tree(table: CompiledMapping, data: bytes) -> JsonValue:
    if table.format == "json":
        value: JsonValue = msgspec.json.decode(data)
        return value
    return _ordered(tree_of(parse_xml(data), Names(table.table.document.namespaces)))


def _expected(table: CompiledMapping, agency: JsonValue) -> JsonValue:
    if table.format == "json":
        return agency
    return _tree(table, str(agency).encode())


def _ordered(value: JsonValue) -> JsonValue:
    """In XML the order of elements is part of the document."""
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    tree: Tree = {name: _ordered(inner) for name, inner in value.items()}
    tree["(order)"] = " ".join(name for name in value if not name.startswith("@"))
    return tree


def differences(expected: JsonValue, found: JsonValue) -> list[str]:
    """Where two documents differ, by path; people in examples are invented, so values are shown."""
    before, after = dict(leaves(expected)), dict(leaves(found))
    lines = [f"{path}: expected {before[path]!r}, found nothing" for path in before if path not in after]
    lines += [f"{path}: expected nothing, found {after[path]!r}" for path in after if path not in before]
    return lines + [
        f"{path}: expected {before[path]!r}, found {after[path]!r} ({shape(after[path])})"
        for path in before
        if path in after and _differs(before[path], after[path])
    ]


def _differs(expected: JsonValue, found: JsonValue) -> bool:
    return type(expected) is not type(found) or expected != found
