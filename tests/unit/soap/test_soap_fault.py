"""A fault is one value with two renderings, and both are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.soap import SOAP_11, SOAP_12, FaultCode, SoapFault, SoapVersion, fault_element, read_fault
from gateway.soap.version import VERSIONS

SUBCODES = st.lists(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True), max_size=4).map(tuple)


@given(st.sampled_from(VERSIONS), st.sampled_from([FaultCode.SENDER, FaultCode.RECEIVER]), SUBCODES)
def test_a_fault_is_read_as_it_was_written(version: SoapVersion, code: FaultCode, subcodes: tuple[str, ...]) -> None:
    evidence = etree.Element("{urn:x}problems")
    fault = SoapFault(code=code, subcodes=subcodes, text="Hồ sơ sai", language="vi", actor="urn:vn:lienthong", detail=(evidence,))

    found = read_fault(etree.fromstring(etree.tostring(fault_element(version, fault))))

    assert found is not None
    assert (found.code, found.subcodes, found.text, found.language, found.actor) == (code, subcodes, "Hồ sơ sai", "vi", "urn:vn:lienthong")
    assert [one.tag for one in found.detail] == ["{urn:x}problems"]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
@pytest.mark.parametrize("code", [FaultCode.MUST_UNDERSTAND, FaultCode.VERSION_MISMATCH])
def test_the_codes_of_the_envelope_are_the_same_in_both_versions(version: SoapVersion, code: FaultCode) -> None:
    found = read_fault(fault_element(version, SoapFault(code=code, text="no")))

    assert found is not None
    assert found.code is code


def test_version_1_1_writes_dots() -> None:
    element = fault_element(SOAP_11, SoapFault(code=FaultCode.SENDER, subcodes=("Malformed", "Charset"), text="no"))

    assert element.findtext("faultcode") == "soap:Client.Malformed.Charset"
    assert [child.tag for child in element] == ["faultcode", "faultstring"]


def test_version_1_2_writes_subcodes_within_each_other() -> None:
    element = fault_element(SOAP_12, SoapFault(code=FaultCode.SENDER, subcodes=("Malformed", "Charset"), text="no"))

    values = [value.text for value in element.iter(SOAP_12.name("Value"))]
    assert values == ["soap:Sender", "code:Malformed", "code:Charset"]
    assert element.findtext(f"{SOAP_12.name('Reason')}/{SOAP_12.name('Text')}") == "no"


def test_an_x_road_fault_is_read() -> None:
    found = read_fault(
        etree.fromstring(
            '<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>Server.ClientProxy.ServiceFailed.MissingBody</faultcode>'
            "<faultstring>no body</faultstring><faultactor/><detail><faultDetail>4f1c</faultDetail></detail></s:Fault>"
        )
    )

    assert found is not None
    assert found.dotted == "Server.ClientProxy.ServiceFailed.MissingBody"
    assert found.detail[0].text == "4f1c"


def test_a_strange_code_is_kept_as_a_fault_of_the_receiver() -> None:
    found = read_fault(
        etree.fromstring(
            '<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="urn:a"><faultcode>a:E42</faultcode></s:Fault>'
        )
    )

    assert found is not None
    assert (found.code, found.subcodes, found.text) == (FaultCode.RECEIVER, ("E42",), "")


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
def test_an_empty_fault_is_a_fault_and_other_elements_are_none(version: SoapVersion) -> None:
    found = read_fault(etree.Element(version.name("Fault")))

    assert found is not None
    assert found.code is FaultCode.RECEIVER
    assert read_fault(etree.Element("answer")) is None
    assert read_fault(None) is None
