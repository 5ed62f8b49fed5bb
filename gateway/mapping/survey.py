"""What the rows of a table know of the agency's document and of the canonical one."""

from __future__ import annotations

from gateway.mapping.converter import TEXT, Parts
from gateway.mapping.known import Known, Leaf
from gateway.mapping.row import Cell, Each, Embedded, Row, Within
from gateway.mapping.tree import MISSING, JsonValue, spoken

__all__ = ["agency_side", "canonical_side"]


def agency_side(rows: tuple[Row, ...], known: Known | None = None) -> Known:
    """The fields of the agency that rows read, or write by themselves."""
    known = Known() if known is None else known
    for row in rows:
        match row:
            case Cell():
                _agency_cell(row, known)
            case Within():
                inner = agency_side(row.rows)
                known.at(row.agency).parts.append((row.reading.when, inner))
            case Each():
                inner = agency_side(_items(row))
                known.at(row.agency).items.append((row.reading.when, row.reading.where, inner))
            case Embedded():
                place = known.at(row.agency)
                place.embedded.append((agency_side(row.rows), row.document.dialect))
    return known


def _items(row: Each) -> tuple[Row, ...]:
    return row.rows if row.item is None else (row.item,)


def _agency_cell(cell: Cell, known: Known) -> None:
    leaf = _agency_leaf(cell)
    for path in cell.agency:
        place = known.at(path)
        place.leaves.append(leaf)
        place.constant = place.constant or cell.constant is not MISSING


def _agency_leaf(cell: Cell) -> Leaf | None:
    if cell.constant is not MISSING:
        constant = spoken(cell.constant)
        return lambda _, value: spoken(_text_of(value)) == constant
    when, codes = cell.reading.when, cell.codes
    if codes is not None and cell.unknown == "absent":
        return lambda scope, value: (when is None or when(scope)) and codes.read(_text_of(value), None) is not MISSING
    if when is None or not cell.reading.active:
        return None
    return lambda scope, _: when(scope)


def _text_of(value: JsonValue) -> JsonValue:
    return value.get("#text", "") if isinstance(value, dict) else value


def canonical_side(rows: tuple[Row, ...], *, both: bool) -> Known:
    """The canonical fields that rows write; with `both`, only those that they read again."""
    known = Known()
    for row in rows:
        if row.writing.active and (_comes_back(row) or not both):
            _canonical_row(row, known, both=both)
    return known


def _comes_back(row: Row) -> bool:
    """A condition on reading alone may keep a value from coming back."""
    if row.reading.when is not None and row.writing.when is None:
        return False
    return row.reading.active


def _canonical_row(row: Row, known: Known, *, both: bool) -> None:
    match row:
        case Cell():
            if row.canonical is not None and row.constant is MISSING:
                known.at(row.canonical).leaves.append(_canonical_leaf(row))
        case Within():
            inner = canonical_side(row.rows, both=both)
            known.at(row.canonical).parts.append((row.writing.when, inner))
        case Each():
            inner = canonical_side(_items(row), both=both)
            known.at(row.canonical).items.append((row.writing.when, row.writing.where, inner))
        case Embedded():
            inner = canonical_side(row.rows, both=both)
            known.at(row.canonical).parts.append((row.writing.when, inner))


def _canonical_leaf(cell: Cell) -> Leaf:
    policy, codes, when = cell.policy, cell.codes, cell.writing.when
    written_null = policy.empty == "empty" or (policy.nil == "empty" and not _is_attribute(cell))
    carries_null = written_null and not isinstance(cell.pair, Parts)
    carries_empty = policy.empty == "text" or cell.pair is not TEXT

    def carries(scope: JsonValue, value: JsonValue) -> bool:
        if when is not None and not when(scope):
            return False
        if value is None:
            return carries_null
        if value == "" and not carries_empty:
            return False
        if codes is not None and cell.unknown == "absent":
            return codes.write(value, None) is not MISSING
        return spoken(value) not in policy.absent

    return carries


def _is_attribute(cell: Cell) -> bool:
    """XML has no null for an attribute."""
    return any(path[-1].name.startswith("@") for path in cell.agency if path)
