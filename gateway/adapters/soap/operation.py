"""An operation of a WSDL: its values written into the element of a body, and that of an answer read into values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from gateway.adapters.soap.typed import read_typed, write_typed
from gateway.domain.errors import Malformed, NeedsPerson, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zeep.wsdl.bindings.soap import SoapOperation
    from zeep.xsd import Schema

    from gateway.soap import SoapVersion

__all__ = ["Operation"]


class Operation:
    """Holds nothing that changes."""

    def __init__(self, version: SoapVersion, found: SoapOperation, schema: Schema) -> None:
        """Take what a WSDL says of an operation."""
        self.name: str = found.name
        self.version = version
        self.action: str = found.soapaction or ""
        self._is_document = found.style == "document"
        self._input = found.input
        self._output = found.output.body if found.output is not None else None
        self._schema = schema

    @property
    def is_one_way(self) -> bool:
        """Whether no answer is described."""
        return self._output is None

    def write(self, values: Mapping[str, Any]) -> bytes:
        """Write the element of a body; nothing where the body is empty. Raises `Malformed` for values that are none of the operation's."""
        if self._input.body is None:
            if values:
                raise Malformed([Problem(path=name, rule="unknown", hint="the message is empty") for name in values])
            return b""
        if self._input._is_body_wrapped:  # noqa: SLF001 - zeep tells it nowhere else
            raise NeedsPerson(f"the operation {self.name} has a body of several elements, which no profile of SOAP allows", code="wsdl")
        return write_typed(self._input.body, values)

    def read(self, found: etree._Element) -> dict[str, Any]:
        """Read the element of an answer. Raises `Malformed` when it is not as the WSDL says."""
        if self._output is None or (self._is_document and found.tag != self._output.qname.text):
            raise Malformed([Problem(path=etree.QName(found).localname, rule="not the answer that the WSDL describes")])
        return read_typed(self._output, found, self._schema)
