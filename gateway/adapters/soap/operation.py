"""An operation of a WSDL: its values written into the element of a body, and that of an answer read into values.

Both are compiled once; zeep does what they do not vouch for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from gateway.adapters.soap.complaint import complaints
from gateway.adapters.soap.enclosing import Written, with_marks
from gateway.adapters.soap.reader import Reader
from gateway.adapters.soap.shape import content_tags, shape_of
from gateway.adapters.soap.simple import Strange, Unsupported
from gateway.adapters.soap.typed import read_typed, write_typed
from gateway.adapters.soap.writer import Writer
from gateway.domain.errors import Malformed, NeedsPerson, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zeep.wsdl.bindings.soap import SoapOperation
    from zeep.xsd import Element, Schema

    from gateway.adapters.soap.shape import Compound
    from gateway.multipart import RelatedPart
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
        self._asked, self._answered = _shape(self._input.body), _shape(self._output)
        self._writer = Writer(self._input.body.qname.text, self._asked) if self._asked else None
        self._reader = Reader(self._answered) if self._answered else None

    @property
    def is_one_way(self) -> bool:
        """Whether no answer is described."""
        return self._output is None

    @property
    def contents(self) -> frozenset[str]:
        """The names of the elements of an answer that hold base64."""
        return frozenset(content_tags(self._answered)) if self._answered else frozenset()

    def write(self, values: Mapping[str, Any]) -> Written:
        """Write the element of a body; nothing where the body is empty. Raises `Malformed` for values that are none of the operation's."""
        if self._input.body is None:
            if values:
                raise Malformed([Problem(path=name, rule="unknown", hint="the message is empty") for name in values])
            return Written(b"")
        if self._input._is_body_wrapped:  # noqa: SLF001 - zeep tells it nowhere else
            raise NeedsPerson(f"the operation {self.name} has a body of several elements, which no profile of SOAP allows", code="wsdl")
        try:
            return Written(self._compiled(dict(values)))
        except Strange:
            marks: dict[str, RelatedPart] = {}
            return Written(self._by_zeep(with_marks(dict(values), marks)), marks)

    def _compiled(self, values: dict[str, Any]) -> bytes:
        """Write what is surely right. Raises `Strange`."""
        if self._writer is None:
            raise Strange
        return self._writer.write(values)

    def _by_zeep(self, values: dict[str, Any]) -> bytes:
        """Write whatever zeep takes."""
        try:
            return write_typed(self._input.body, values)
        except Malformed as error:
            raise Malformed((complaints(self._asked, values) if self._asked else []) or error.problems) from None

    def read(self, found: etree._Element) -> dict[str, Any]:
        """Read the element of an answer. Raises `Malformed` when it is not as the WSDL says."""
        if self._output is None or (self._is_document and found.tag != self._output.qname.text):
            raise Malformed([Problem(path=etree.QName(found).localname, rule="not the answer that the WSDL describes")])
        if self._reader is not None:
            try:
                return self._reader.read(found)
            except Strange:
                pass
        return read_typed(self._output, found, self._schema)


def _shape(element: Element | None) -> Compound | None:
    """The shape of an element; None for one that only zeep can read and write."""
    try:
        return shape_of(element) if element is not None else None
    except Unsupported:
        return None
