"""Loading a table from its file: the one place of the mapping language that opens files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.mapping.compiled import CompiledMapping, compile_table
from gateway.mapping.sheet import TableFault, TableFaults

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_table"]


def load_table(path: Path) -> CompiledMapping:
    """Compile the table of a file, with the files beside it that it names; raises `TableFaults` with every fault."""

    def resolve(name: str) -> str:
        return (path.parent / name).read_text(encoding="utf-8")

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fault = TableFault(file=str(path), line=1, cause=f"cannot be read: {type(error).__name__}")
        raise TableFaults([fault]) from error
    return compile_table(text, str(path), resolve)
