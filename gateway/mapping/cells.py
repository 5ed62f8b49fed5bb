"""Reading a cell of a table from its YAML node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import yaml

from gateway.mapping.computed import Formula, FormulaFault, compile_formula
from gateway.mapping.converter import TEXT, Pair, Parts, UnknownConverter, converter
from gateway.mapping.row import Cell, Turn
from gateway.mapping.scope import COMMON, Scope
from gateway.mapping.tree import MISSING

if TYPE_CHECKING:
    from gateway.mapping.codes import CodeTable
    from gateway.mapping.path import Path

__all__ = ["CELL_KEYS", "parse_cell"]

CELL_KEYS = {
    *COMMON,
    "absent",
    "agency",
    "as",
    "canonical",
    "codes",
    "constant",
    "default",
    "empty",
    "jsonata",
    "nil",
    "trim",
    "unknown",
}
ALONE = ("as", "codes", "default", "absent", "empty", "nil", "trim", "unknown")


def parse_cell(
    scope: Scope,
    node: yaml.Node,
    fields: dict[str, yaml.Node] | None = None,
    defaults: tuple[Path, ...] = (),
) -> Cell | None:
    """The cell of a node; None after a fault of its paths. `defaults`: both paths where none is given."""
    fields = scope.sheet.fields(node, CELL_KEYS) if fields is None else fields
    agency = _agency(scope, fields.get("agency")) if "agency" in fields else defaults
    canonical: Path | None = defaults[0] if defaults else None
    if "canonical" in fields:
        canonical = scope.path(fields["canonical"], "canonical")
        if canonical is None:
            return None
    if agency is None or not _is_sound(scope, node, fields, agency, canonical):
        return None
    return Cell(
        line=node.start_mark.line + 1,
        agency=agency,
        canonical=canonical,
        pair=_pair(scope, node, fields, agency),
        policy=scope.policy(fields, scope.document.policy),
        reading=_turn(scope, fields, "read", lone=canonical is None),
        writing=_turn(scope, fields, "write", lone=not agency),
        codes=_codes(scope, fields.get("codes")),
        unknown=_unknown(scope, fields),
        constant=scope.sheet.value(fields["constant"]) if "constant" in fields else MISSING,
        formula=_formula(scope, fields),
    )


def _agency(scope: Scope, node: yaml.Node | None) -> tuple[Path, ...] | None:
    if isinstance(node, yaml.SequenceNode):
        paths = [scope.path(item, "agency") for item in node.value]
        return None if None in paths else tuple(path for path in paths if path is not None)
    path = scope.path(node, "agency")
    return None if path is None else (path,)


def _is_sound(
    scope: Scope,
    node: yaml.Node,
    fields: dict[str, yaml.Node],
    agency: tuple[Path, ...],
    canonical: Path | None,
) -> bool:
    before = len(scope.sheet.faults)
    one_sided = "constant" in fields or "jsonata" in fields
    if {"constant", "jsonata"} <= fields.keys():
        scope.sheet.fault(node, "either `constant` or `jsonata`, not both")
    if one_sided and bool(agency) == (canonical is not None):
        scope.sheet.fault(node, "`constant` and `jsonata` stand with one side: `agency` or `canonical`")
    if not one_sided and (not agency or canonical is None):
        scope.sheet.fault(node, "a row needs `agency` and `canonical` (or `constant`, `jsonata`, `each`, `within`, `embedded`)")
    if one_sided and (extra := [key for key in ALONE if key in fields]):
        scope.sheet.fault(node, f"{', '.join(extra)}: not beside `constant` or `jsonata`")
    if "jsonata" in fields and not agency and scope.document.format == "xml":
        scope.sheet.fault(node, "`jsonata` cannot read XML")
    if {"read_only", "write_only"} <= fields.keys():
        scope.sheet.fault(node, "either `read_only` or `write_only`, not both")
    if "unknown" in fields and "codes" not in fields:
        scope.sheet.fault(node, "`unknown` stands beside `codes`")
    return len(scope.sheet.faults) == before


def _pair(scope: Scope, node: yaml.Node, fields: dict[str, yaml.Node], agency: tuple[Path, ...]) -> Pair | Parts:
    pair: Pair | Parts = TEXT
    if "as" in fields:
        text = scope.sheet.text(fields["as"], "as")
        try:
            pair = converter(text, zone=scope.document.zone, xml=scope.document.format == "xml")
        except UnknownConverter as error:
            scope.sheet.fault(fields["as"], str(error))
            return TEXT
        if "codes" in fields and not text.startswith("code"):
            scope.sheet.fault(fields["as"], "beside `codes` stands only `code`, `code int` or `code text`")
    count = pair.count if isinstance(pair, Parts) else 1
    if agency and len(agency) != count:
        scope.sheet.fault(node, f"this converter needs {count} agency paths, not {len(agency)}")
    return pair


def _turn(scope: Scope, fields: dict[str, yaml.Node], way: Literal["read", "write"], *, lone: bool) -> Turn:
    turn = scope.turn(fields, way)
    return Turn(active=False) if lone else turn


def _codes(scope: Scope, node: yaml.Node | None) -> CodeTable | None:
    if node is None:
        return None
    name = scope.sheet.text(node, "codes")
    if name and name not in scope.codes:
        scope.sheet.fault(node, f"no code table {name!r} in the head of the table")
    return scope.codes.get(name)


def _unknown(scope: Scope, fields: dict[str, yaml.Node]) -> Literal["refuse", "absent", "keep"]:
    if "unknown" not in fields:
        return "refuse"
    match scope.sheet.word(fields["unknown"], "unknown", ("refuse", "absent", "keep")):
        case "absent":
            return "absent"
        case "keep":
            return "keep"
        case _:
            return "refuse"


def _formula(scope: Scope, fields: dict[str, yaml.Node]) -> Formula | None:
    if "jsonata" not in fields:
        return None
    try:
        return compile_formula(scope.sheet.text(fields["jsonata"], "jsonata"))
    except FormulaFault as error:
        scope.sheet.fault(fields["jsonata"], str(error))
        return None
