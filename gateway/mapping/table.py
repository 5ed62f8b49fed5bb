"""Reading a whole table: its head, its code tables, its rows, and every fault of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from gateway.mapping.codes import CodeTable, parse_codes
from gateway.mapping.conflict import find_conflicts
from gateway.mapping.converter import VIETNAM
from gateway.mapping.path import Path, Step
from gateway.mapping.row import Document, Policy, Row, Unmapped
from gateway.mapping.rows import parse_rows
from gateway.mapping.scope import Scope
from gateway.mapping.sheet import Sheet, TableFault, TableFaults
from gateway.mapping.way import JSON

if TYPE_CHECKING:
    import yaml

__all__ = ["Resolve", "Table", "parse_table"]

#: The text of a file beside the table, by its name; raises OSError when there is none.
Resolve: TypeAlias = Callable[[str], str]

HEAD = (
    "mapping",
    "version",
    "format",
    "about",
    "absent",
    "codes",
    "empty",
    "fields",
    "namespaces",
    "nil",
    "root",
    "trim",
    "unmapped",
    "zone",
)
NEEDED = ("mapping", "format", "unmapped", "fields")
OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")
PLAIN = Document(format="json", dialect=JSON, zone=VIETNAM, policy=Policy())
DEEPEST = 3


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table without faults."""

    name: str
    version: int
    document: Document
    unmapped: Unmapped
    rows: tuple[Row, ...]


def parse_table(text: str, source: str, resolve: Resolve) -> Table:
    """The table of a text; raises `TableFaults` with every fault of it and of the files it names."""
    faults: list[TableFault] = []
    table = _Reader(source, resolve, faults, depth=0).table(text)
    if faults or table is None:
        raise TableFaults(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return table


class _Reader:
    def __init__(self, source: str, resolve: Resolve, faults: list[TableFault], depth: int) -> None:
        self.sheet = Sheet(source, faults)
        self.resolve = resolve
        self.depth = depth

    def table(self, text: str) -> Table | None:
        node = self.sheet.compose(text)
        if node is None:
            return None
        fields = self.sheet.fields(node, HEAD, NEEDED)
        codes = self._codes(fields.get("codes"))
        scope = self._scope(node, fields, codes)
        rows = parse_rows(scope, fields.get("fields"))
        unmapped = self._unmapped(fields.get("unmapped"))
        find_conflicts(self.sheet, rows)
        return Table(
            name=self.sheet.text(fields["mapping"], "mapping") if "mapping" in fields else "",
            version=self._version(fields.get("version")),
            document=scope.document,
            unmapped=unmapped,
            rows=rows,
        )

    def _scope(
        self,
        node: yaml.Node,
        fields: dict[str, yaml.Node],
        codes: dict[str, CodeTable],
    ) -> Scope:
        outer = Scope(self.sheet, PLAIN, codes, self._nested)
        kind: Literal["json", "xml"] = "json"
        if "format" in fields and self.sheet.word(fields["format"], "format", ("json", "xml")) == "xml":
            kind = "xml"
        document = msgspec.structs.replace(
            outer.document_of(kind, node, fields),
            zone=self._zone(fields.get("zone")),
            policy=outer.policy(fields, Policy()),
        )
        return outer.inside(document)

    def _nested(self, scope: Scope, node: yaml.Node, name: str) -> tuple[Document, tuple[Row, ...]]:
        if self.depth >= DEEPEST:
            scope.sheet.fault(node, f"tables are nested deeper than {DEEPEST}")
            return scope.document, ()
        text = self._file(scope.sheet, node, name)
        if text is None:
            return scope.document, ()
        reader = _Reader(name, self.resolve, self.sheet.faults, self.depth + 1)
        table = reader.table(text)
        return (scope.document, ()) if table is None else (table.document, table.rows)

    def _file(self, sheet: Sheet, node: yaml.Node, name: str) -> str | None:
        if not name or name.startswith("/") or ".." in name:
            sheet.fault(node, f"{name!r} is not a file beside the table")
            return None
        try:
            return self.resolve(name)
        except (OSError, UnicodeDecodeError, KeyError):
            sheet.fault(node, f"the file {name!r} cannot be read")
            return None

    def _codes(self, node: yaml.Node | None) -> dict[str, CodeTable]:
        if node is None:
            return {}
        tables = self.sheet.fields(node, ())
        return {name: self._code_table(name, inner) for name, inner in tables.items()}

    def _code_table(self, name: str, node: yaml.Node) -> CodeTable:
        value = self.sheet.scalar(node)
        if not isinstance(value, str):
            return parse_codes(self.sheet, name, node)
        text = self._file(self.sheet, node, value)
        if text is None:
            return CodeTable(name, ())
        sheet = Sheet(value, self.sheet.faults)
        root = sheet.compose(text)
        return CodeTable(name, ()) if root is None else parse_codes(sheet, name, root)

    def _version(self, node: yaml.Node | None) -> int:
        value = 1 if node is None else self.sheet.scalar(node)
        if isinstance(value, int) and value > 0:
            return value
        if node is not None:
            self.sheet.fault(node, "version: a whole number from 1 is expected")
        return 1

    def _zone(self, node: yaml.Node | None) -> timezone:
        if node is None:
            return VIETNAM
        found = OFFSET.fullmatch(str(node.value))
        if found is None:
            self.sheet.fault(node, 'zone: an offset is expected, as "+07:00"')
            return VIETNAM
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)

    def _unmapped(self, node: yaml.Node | None) -> Unmapped:
        if node is None:
            return Unmapped(mode="drop")
        word = self.sheet.scalar(node)
        if word == "refuse":
            return Unmapped(mode="refuse")
        if word == "drop":
            return Unmapped(mode="drop")
        fields = self.sheet.fields(node, ("namespace", "at"), ("namespace",))
        at = self.sheet.text(fields["at"], "at") if "at" in fields else "extensions"
        name = self.sheet.text(fields["namespace"], "namespace") if "namespace" in fields else ""
        path: Path = (*(Step(part) for part in at.split(".")), Step(name))
        return Unmapped(mode="keep", at=path)
