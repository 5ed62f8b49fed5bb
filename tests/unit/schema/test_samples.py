"""The samples: type, JSON Schema and XSD agree on each of them, valid or not."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from lxml import etree

from gateway.domain.errors import Malformed
from gateway.domain.transfer import Transfer, require_complete
from gateway.schema.xml_form import from_xml, to_xml
from schemas import read_schema, schema_path

SAMPLES = schema_path("dossier/1/samples")
VALID = sorted(path.stem for path in SAMPLES.glob("*.json"))
INVALID = sorted(path.stem for path in (SAMPLES / "invalid").glob("*.json"))
FROZEN = sorted(path.stem for path in (SAMPLES / "frozen").glob("*.json"))


@pytest.fixture(scope="module")
def json_validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(read_schema("dossier/1/transfer.schema.json")), validate_formats=True)


@pytest.fixture(scope="module")
def xml_validator() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schema_path("dossier/1/transfer.xsd")))


def read(path: Path) -> Transfer:
    return msgspec.json.decode(path.read_bytes(), type=Transfer)


def test_there_are_samples_of_every_kind() -> None:
    assert {"birth-submission", "status-processing", "supplement-requested", "completed-with-results"} <= set(VALID)
    assert len(INVALID) >= 30
    assert FROZEN


@pytest.mark.parametrize("name", VALID)
def test_a_sample_is_valid_in_every_form(
    name: str, json_validator: jsonschema_rs.Draft202012Validator, xml_validator: etree.XMLSchema
) -> None:
    path = SAMPLES / f"{name}.json"

    require_complete(read(path))
    json_validator.validate(json.loads(path.read_bytes()))
    xml_validator.assertValid(etree.parse(path.with_suffix(".xml")))


@pytest.mark.parametrize("name", VALID)
def test_a_sample_says_the_same_in_json_and_in_xml(name: str) -> None:
    path = SAMPLES / f"{name}.json"

    assert from_xml(path.with_suffix(".xml").read_bytes()) == read(path)


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_sample_is_refused_by_every_check(
    name: str, json_validator: jsonschema_rs.Draft202012Validator, xml_validator: etree.XMLSchema
) -> None:
    path = SAMPLES / "invalid" / f"{name}.json"
    xml = path.with_suffix(".xml")

    with pytest.raises(msgspec.ValidationError):
        read(path)
    assert not json_validator.is_valid(json.loads(path.read_bytes()))
    assert not xml_validator.validate(etree.parse(xml))
    with pytest.raises(Malformed) as caught:
        from_xml(xml.read_bytes())
    assert all(problem.path and problem.rule for problem in caught.value.problems)


def test_the_fullest_sample_uses_every_record() -> None:
    """What no sample shows, no sample checks."""
    text = (SAMPLES / "birth-submission.json").read_text(encoding="utf-8")
    schema = json.loads(read_schema("dossier/1/transfer.schema.json"))
    shown = json.loads(text)["dossier"]

    assert set(schema["$defs"]["Dossier"]["properties"]) == set(shown)


@pytest.mark.parametrize("name", FROZEN)
def test_an_old_document_still_reads_and_is_still_valid(
    name: str, json_validator: jsonschema_rs.Draft202012Validator, xml_validator: etree.XMLSchema
) -> None:
    path = SAMPLES / "frozen" / f"{name}.json"
    xml = path.with_suffix(".xml")

    transfer = read(path)

    assert from_xml(xml.read_bytes()) == transfer
    json_validator.validate(json.loads(path.read_bytes()))
    xml_validator.assertValid(etree.parse(xml))
    assert from_xml(to_xml(transfer)) == transfer
