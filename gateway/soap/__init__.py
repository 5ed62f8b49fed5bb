"""SOAP as values: envelopes, faults and attachments, read from bytes and written to bytes; touches nothing else."""

from __future__ import annotations

from gateway.soap.calling import NIL, Enclose, FaultMeaning, FaultRules, Soap, SoapAnswer, SoapService
from gateway.soap.contents import with_contents
from gateway.soap.envelope import (
    Envelope,
    HeaderBlock,
    envelope_around,
    read_envelope,
    require_understood,
    soap_element,
    write_envelope,
)
from gateway.soap.fault import FaultCode, SoapFault, fault_element, read_fault
from gateway.soap.scrub import scrub
from gateway.soap.version import SOAP_11, SOAP_12, SoapVersion, version_of
from gateway.soap.xop import XOP, cid_of, include_element, includes, mtom_writer, soap_media_type, swa_writer

__all__ = [
    "NIL",
    "SOAP_11",
    "SOAP_12",
    "XOP",
    "Enclose",
    "Envelope",
    "FaultCode",
    "FaultMeaning",
    "FaultRules",
    "HeaderBlock",
    "Soap",
    "SoapAnswer",
    "SoapFault",
    "SoapService",
    "SoapVersion",
    "cid_of",
    "envelope_around",
    "fault_element",
    "include_element",
    "includes",
    "mtom_writer",
    "read_envelope",
    "read_fault",
    "require_understood",
    "scrub",
    "soap_element",
    "soap_media_type",
    "swa_writer",
    "version_of",
    "with_contents",
    "write_envelope",
]
