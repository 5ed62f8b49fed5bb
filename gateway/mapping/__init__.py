"""The mapping language: one table, compiled into a reader and a writer."""

from __future__ import annotations

from gateway.mapping.compiled import CompiledMapping, compile_table
from gateway.mapping.coverage import Coverage
from gateway.mapping.load import load_table
from gateway.mapping.outline import canonical_paths
from gateway.mapping.sheet import TableFault, TableFaults
from gateway.mapping.tree import JsonValue

__all__ = [
    "CompiledMapping",
    "Coverage",
    "JsonValue",
    "TableFault",
    "TableFaults",
    "canonical_paths",
    "compile_table",
    "load_table",
]
