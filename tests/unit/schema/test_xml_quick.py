"""The quick reading of a valid document says what the careful one says, or nothing."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.domain.errors import Malformed
from gateway.domain.transfer import Transfer
from gateway.schema.namespace import NAMESPACE
from gateway.schema.outline import outline
from gateway.schema.xml_form import from_xml, to_xml, values_of
from gateway.schema.xml_quick import quick_values
from schemas import schema_path
from tests.strategies import transfers

VALIDATOR = etree.XMLSchema(etree.parse(schema_path("dossier/1/transfer.xsd")))
RECORD = outline(Transfer)
SAMPLES = sorted(Path(schema_path("dossier/1/transfer.xsd")).parent.rglob("*.xml"))
HEAD = f'<transfer xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><message_id>m</message_id>'
EVENT = "<event><kind>accepted</kind></event>"
IDS = "<identifiers><identifier><value>1</value><scheme>x</scheme></identifier></identifiers>"


@given(transfers())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_what_was_written_is_read_the_same_both_ways(transfer: Transfer) -> None:
    root = etree.fromstring(to_xml(transfer))

    quick = quick_values(RECORD, root)

    assert quick == values_of(RECORD, root)
    assert msgspec.convert(quick, Transfer) == transfer


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_changed_document_that_is_valid_is_read_the_same_or_left_to_care(path: Path, data: st.DataObject) -> None:
    text = path.read_text(encoding="utf-8")
    tags = [found.span() for found in re.finditer(r"<[^>]+>", text)]
    begin, end = data.draw(st.sampled_from(tags))
    piece = data.draw(st.sampled_from(["", "<!-- x -->", "<?x y?>", " ", "text", text[begin:end], "<note>n</note>", "<extension/>"]))
    changed = text[:begin] + piece + (text[begin:end] if data.draw(st.booleans()) else "") + text[end:]
    try:
        root = etree.fromstring(changed.encode())
    except etree.XMLSyntaxError:
        return

    quick = quick_values(RECORD, root) if VALIDATOR.validate(root) else None

    if quick is not None:
        assert msgspec.convert(quick, Transfer) == from_xml(changed.encode())


@pytest.mark.parametrize(
    "rest",
    [
        "<subject>H<!-- two -->S</subject>",
        "<!-- one --><subject>HS</subject>",
        "<subjects>HS</subjects>",
        '<extensions><extension name="a">1</extension><extension name="a">2</extension></extensions>',
        '<extensions><extension name="a">{</extension></extensions>',
        "<components><paper/></components>",
        "<components><component><quantity>two</quantity></component></components>",
    ],
)
def test_what_is_unusual_is_left_to_the_careful_reading(rest: str) -> None:
    root = etree.fromstring(f"{HEAD}{EVENT}<dossier>{IDS}{rest}</dossier></transfer>")

    assert quick_values(RECORD, root) is None


def test_a_name_that_stands_twice_is_not_valid_so_the_quick_reading_of_it_does_not_count() -> None:
    twice = f"{HEAD}{EVENT}{EVENT}<dossier>{IDS}</dossier></transfer>"

    assert not VALIDATOR.validate(etree.fromstring(twice))
    with pytest.raises(Malformed):
        from_xml(twice.encode())
