"""Code tables: an agency's codes and the canonical words, with the days on which they hold."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import msgspec

from gateway.mapping.tree import MISSING, JsonValue, Missing, spoken

if TYPE_CHECKING:
    import yaml

    from gateway.mapping.sheet import Sheet

__all__ = ["Code", "CodeTable", "parse_codes"]

KEYS = ("agency", "canonical", "vi", "en", "from", "until", "only")
NEEDED = ("agency", "canonical", "vi", "en")


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """One code of an agency and its canonical word; `since` (written `from`) and `until` are included."""

    agency: str | int
    canonical: str | int | bool
    vi: str
    en: str
    since: date = date.min
    until: date = date.max
    only: Literal["both", "read", "write"] = "both"

    def holds(self, on: date | None) -> bool:
        """Does it count on a day, or at all?"""
        return on is None or self.since <= on <= self.until


class CodeTable:
    """Looks codes up both ways; what it knows of a day is remembered."""

    def __init__(self, name: str, entries: tuple[Code, ...]) -> None:
        """Take the entries; where two count, the later `since` wins."""
        self.name = name
        self.entries = tuple(sorted(entries, key=lambda code: code.since))
        self.dated = any(code.since > date.min or code.until < date.max for code in entries)
        self._always = self._tables(None)

    def _tables(self, on: date | None) -> tuple[dict[str, JsonValue], dict[str, str | int]]:
        counting = [code for code in self.entries if code.holds(on)]
        reading = {spoken(code.agency): code.canonical for code in counting if code.only != "write"}
        writing = {spoken(code.canonical): code.agency for code in counting if code.only != "read"}
        return dict(reading), writing

    def read(self, value: JsonValue, on: date | None) -> JsonValue | Missing:
        """The canonical word of an agency's code."""
        if on is None or not self.dated:
            return self._always[0].get(spoken(value), MISSING)
        return self._tables(on)[0].get(spoken(value), MISSING)

    def write(self, value: JsonValue, on: date | None) -> str | int | Missing:
        """The agency's code of a canonical word."""
        if on is None or not self.dated:
            return self._always[1].get(spoken(value), MISSING)
        return self._tables(on)[1].get(spoken(value), MISSING)

    def words(self) -> list[JsonValue]:
        """The canonical words that are written and read back as themselves, without a day."""
        return [
            code.canonical for code in self.entries if self.read(self._always[1].get(spoken(code.canonical), ""), None) == code.canonical
        ]


def parse_codes(sheet: Sheet, name: str, node: yaml.Node) -> CodeTable:
    """Read a code table from its list; every fault goes to the sheet."""
    entries: list[tuple[Code, yaml.Node]] = []
    for item in sheet.items(node, "codes {agency, canonical, vi, en}"):
        code = _code(sheet, item)
        if code is not None:
            entries.append((code, item))
    for place, (code, item) in enumerate(entries):
        _compare(sheet, code, item, [other for other, _ in entries[:place]])
    return CodeTable(name, tuple(code for code, _ in entries))


def _code(sheet: Sheet, node: yaml.Node) -> Code | None:
    fields = sheet.fields(node, KEYS, NEEDED)
    if not fields.keys() >= set(NEEDED):
        return None
    agency, canonical = (
        sheet.scalar(fields["agency"]),
        sheet.scalar(fields["canonical"]),
    )
    if isinstance(agency, bool) or not isinstance(agency, (str, int)):
        sheet.fault(fields["agency"], "agency: a text or a whole number is expected")
        return None
    if not isinstance(canonical, (str, int)):
        sheet.fault(fields["canonical"], "canonical: a text is expected")
        return None
    only = "both"
    if "only" in fields:
        only = sheet.word(fields["only"], "only", ("read", "write"))
    return Code(
        agency=agency,
        canonical=canonical,
        vi=sheet.text(fields["vi"], "vi"),
        en=sheet.text(fields["en"], "en"),
        since=_day(sheet, fields.get("from"), date.min),
        until=_day(sheet, fields.get("until"), date.max),
        only="read" if only == "read" else "write" if only == "write" else "both",
    )


def _day(sheet: Sheet, node: yaml.Node | None, otherwise: date) -> date:
    if node is None:
        return otherwise
    try:
        return date.fromisoformat(str(node.value))
    except ValueError:
        sheet.fault(node, "a day yyyy-mm-dd is expected")
        return otherwise


def _compare(sheet: Sheet, code: Code, node: yaml.Node, earlier: list[Code]) -> None:
    if code.since > code.until:
        sheet.fault(node, "`from` is after `until`")
    for other in earlier:
        if code.since > other.until or other.since > code.until:
            continue
        modes = {code.only, other.only}
        if "write" not in modes and spoken(code.agency) == spoken(other.agency):
            sheet.fault(
                node,
                f"agency code {spoken(code.agency)!r} has two canonical words; mark one `only: write`",
            )
        if "read" not in modes and spoken(code.canonical) == spoken(other.canonical):
            sheet.fault(
                node,
                f"{spoken(code.canonical)!r} has two agency codes; mark those not written `only: read`",
            )
