"""Checks a message against the published schema itself, after it was read: what reads it and what is published must agree."""

from __future__ import annotations

from functools import cache

from lxml import etree

from gateway.domain.errors import Malformed, Problem
from gateway.web.soap.wsdl import FILES, schema
from schemas import schema_path

__all__ = ["check", "is_valid"]


def check(element: etree._Element) -> None:
    """Raise `Malformed` naming every place that breaks the schema; never with a value."""
    found = _schema()
    if not found.validate(element):
        raise Malformed([Problem(path=str(one.path), rule=f"breaks the schema: {one.type_name}") for one in found.error_log])  # type: ignore[attr-defined]  # the stubs forget that it is a list


def is_valid(element: etree._Element) -> bool:
    """Tell whether the schema finds nothing wrong."""
    return _schema().validate(element)


@cache
def _schema() -> etree.XMLSchema:
    """Compile the schema, once, from what this program publishes."""
    place = {"transfer.xsd": schema_path("dossier/1/transfer.xsd").as_uri()}
    return etree.XMLSchema(etree.fromstring(schema(FILES | place)))
