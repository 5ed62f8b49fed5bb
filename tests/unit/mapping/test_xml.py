"""XML is read and written by the same tables, and hostile XML is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from gateway.domain.errors import Malformed
from gateway.mapping import compile_table, load_table
from gateway.xml import parse_xml

if TYPE_CHECKING:
    from gateway.mapping.tree import Tree

TABLE = load_table(Path(__file__).parent / "tables" / "van-ban.yaml")
NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
DOCUMENT = (
    f'<edXML:edXML xmlns:edXML="{NAMESPACE}"><edXML:Header><edXML:MessageHeader>'
    '<edXML:From><edXML:OrganId>A</edXML:OrganId><edXML:Extra a="1">x</edXML:Extra></edXML:From>'
    '<edXML:To kind="main"><edXML:OrganId>B</edXML:OrganId></edXML:To><edXML:To><edXML:OrganId>C</edXML:OrganId></edXML:To>'
    '<edXML:DocumentId version="3">id</edXML:DocumentId>'
    "<edXML:PromulgationDate>2020/10/30</edXML:PromulgationDate><edXML:Urgent>true</edXML:Urgent>"
    "<edXML:ToPlaces><edXML:Place>p</edXML:Place></edXML:ToPlaces>"
    '<edXML:Name lang="vi">T</edXML:Name></edXML:MessageHeader></edXML:Header><Signature id=""/></edXML:edXML>'
)
CANONICAL: Tree = {
    "document": {
        "sender": {"code": "A"},
        "recipients": [{"code": "B", "kind": "main"}, {"code": "C"}],
        "id": "id",
        "version": 3,
        "signed_on": "2020-10-30",
        "urgent": True,
        "places": ["p"],
        "title": "T",
    },
    "signature": None,
    "extensions": {"edxml": {"edXML:Header/edXML:MessageHeader/edXML:From/edXML:Extra": {"@a": "1", "#text": "x"}}},
}


def test_elements_attributes_and_namespaces_are_read() -> None:
    assert TABLE.read(DOCUMENT.encode()) == CANONICAL


def test_what_was_read_is_written_the_same_in_order() -> None:
    assert TABLE.write_bytes(CANONICAL).decode() == DOCUMENT


def test_another_prefix_for_the_same_namespace_is_read_alike() -> None:
    assert TABLE.read(DOCUMENT.replace("edXML:", "q:").replace("xmlns:edXML", "xmlns:q").encode()) == CANONICAL


def test_an_element_of_lxml_is_read_and_written() -> None:
    written = TABLE.write(CANONICAL)

    assert isinstance(written, etree._Element)
    assert TABLE.read(written) == CANONICAL


def test_a_default_namespace_is_written_without_prefix() -> None:
    mapping = compile_table(
        "mapping: a/b\nformat: xml\nroot: r\nnamespaces: {default: urn:a}\nunmapped: refuse\n"
        "fields:\n  - {agency: x/y, canonical: a}\n  - {agency: x/@z, canonical: b}\n",
        "b.yaml",
        str,
    )

    data = mapping.write_bytes({"a": "1", "b": "2"})

    assert data == b'<r xmlns="urn:a"><x z="2"><y>1</y></x></r>'
    assert mapping.read(data) == {"a": "1", "b": "2"}


def test_null_and_empty_lists_are_written_and_read() -> None:
    canonical: Tree = {"document": {"sender": {"code": "A"}, "id": None, "places": []}}

    assert TABLE.read(TABLE.write_bytes(canonical)) == canonical


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "xml"),
        (b"<a>", "xml"),
        (b"<a/>", "root"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "doctype"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "doctype"),
        (b"<a>" * 5000 + b"</a>" * 5000, "xml"),
        (b"{}", "xml"),
    ],
)
def test_hostile_xml_is_malformed(data: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        TABLE.read(data)

    assert [problem.rule for problem in caught.value.problems] == [rule]


def test_an_external_entity_is_never_opened() -> None:
    with pytest.raises(Malformed):
        parse_xml(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')


def test_every_fault_is_named_by_the_path_of_the_table() -> None:
    data = DOCUMENT.replace("<edXML:OrganId>C</edXML:OrganId>", "").replace("2020/10/30", "2014/02/30").replace('"3"', '"x"')

    with pytest.raises(Malformed) as caught:
        TABLE.read(data.encode())

    base = "edXML:Header/edXML:MessageHeader/"
    assert {(problem.path, problem.rule) for problem in caught.value.problems} == {
        (f"{base}edXML:To[1]/edXML:OrganId", "required"),
        (f"{base}edXML:DocumentId/@version", "number"),
        (f"{base}edXML:PromulgationDate", "date"),
    }


@pytest.mark.parametrize(
    "extra",
    [{"a\0b": "x"}, {"<x>": "y"}, {"x": "\0"}, {"@x": {"a": 1}}, {"edXML:Header[3]/1x": "1"}],
)
def test_what_xml_cannot_carry_is_malformed(extra: Tree) -> None:
    with pytest.raises(Malformed):
        TABLE.write({"document": {"sender": {"code": "A"}}, "extensions": {"edxml": extra}})
