"""Converters between several agency values and one canonical value."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gateway.mapping.converter.pair import Kind, Parts, UnknownConverter
from gateway.mapping.run import Mismatch
from gateway.mapping.tree import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.mapping.tree import JsonValue, Missing

__all__ = ["date_parts", "full_name"]

THREE = 3


def full_name() -> Parts:
    """Family, middle and given name, which are one name elsewhere."""
    return Parts(kind=Kind(name="name"), count=THREE, read=_join, write=_split)


def _join(values: Sequence[JsonValue | Missing]) -> JsonValue | Missing:
    words: list[str] = []
    for value in values:
        if value is MISSING or value is None:
            continue
        if not isinstance(value, str):
            raise Mismatch("type", "texts are expected")
        words += value.split()
    return " ".join(words) if words else MISSING


def _split(value: JsonValue) -> Sequence[JsonValue | Missing]:
    words = value.split() if isinstance(value, str) else []
    match words:
        case []:
            raise Mismatch("name", "a name is expected")
        case [given]:
            return (MISSING, MISSING, given)
        case [family, given]:
            return (family, MISSING, given)
        case _:
            return (words[0], " ".join(words[1:-1]), words[-1])


def date_parts(words: list[str]) -> Parts:
    """Day, month and year apart; only the year may be known."""
    forms: dict[str, Callable[[int, int], JsonValue]] = {
        "": lambda number, _: str(number),
        "padded": lambda number, width: str(number).zfill(width),
        "int": lambda number, _: number,
    }
    form = forms.get(" ".join(words))
    if form is None:
        raise UnknownConverter("`date_parts` takes nothing, `padded` or `int`")

    def write(value: JsonValue) -> Sequence[JsonValue | Missing]:
        numbers = _numbers_of(value)
        if len(numbers) == 1:
            return (MISSING, MISSING, form(numbers[0], 4))
        return (form(numbers[2], 2), form(numbers[1], 2), form(numbers[0], 4))

    kind = Kind(name="day", detail=("day", "year"))
    return Parts(kind=kind, count=THREE, read=_join_day, write=write)


def _numbers_of(value: JsonValue) -> list[int]:
    try:
        if isinstance(value, str) and len(value) == 4 and int(value) > 0:
            return [int(value)]
        day = date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Mismatch("date", "yyyy-mm-dd or yyyy is expected") from error
    return [day.year, day.month, day.day]


def _join_day(values: Sequence[JsonValue | Missing]) -> JsonValue | Missing:
    day, month, year = (_number(value) for value in values)
    if day is month is year is None:
        return MISSING
    if year is not None and day is None and month is None and 0 < year < 10**4:
        return f"{year:04d}"
    try:
        return date(year or 0, month or 0, day or 0).isoformat()
    except ValueError as error:
        raise Mismatch("date", "day, month and year, or only the year") from error


def _number(value: JsonValue | Missing) -> int | None:
    match value:
        case str() if value.strip() in {"", "0", "00"}:
            return None
        case str() if value.strip().isascii() and value.strip().isdigit():
            return int(value.strip()[:6])
        case None | 0 if not isinstance(value, bool):
            return None
        case int() if not isinstance(value, bool):
            return value
        case _ if value is MISSING:
            return None
        case _:
            raise Mismatch("date", "numbers are expected")
