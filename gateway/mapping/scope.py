"""Where a row stands while a table is read: the document around it and what it inherits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from gateway.mapping.condition import Condition, ConditionFault, parse_condition
from gateway.mapping.path import Path, PathFault, parse_path
from gateway.mapping.row import Document, Policy, Row, Turn
from gateway.mapping.tree import MISSING, JsonValue, Missing, spoken
from gateway.mapping.way import CANONICAL, JSON, XML

if TYPE_CHECKING:
    import yaml

    from gateway.mapping.codes import CodeTable
    from gateway.mapping.sheet import Sheet

__all__ = ["COMMON", "Scope", "Side"]

COMMON = {"when", "required", "read_only", "write_only", "vi", "en", "about"}
Side = Literal["agency", "canonical"]
Way = Literal["read", "write"]
DIALECTS = {"json": JSON, "xml": XML}


class Scope:
    """Reads what rows of every kind share."""

    def __init__(
        self,
        sheet: Sheet,
        document: Document,
        codes: dict[str, CodeTable],
        nested: Callable[[Scope, yaml.Node, str], tuple[Document, tuple[Row, ...]]],
    ) -> None:
        """Stand in a document, with the code tables of the head and a way to open nested tables."""
        self.sheet = sheet
        self.document = document
        self.codes = codes
        self.nested = nested

    def inside(self, document: Document) -> Scope:
        """The scope of rows inside an embedded document."""
        return Scope(self.sheet, document, self.codes, self.nested)

    def path(self, node: yaml.Node | None, side: Side) -> Path | None:
        """A path of one side; None after a fault."""
        if node is None:
            return None
        text = self.sheet.text(node, side)
        dialect = CANONICAL if side == "canonical" else self.document.dialect
        try:
            path = parse_path(text, dialect.separator) if text else None
        except PathFault as error:
            self.sheet.fault(node, str(error))
            return None
        if path is not None and side == "agency":
            self._check_prefixes(node, path)
        if path and path[-1].matches and not (side == "agency" and dialect.xml):
            self.sheet.fault(node, "after `[key=value]` comes the name of a field")
        return path

    def _check_prefixes(self, node: yaml.Node, path: Path) -> None:
        if self.document.format == "json":
            return
        for place, step in enumerate(path):
            prefix, colon, _ = step.name.lstrip("@").rpartition(":")
            if colon and prefix not in self.document.namespaces:
                self.sheet.fault(node, f"prefix {prefix!r} is not in `namespaces`")
            if step.name.startswith("@") and place < len(path) - 1:
                self.sheet.fault(node, "an attribute can only stand last in a path")

    def turn(self, fields: dict[str, yaml.Node], way: Way) -> Turn:
        """What the common keys say for one direction."""
        other = "write_only" if way == "read" else "read_only"
        side: Side = "agency" if way == "read" else "canonical"
        return Turn(
            active=not self.truth(fields.get(other)),
            required=self._required(fields.get("required"), way),
            when=self._condition(fields.get("when"), side),
            where=self._condition(fields.get("where"), side),
            default=self._default(fields.get("default"), way),
        )

    def truth(self, node: yaml.Node | None) -> bool:
        """Whether `true` or `false` stands there; false when nothing does."""
        if node is None:
            return False
        return self.sheet.word(node, "here", ("true", "false")) == "true"

    def _required(self, node: yaml.Node | None, way: Way) -> bool:
        if node is None:
            return False
        word = self.sheet.word(node, "required", ("true", "false", "read", "write"))
        return word in {"true", way}

    def _condition(self, node: yaml.Node | None, side: Side) -> Condition | None:
        if node is None:
            return None
        text = self.sheet.fields(node, ("agency", "canonical")).get(side)
        if text is None:
            return None
        dialect = CANONICAL if side == "canonical" else self.document.dialect
        try:
            return parse_condition(self.sheet.text(text, "condition"), dialect)
        except ConditionFault as error:
            self.sheet.fault(text, str(error))
            return None

    def _default(self, node: yaml.Node | None, way: Way) -> JsonValue | Missing:
        if node is None:
            return MISSING
        value = self.sheet.fields(node, ("read", "write")).get(way)
        return MISSING if value is None else self.sheet.value(value)

    def policy(self, fields: dict[str, yaml.Node], outer: Policy) -> Policy:
        """The outer policy, changed by the keys of a row or a head."""
        sheet, policy = self.sheet, outer
        empty, nil = policy.empty, policy.nil
        if "empty" in fields:
            match sheet.word(fields["empty"], "empty", ("absent", "empty", "text")):
                case "empty":
                    empty = "empty"
                case "text":
                    empty = "text"
                case _:
                    empty = "absent"
        if "nil" in fields:
            word = sheet.word(fields["nil"], "nil", ("empty", "absent"))
            nil = "absent" if word == "absent" else "empty"
        trim = self.truth(fields["trim"]) if "trim" in fields else policy.trim
        dummies = sheet.items(fields["absent"], "values") if "absent" in fields else []
        absent = policy.absent | {spoken(sheet.scalar(dummy)) for dummy in dummies}
        return Policy(empty=empty, nil=nil, trim=trim, absent=absent)

    def document_of(self, kind: Literal["json", "xml"], node: yaml.Node, fields: dict[str, yaml.Node]) -> Document:
        """The document that a head, or an `embedded` row, describes."""
        namespaces = self._namespaces(fields.get("namespaces"))
        root = self.sheet.text(fields["root"], "root") if "root" in fields else ""
        if kind == "xml" and not root:
            self.sheet.fault(node, "`root` is missing: the name of the root element")
        if kind == "json" and (root or namespaces):
            self.sheet.fault(node, "`root` and `namespaces` are for xml only")
        prefix, colon, _ = root.rpartition(":")
        if colon and prefix not in namespaces:
            self.sheet.fault(node, f"prefix {prefix!r} is not in `namespaces`")
        return Document(
            format=kind,
            dialect=DIALECTS[kind],
            zone=self.document.zone,
            policy=self.document.policy,
            root=root,
            namespaces=namespaces,
        )

    def _namespaces(self, node: yaml.Node | None) -> dict[str, str]:
        if node is None:
            return {}
        fields = self.sheet.fields(node, ())
        return {prefix: self.sheet.text(uri, prefix) for prefix, uri in fields.items()}
