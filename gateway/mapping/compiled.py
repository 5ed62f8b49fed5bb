"""A compiled table: reads an agency's documents and writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from gateway.mapping.coverage import Coverage, cover
from gateway.mapping.embed import compile_embedded
from gateway.mapping.extension import restore, split_embedded
from gateway.mapping.format import Format
from gateway.mapping.known import Known, leftover
from gateway.mapping.path import render
from gateway.mapping.run import Run
from gateway.mapping.step import Direction, compile_rows
from gateway.mapping.survey import agency_side, canonical_side
from gateway.mapping.table import Resolve, Table, parse_table
from gateway.mapping.tree import JsonValue, Tree, leaves
from gateway.mapping.way import CANONICAL, descend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from lxml import etree

__all__ = ["AgencyDocument", "CompiledMapping", "compile_table"]

AgencyDocument: TypeAlias = "JsonValue | bytes | etree._Element"  # noqa: SLF001 - the library has no other name for it


def compile_table(text: str, source: str, resolve: Resolve) -> CompiledMapping:
    """Compile the text of a table; raises `TableFaults`. `resolve` gives the text of a file beside it."""
    return CompiledMapping(parse_table(text, source, resolve))


class CompiledMapping:
    """One table, compiled once. Its methods change nothing, and may be called from any thread."""

    def __init__(self, table: Table) -> None:
        """Compile both directions."""
        self.table = table
        self.name = table.name
        self.version = table.version
        self.format: Literal["json", "xml"] = table.document.format
        self._form = Format(table.document)
        self._dialect = dialect = table.document.dialect
        self._read = compile_rows(
            table.rows,
            Direction(reading=True, source=dialect, target=CANONICAL, embed=compile_embedded),
        )
        self._write = compile_rows(
            table.rows,
            Direction(reading=False, source=CANONICAL, target=dialect, embed=compile_embedded),
        )
        self._agency = agency_side(table.rows)
        self._written = self._knowing(canonical_side(table.rows, both=False))
        self._returning = self._knowing(canonical_side(table.rows, both=True))

    def _knowing(self, known: Known) -> Known:
        if self.table.unmapped.mode == "keep":
            known.at(self.table.unmapped.at).leaves.append(None)
        return known

    def read(self, document: AgencyDocument, *, on: date | None = None) -> Tree:
        """The canonical tree of an agency's document (bytes, text, JSON tree or lxml element); raises `Malformed` with every fault.

        `on` is the day whose code tables count.
        """
        run = Run(on)
        tree = self._form.open(document)
        out: Tree = {}
        for step in self._read:
            step(tree, out, run)
        if self.table.unmapped.mode != "drop":
            self._keep(leftover(tree, self._agency, self._dialect, run.embedded), out, run)
        run.settle()
        return out

    def _keep(self, left: Tree, out: Tree, run: Run) -> None:
        if self.table.unmapped.mode == "refuse":
            for path, value in left.items():
                run.report(path, "unmapped", value, "no row of the table names it")
        elif left:
            for step in self.table.unmapped.at:
                out = descend(out, step, CANONICAL)
            for path, value in left.items():
                out.setdefault(path, value)

    def _tree(self, canonical: Mapping[str, JsonValue], run: Run) -> Tree:
        source: JsonValue = canonical if isinstance(canonical, dict) else dict(canonical)
        entries = self._entries(source)
        tree: Tree = {}
        if entries:
            run.extras = split_embedded(entries)[1]
        for step in self._write:
            step(source, tree, run)
        if entries:
            restore(entries, tree, self._dialect, run, self._agency.is_constant)
        return tree

    def _entries(self, source: JsonValue) -> Tree:
        if self.table.unmapped.mode != "keep":
            return {}
        for step in self.table.unmapped.at:
            source = source.get(step.name) if isinstance(source, dict) else None
        return source if isinstance(source, dict) else {}

    def write(self, canonical: Mapping[str, JsonValue], *, on: date | None = None) -> Tree | etree._Element:
        """The agency's document of a canonical tree: a JSON tree or an lxml element; raises `Malformed` with every fault."""
        run = Run(on)
        tree = self._tree(canonical, run)
        written = tree if self.format == "json" else self._form.element(tree, run)
        run.settle()
        return written

    def write_bytes(self, canonical: Mapping[str, JsonValue], *, on: date | None = None) -> bytes:
        """As `write`, in UTF-8."""
        run = Run(on)
        data = self._form.encode(self._tree(canonical, run), run)
        run.settle()
        return data

    def coverage(self) -> Coverage:
        """Which canonical paths the table carries, and how."""
        unmapped = self.table.unmapped
        keeps = render(unmapped.at) if unmapped.mode == "keep" else ""
        return cover(self.table.rows, keeps)

    def loss(self, canonical: Mapping[str, JsonValue]) -> list[str]:
        """The paths of the values of this document that `write` does not carry."""
        return self._left(canonical, self._written)

    def does_not_return(self, canonical: Mapping[str, JsonValue]) -> list[str]:
        """The paths of the values that a `write` and a `read` after it do not give back."""
        return self._left(canonical, self._returning)

    @staticmethod
    def _left(canonical: Mapping[str, JsonValue], known: Known) -> list[str]:
        left = leftover(dict(canonical), known, CANONICAL, {})
        return [path for whole, value in left.items() for path, _ in leaves(value, whole)]
