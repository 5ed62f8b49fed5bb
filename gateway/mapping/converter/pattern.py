"""A pattern of a date: the letters that agencies write in their specifications, compiled both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from operator import attrgetter

import msgspec

from gateway.mapping.converter.pair import UnknownConverter

__all__ = ["Pattern", "zone_of"]

#: letters -> what they read, how they are written, and from what
DIGITS = {
    "yyyy": (r"(?P<year>[0-9]{4})", "%04d", "year"),
    "SSS": (r"(?P<fraction>[0-9]{1,9})", "%06d", "microsecond"),
    "MM": (r"(?P<month>[0-9]{2})", "%02d", "month"),
    "dd": (r"(?P<day>[0-9]{2})", "%02d", "day"),
    "HH": (r"(?P<hour>[0-9]{2})", "%02d", "hour"),
    "mm": (r"(?P<minute>[0-9]{2})", "%02d", "minute"),
    "ss": (r"(?P<second>[0-9]{2})", "%02d", "second"),
}
ZONES = ("+00:00", "+0000", "XXX", "XX", "Z")
UTC_ZONES = {"+00:00", "+0000", "Z"}
#: Stands between the three digits of a fraction that are written and the three that are not.
CUT = "\0"
FRACTION = re.compile(f"([0-9]{{3}})[0-9]{{3}}{CUT}")
DAY = 3
ZONE = r"(?P<zone>Z|z|[+-][0-9]{2}:?[0-9]{2})"
TOKEN = re.compile("|".join(re.escape(token) for token in (*DIGITS, *ZONES)) + "|.")
FIELDS = ("year", "month", "day", "hour", "minute", "second")


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """Reads a text into a datetime (None: not of this pattern), and writes a datetime."""

    text: str
    read: Callable[[str], datetime | None]
    write: Callable[[datetime], str]
    year_only: bool
    has_time: bool
    has_zone: bool

    @classmethod
    def compile(cls, text: str, zone: timezone) -> Pattern:
        """Take a pattern apart once; raises `UnknownConverter`."""
        tokens = TOKEN.findall(text)
        names = [token for token in tokens if token in DIGITS or token in ZONES]
        if "yyyy" not in names or len(names) != len(set(names)):
            raise UnknownConverter(f"not a date pattern: {text!r} (letters: yyyy MM dd HH mm ss SSS)")
        if ("dd" in names and "MM" not in names) or re.search("[A-SU-Za-z]", "".join(set(tokens) - set(names))):
            raise UnknownConverter(f"not a date pattern: {text!r}")
        return cls(
            text=text,
            read=_reader(tokens, zone),
            write=_writer(tokens, zone),
            year_only=names == ["yyyy"],
            has_time="HH" in names,
            has_zone=bool(set(ZONES) & set(names)),
        )


def _reader(tokens: list[str], zone: timezone) -> Callable[[str], datetime | None]:
    trimmed = TOKEN.findall("".join(tokens).strip())
    whole = "".join(DIGITS[token][0] if token in DIGITS else ZONE if token in ZONES else re.escape(token) for token in trimmed)
    expression = re.compile(whole)
    names = list(expression.groupindex)
    if names == list(FIELDS[: len(names)]) and len(names) >= DAY:
        return _plain_reader(expression, zone)

    def read(text: str) -> datetime | None:
        found = expression.fullmatch(text)
        return None if found is None else _moment(found.groupdict(), zone)

    return read


def _plain_reader(expression: re.Pattern[str], zone: timezone) -> Callable[[str], datetime | None]:
    """From the year downwards, without fraction and zone: the commonest patterns."""

    def read(text: str) -> datetime | None:
        found = expression.fullmatch(text)
        if found is None:
            return None
        try:
            return datetime(*map(int, found.groups()), tzinfo=zone)  # type: ignore[misc,arg-type]  # three to six numbers
        except ValueError:
            return None

    return read


def _moment(groups: dict[str, str], zone: timezone) -> datetime | None:
    year, month, day, hour, minute, second = (int(groups.get(name, least)) for name, least in zip(FIELDS, (1, 1, 1, 0, 0, 0), strict=True))
    fraction = int(groups.get("fraction", "").ljust(6, "0")[:6])
    try:
        there = zone_of(groups.get("zone"), zone)
        return datetime(year, month, day, hour, minute, second, fraction, tzinfo=there)
    except ValueError:
        return None


def zone_of(text: str | None, zone: timezone) -> timezone:
    """The zone that a text names, or the one given when it names none; raises ValueError."""
    if text is None:
        return zone
    if text in {"Z", "z"}:
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _writer(tokens: list[str], zone: timezone) -> Callable[[datetime], str]:
    offset = datetime(2025, 1, 1, tzinfo=zone).isoformat()[-6:]
    written = {"XXX": offset, "XX": offset.replace(":", ""), "SSS": f"%06d{CUT}"}
    form = "".join(
        written.get(token) or (DIGITS[token][1] if token in DIGITS else token) for token in (token.replace("%", "%%") for token in tokens)
    )
    names = [DIGITS[token][2] for token in tokens if token in DIGITS]
    values = attrgetter(*names)
    target = UTC if UTC_ZONES & set(tokens) else zone

    def write(moment: datetime) -> str:
        try:
            text = form % values(moment.astimezone(target))
        except OverflowError:
            text = form % values(moment)
        return FRACTION.sub(r"\1", text) if CUT in text else text

    return write
