"""A call under way: what was asked, and what each answer to it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.adapters.soap.answer import Placed
from gateway.adapters.soap.verdict import error_of_fault, error_of_status, no_answer
from gateway.domain.errors import Malformed
from gateway.soap import SoapAnswer, read_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml import etree

    from gateway.adapters.soap.answer import Opened
    from gateway.adapters.soap.operation import Operation
    from gateway.domain.errors import GatewayError
    from gateway.soap import FaultRules, SoapFault

__all__ = ["Asked", "BusinessFault"]

#: Finds the fault in the element of a normal answer.
BusinessFault: TypeAlias = "Callable[[etree._Element], SoapFault | None]"  # noqa: SLF001 - the library has no other name for it


class Asked:
    """What was asked: the operation and the element that was sent, whether asking twice is harmless, what faults mean."""

    def __init__(self, operation: Operation, sent: bytes, *, safe: bool, rules: FaultRules, business_fault: BusinessFault | None) -> None:
        """Keep it."""
        self.operation = operation
        self.safe = safe
        self._sent = sent
        self._rules = rules
        self._business_fault = business_fault

    def no_soap(self, status: int, headers: Mapping[str, str], error: Malformed) -> GatewayError:
        """The error that an answer is which is no SOAP."""
        if status != 200:
            return error_of_status(status, headers, safe=self.safe)
        return no_answer(f"the service answered no SOAP: {error}", code="not_soap", safe=self.safe)

    def answer(self, opened: Opened, status: int, headers: Mapping[str, str]) -> SoapAnswer:
        """Read an answer. Raises what a fault means, and what an answer means that is not as the WSDL describes it."""
        envelope = opened.envelope
        fault = read_fault(envelope.body)
        if fault is not None:
            raise error_of_fault(fault, self._rules, sent=self._sent, safe=self.safe)
        if status >= 300:
            raise error_of_status(status, headers, safe=self.safe)
        if envelope.body is None:
            return SoapAnswer(headers=envelope.headers, contents=opened.contents)
        business = self._business_fault(envelope.body) if self._business_fault else None
        if business is not None:
            raise error_of_fault(business, self._rules, sent=self._sent, safe=self.safe, is_business=True)
        values = self._values(envelope.body, opened)
        return SoapAnswer(element=envelope.body, headers=envelope.headers, values=values, contents=opened.contents)

    def _values(self, element: etree._Element, opened: Opened) -> dict[str, Any]:
        """Read the element of an answer into values."""
        try:
            placed = Placed(element, opened.contents)
            return placed.filled(self.operation.read(placed.element))
        except Malformed as error:
            raise no_answer(f"the answer is not as the WSDL describes it: {error}", code="not_described", safe=self.safe) from None
