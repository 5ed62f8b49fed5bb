"""Converters of instants and of days."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from gateway.mapping.converter.pair import Kind, Pair, UnknownConverter
from gateway.mapping.converter.pattern import Pattern, zone_of
from gateway.mapping.run import Mismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.mapping.tree import JsonValue

__all__ = ["date", "datetime_pair", "parse_instant"]

ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?(Z|z|[+-][0-9]{2}:?[0-9]{2})?")
USUAL = re.compile(r"[0-9-]{10}T[0-9:]{8}[+-][0-9]{2}:[0-9]{2}")
#: The smallest part of a pattern, and what it says of the instants that it can carry.
PRECISION = {
    "SSS": "millisecond",
    "ss": "second",
    "mm": "minute",
    "HH": "hour",
    "dd": "day",
    "MM": "month",
    "yyyy": "year",
}
DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2}))?")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_instant(text: str, zone: timezone) -> datetime | None:
    """An ISO 8601 instant, in `zone` when it names none; None when it is not one."""
    try:
        if USUAL.fullmatch(text):
            return datetime.fromisoformat(text)
        found = ISO.fullmatch(text)
        if found is None:
            return None
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}")
        fraction = int((found[3] or "").ljust(6, "0")[:6])
        return moment.replace(microsecond=fraction, tzinfo=zone_of(found[4], zone))
    except ValueError:
        return None


def datetime_pair(words: str, *, zone: timezone, xml: bool) -> Pair:
    """An instant in one of the patterns; canonical RFC 3339 with offset."""
    forms = _forms(words, zone, xml=xml)

    def read(value: JsonValue) -> JsonValue:
        moment = _first(forms, value)
        if moment.tzinfo is zone:
            return moment.isoformat()
        try:
            return moment.astimezone(zone).isoformat()
        except OverflowError as error:
            raise Mismatch("date", "outside the calendar") from error

    def write(value: JsonValue) -> JsonValue:
        moment = parse_instant(value, zone) if isinstance(value, str) else None
        if moment is None:
            raise Mismatch("date", "an RFC 3339 instant is expected")
        return forms[0].write(moment)

    return Pair(
        kind=Kind(name="instant", detail=(forms[0].precision,)),
        read=read,
        write=write,
        narrows=forms[0].precision in {"day", "month", "year"},
    )


def date(words: str, *, zone: timezone, xml: bool) -> Pair:
    """A day or a year in one of the patterns; canonical yyyy-mm-dd or yyyy."""
    forms = _forms(words, zone, xml=xml)
    year = next((form for form in forms if form.year_only), None)
    day = next((form for form in forms if not form.year_only), None)

    def read(value: JsonValue) -> JsonValue:
        for form in forms:
            moment = form.read(value)
            if moment is not None:
                return _day_text(moment, zone, year_only=form.year_only)
        raise Mismatch("date", _expected(forms))

    def write(value: JsonValue) -> JsonValue:
        moment, only_year = _canonical_day(value, zone)
        form = year if only_year else day
        if form is None:
            raise Mismatch("date", "only a year is known" if only_year else "only a year is taken")
        return form.write(moment)

    detail = tuple(name for name, form in (("day", day), ("year", year)) if form is not None)
    return Pair(kind=Kind(name="day", detail=detail), read=read, write=write)


def _day_text(moment: datetime, zone: timezone, *, year_only: bool) -> str:
    if year_only:
        return f"{moment.year:04d}"
    try:
        return moment.astimezone(zone).date().isoformat()
    except OverflowError:
        return moment.date().isoformat()


def _canonical_day(value: JsonValue, zone: timezone) -> tuple[datetime, bool]:
    found = DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Mismatch("date", "yyyy-mm-dd or yyyy is expected")
    try:
        moment = datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=zone)
    except ValueError as error:
        raise Mismatch("date", "no such day") from error
    return moment, found[2] is None


class _Form:
    """One way of writing an instant."""

    def __init__(
        self,
        text: str,
        read: Callable[[JsonValue], datetime | None],
        write: Callable[[datetime], JsonValue],
        precision: str,
        *,
        year_only: bool = False,
    ) -> None:
        self.text = text
        self.read = read
        self.write = write
        self.precision = precision
        self.year_only = year_only


def _forms(words: str, zone: timezone, *, xml: bool) -> list[_Form]:
    if not words.strip():
        raise UnknownConverter("a date pattern is missing, as in `date yyyyMMdd`")
    return [_form(part, zone, xml=xml) for part in words.split(" | ")]


def _form(text: str, zone: timezone, *, xml: bool) -> _Form:
    match text.strip():
        case "iso":
            return _Form("iso", _iso_reader(zone), _iso_writer(zone), "microsecond")
        case "epoch_ms":
            return _epoch("epoch_ms", 1000, xml=xml)
        case "epoch_s":
            return _epoch("epoch_s", 1, xml=xml)
        case _:
            return _pattern_form(text, zone)


def _pattern_form(text: str, zone: timezone) -> _Form:
    pattern = Pattern.compile(text.lstrip(), zone)

    def read(value: JsonValue) -> datetime | None:
        return pattern.read(value.strip()) if isinstance(value, str) else None

    precision = next((name for token, name in PRECISION.items() if token in text), "day")
    return _Form(text, read, pattern.write, precision, year_only=pattern.year_only)


def _iso_reader(zone: timezone) -> Callable[[JsonValue], datetime | None]:
    def read(value: JsonValue) -> datetime | None:
        return parse_instant(value.strip(), zone) if isinstance(value, str) else None

    return read


def _iso_writer(zone: timezone) -> Callable[[datetime], str]:
    def write(moment: datetime) -> str:
        try:
            return moment.astimezone(zone).isoformat()
        except OverflowError:
            return moment.isoformat()

    return write


def _epoch(text: str, scale: int, *, xml: bool) -> _Form:
    def read(value: JsonValue) -> datetime | None:
        if isinstance(value, str) and re.fullmatch("-?[0-9]{1,15}", value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        try:
            return EPOCH + timedelta(seconds=value // scale, milliseconds=value % scale)
        except OverflowError:
            return None

    def write(moment: datetime) -> JsonValue:
        whole = (moment - EPOCH) // timedelta(milliseconds=1000 // scale)
        return str(whole) if xml else whole

    return _Form(text, read, write, "millisecond" if scale > 1 else "second")


def _first(forms: list[_Form], value: JsonValue) -> datetime:
    for form in forms:
        moment = form.read(value)
        if moment is not None:
            return moment
    raise Mismatch("date", _expected(forms))


def _expected(forms: list[_Form]) -> str:
    return "expected " + " or ".join(form.text.strip() for form in forms)
