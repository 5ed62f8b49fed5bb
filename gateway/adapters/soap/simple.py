"""Simple types: values that are surely right become text, and text values. zeep decides whatever is not here."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from zeep.xsd.types import builtins

if TYPE_CHECKING:
    from zeep.xsd import AnySimpleType

__all__ = ["FOREIGN", "Simple", "Strange", "Unsupported"]

Convert: TypeAlias = Callable[[Any], Any]
#: What conversions raise over a value or a text that is none of the type.
FOREIGN = (ArithmeticError, AttributeError, TypeError, ValueError)
DIGITS = re.compile(r"\s*[+-]?[0-9]+\s*\Z")
NUMBER = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*\Z")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?\Z")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
FLAGS = {"true": True, "1": True, "false": False, "0": False}
FIRST_FULL_YEAR = 1000


class Unsupported(Exception):
    """A schema says something that is not made plain: the message is left to zeep alone."""


class Strange(Exception):
    """Values that are not surely right: zeep decides about them."""


class Simple:
    """A simple type: how its values are written and read. A conversion raises `Strange`, or one of `FOREIGN`.

    `takes_text`: a text is written as it is, whatever the type. `is_content`: it is base64.
    """

    def __init__(self, found: AnySimpleType) -> None:
        """Take a simple type of zeep. Raises `Unsupported` for a list or a union."""
        known: list[Any] = [one for one in type(found).__mro__ if one in WRITE]
        if not known or not isinstance(found, builtins.BuiltinType):
            raise Unsupported
        self.zeep = found
        self.name: str = known[0]._default_qname.localname  # noqa: SLF001 - zeep tells it nowhere else
        self.takes_text = known[0] not in {builtins.Boolean, builtins.Float}
        self.is_string = isinstance(found, builtins.String)
        self.is_content = known[0] is builtins.Base64Binary
        self.write: Convert = WRITE[known[0]]
        self.read: Convert = (
            READ.get(known[0], found.pythonvalue) if not isinstance(found, builtins.NormalizedString) else found.pythonvalue
        )


def _only_text(_: object) -> str:
    """Take texts alone, which are written as they are."""
    raise Strange


def _write_flag(value: object) -> str:
    """Write a flag."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise Strange


def _write_whole(value: object) -> str:
    """Write a whole number."""
    if type(value) is int:
        return str(value)
    raise Strange


def _write_decimal(value: object) -> str:
    """Write a number with a point."""
    if type(value) is Decimal and value.is_finite():
        return f"{value:f}"
    return _write_whole(value)


def _write_double(value: object) -> str:
    """Write a number in double precision; zeep writes those that are none as no schema allows."""
    if type(value) is float and isfinite(value):
        return str(value)
    return _write_whole(value)


def _write_float(value: object) -> str:
    """Write a number in single precision, as zeep does."""
    return _write_double(value).upper()


def _write_instant(value: object) -> str:
    """Write an instant."""
    if type(value) is datetime:
        return value.isoformat().replace("+00:00", "Z")
    raise Strange


def _write_day(value: object) -> str:
    """Write a day."""
    if type(value) is date and value.year >= FIRST_FULL_YEAR:
        return value.isoformat()
    raise Strange


def _write_content(value: object) -> str:
    """Write bytes."""
    if type(value) is bytes:
        return b64encode(value).decode()
    raise Strange


def _read_flag(text: str) -> bool:
    """Read a flag; zeep takes whatever it does not know for false."""
    found = FLAGS.get(text.strip())
    if found is None:
        raise ValueError("no flag")
    return found


def _read_whole(text: str) -> int:
    """Read a whole number of the digits that the standard knows."""
    if DIGITS.match(text):
        return int(text)
    raise ValueError("no whole number")


def _read_decimal(text: str) -> Decimal:
    """Read a number with a point."""
    if NUMBER.match(text):
        return Decimal(text.strip())
    raise ValueError("no number")


def _read_instant(text: str) -> datetime:
    """Read an instant."""
    return datetime.fromisoformat(text) if INSTANT.match(text) else DATE_TIME.pythonvalue(text)


def _read_day(text: str) -> date:
    """Read a day."""
    return date.fromisoformat(text) if DAY.match(text) else DATE.pythonvalue(text)


def _read_content(text: str) -> bytes:
    """Read bytes; zeep passes over what is no letter of base64."""
    return b64decode("".join(text.split()), validate=True)


DATE_TIME, DATE = builtins.DateTime(), builtins.Date()
#: By the builtin types, each with the types that are made of it.
WRITE: Mapping[Any, Convert] = MappingProxyType(
    {
        builtins.AnyURI: _only_text,
        builtins.Base64Binary: _write_content,
        builtins.Boolean: _write_flag,
        builtins.Date: _write_day,
        builtins.DateTime: _write_instant,
        builtins.Decimal: _write_decimal,
        builtins.Double: _write_double,
        builtins.Float: _write_float,
        builtins.HexBinary: _only_text,
        builtins.Integer: _write_whole,
        builtins.QName: _only_text,
        builtins.String: _only_text,
        builtins.Time: _only_text,
    }
)
READ: Mapping[Any, Convert] = MappingProxyType(
    {
        builtins.Base64Binary: _read_content,
        builtins.Boolean: _read_flag,
        builtins.Date: _read_day,
        builtins.DateTime: _read_instant,
        builtins.Decimal: _read_decimal,
        builtins.HexBinary: str,
        builtins.Integer: _read_whole,
        builtins.String: str,
    }
)
