"""Between plain values and XML, by zeep: slow, and right about whatever a WSDL may say."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import zeep.exceptions
from lxml import etree
from zeep import xsd
from zeep.xsd.context import XmlParserContext

from gateway.domain.errors import Malformed, Problem
from gateway.soap.calling import NIL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zeep.xsd import Element, Schema

__all__ = ["read_typed", "watch_translations", "write_typed"]

#: What zeep and its friends raise over values; their texts may show them, so that none is passed on.
FOREIGN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, etree.LxmlError, zeep.exceptions.Error)


class TranslationWatch(logging.Handler):
    """Counts the values that zeep could not read. It would log them, values and all, and go on without them."""

    def __init__(self) -> None:
        """Begin at nothing."""
        super().__init__(level=logging.ERROR)
        self.count = 0

    def emit(self, _: logging.LogRecord) -> None:
        """Count one."""
        self.count += 1


WATCH = TranslationWatch()


def watch_translations() -> None:
    """Keep zeep from logging values; from then on they are counted instead."""
    log = logging.getLogger("zeep")
    log.propagate = False
    log.handlers = [WATCH]


def write_typed(element: Element, values: Mapping[str, Any]) -> bytes:
    """Write an element. Raises `Malformed` for values that it cannot hold."""
    holder = etree.Element("holder")
    try:
        element.render(holder, element(**{name: _for_zeep(value) for name, value in values.items()}))
        return etree.tostring(holder[0], encoding="utf-8", xml_declaration=False)
    except zeep.exceptions.ValidationError as error:
        path = ".".join(str(name) for name in error.path or ())
        raise Malformed([Problem(path=path, rule="missing, too few, or too many", hint="see the WSDL of the agency")]) from None
    except FOREIGN as error:
        problem = Problem(path=str(element.name), rule="cannot be said by the WSDL", found=type(error).__name__)
        raise Malformed([problem]) from None


def read_typed(element: Element, found: etree._Element, schema: Schema) -> dict[str, Any]:
    """Read an element into plain values. Raises `Malformed` for one that is not as the schema says."""
    before = WATCH.count
    try:
        parsed = element.parse(found, schema, context=XmlParserContext(settings=schema.settings))
    except FOREIGN as error:
        raise _undescribed(found, type(error).__name__) from None
    if WATCH.count != before:
        raise _undescribed(found, "a value of another type")
    plain = _plain(parsed)
    return plain if isinstance(plain, dict) else {} if plain is None else {"_value_1": plain}


def _undescribed(found: etree._Element, what: str) -> Malformed:
    """The fault of an element that is not as its schema says."""
    return Malformed([Problem(path=etree.QName(found).localname, rule="not as the WSDL describes it", found=what)])


def _for_zeep(value: object) -> object:
    """A plain value in the words of zeep."""
    if isinstance(value, dict):
        return {name: _for_zeep(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_for_zeep(one) for one in value]
    return xsd.Nil if value is NIL else value


def _plain(value: object) -> object:
    """A value of zeep without its types."""
    if isinstance(value, xsd.CompoundValue):
        return {name: _plain(one) for name, one in value.__values__.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
