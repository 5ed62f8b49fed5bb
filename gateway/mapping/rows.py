"""Reading the rows of a table from its YAML nodes; every fault goes to the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import yaml

from gateway.mapping.cells import CELL_KEYS, parse_cell
from gateway.mapping.row import Cell, Document, Each, Embedded, Row, Within
from gateway.mapping.scope import COMMON, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.mapping.path import Path

__all__ = ["parse_rows"]

EACH = {*COMMON, "each", "canonical", "where", "fields", "item"}
WITHIN = {*COMMON, "within", "fields"}
EMBEDDED = {
    *COMMON,
    "embedded",
    "text",
    "canonical",
    "fields",
    "table",
    "root",
    "namespaces",
}
TEXTS = ("json", "xml", "base64 json", "base64 xml")


def parse_rows(scope: Scope, node: yaml.Node | None) -> tuple[Row, ...]:
    """The rows of a list of fields."""
    if node is None:
        return ()
    items = scope.sheet.items(node, "rows")
    rows = [_row(scope, item) for item in items]
    return tuple(row for row in rows if row is not None)


def _row(scope: Scope, node: yaml.Node) -> Row | None:
    keys = _keys(node)
    for kind, parse in KINDS.items():
        if kind in keys:
            return parse(scope, node)
    return parse_cell(scope, node)


def _keys(node: yaml.Node) -> set[str]:
    value = node.value if isinstance(node, yaml.MappingNode) else []
    return {str(key.value) for key, _ in value}


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _each(scope: Scope, node: yaml.Node) -> Row | None:
    fields = scope.sheet.fields(node, EACH, ("each", "canonical"))
    if ("fields" in fields) == ("item" in fields):
        scope.sheet.fault(node, "`each` needs either `fields` or `item`")
    agency = scope.path(fields.get("each"), "agency")
    canonical = scope.path(fields.get("canonical"), "canonical")
    rows = parse_rows(scope, fields.get("fields"))
    item = _item(scope, fields["item"]) if "item" in fields else None
    if agency is None or canonical is None:
        return None
    _refuse_empty(scope, node, agency, canonical)
    return Each(
        line=_line(node),
        agency=agency,
        canonical=canonical,
        reading=scope.turn(fields, "read"),
        writing=scope.turn(fields, "write"),
        rows=rows,
        item=item,
    )


def _refuse_empty(scope: Scope, node: yaml.Node, agency: Path, canonical: Path) -> None:
    for path in (agency, canonical):
        if not path or not path[-1].is_plain:
            scope.sheet.fault(node, "`each` needs the path of a whole list")


def _item(scope: Scope, node: yaml.Node) -> Cell | None:
    allowed = CELL_KEYS - {"constant", "jsonata", "read_only", "write_only"}
    fields = scope.sheet.fields(node, allowed)
    return parse_cell(scope, node, fields, defaults=((),))


def _within(scope: Scope, node: yaml.Node) -> Row | None:
    fields = scope.sheet.fields(node, WITHIN, ("within", "fields"))
    sides = scope.sheet.fields(fields["within"], ("agency", "canonical")) if "within" in fields else {}
    agency = scope.path(sides["agency"], "agency") if "agency" in sides else ()
    canonical = scope.path(sides["canonical"], "canonical") if "canonical" in sides else ()
    rows = parse_rows(scope, fields.get("fields"))
    if agency is None or canonical is None:
        return None
    return Within(
        line=_line(node),
        agency=agency,
        canonical=canonical,
        reading=scope.turn(fields, "read"),
        writing=scope.turn(fields, "write"),
        rows=rows,
    )


def _embedded(scope: Scope, node: yaml.Node) -> Row | None:
    fields = scope.sheet.fields(node, EMBEDDED, ("embedded", "text"))
    if ("fields" in fields) == ("table" in fields):
        scope.sheet.fault(node, "`embedded` needs either `fields` or `table`")
    words = scope.sheet.word(fields["text"], "text", TEXTS) if "text" in fields else "json"
    kind: Literal["json", "xml"] = "xml" if words.endswith("xml") else "json"
    document, rows = _inner(scope, node, fields, kind)
    agency = scope.path(fields.get("embedded"), "agency")
    canonical = scope.path(fields["canonical"], "canonical") if "canonical" in fields else ()
    if agency is None or canonical is None:
        return None
    return Embedded(
        line=_line(node),
        agency=agency,
        canonical=canonical,
        base64=words.startswith("base64"),
        document=document,
        reading=scope.turn(fields, "read"),
        writing=scope.turn(fields, "write"),
        rows=rows,
    )


def _inner(
    scope: Scope,
    node: yaml.Node,
    fields: dict[str, yaml.Node],
    kind: Literal["json", "xml"],
) -> tuple[Document, tuple[Row, ...]]:
    if "table" in fields:
        name = scope.sheet.text(fields["table"], "table")
        document, rows = scope.nested(scope, fields["table"], name)
        if document.format != kind:
            scope.sheet.fault(fields["table"], f"the table {name!r} is not of format {kind}")
        return document, rows
    inner = scope.document_of(kind, node, fields)
    return inner, parse_rows(scope.inside(inner), fields.get("fields"))


KINDS: dict[str, Callable[[Scope, yaml.Node], Row | None]] = {
    "each": _each,
    "embedded": _embedded,
    "within": _within,
}
