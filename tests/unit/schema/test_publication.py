"""What is published: both languages, every rule, nothing a validator would read otherwise."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import msgspec
import pytest
from lxml import etree
from msgspec import Meta

from gateway.domain.receipt import Receipt
from gateway.domain.transfer import Transfer
from gateway.schema.outline import Many, Scalar, outline, records
from gateway.schema.reference import with_reference
from schemas import read_schema, schema_path

XS = "{http://www.w3.org/2001/XMLSchema}"
KINDS = ["transfer", "receipt"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_documents_itself_in_both_languages(kind: str) -> None:
    schema = json.loads(read_schema(f"dossier/1/{kind}.schema.json"))
    for record in schema["$defs"].values():
        for name, field in record.get("properties", {}).items():
            assert field["description"], name
            assert field["description:vi"], name
    tree = etree.parse(schema_path(f"dossier/1/{kind}.xsd"))
    for element in tree.iterfind(f".//{XS}sequence/{XS}element"):
        parent = element.getparent()
        if element.get("maxOccurs") or parent is None:
            continue  # an item of a list is documented by its list
        languages = [
            said.get("{http://www.w3.org/XML/1998/namespace}lang") for said in element.iterfind(f"{XS}annotation/{XS}documentation")
        ]
        assert languages == ["en", "vi"], element.get("name")


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_names_its_dialect_and_itself(kind: str) -> None:
    schema = json.loads(read_schema(f"dossier/1/{kind}.schema.json"))

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:vn:lienthong:dossier:1:{kind}"


def test_patterns_are_written_for_their_readers() -> None:
    published = read_schema("dossier/1/transfer.schema.json")
    patterns = re.findall(r'"pattern": "(.*)"', published)
    facets = re.findall(r'xs:pattern value="(.*)"', read_schema("dossier/1/transfer.xsd"))

    assert patterns
    assert facets
    assert all(pattern.startswith("^") and pattern.endswith("$") and r"\Z" not in pattern for pattern in patterns)
    assert not any(facet.startswith("^") or r"\Z" in facet or "(?" in facet for facet in facets)
    assert not any(r"\\d" in pattern or r"\\w" in pattern for pattern in patterns)


@pytest.mark.parametrize("kind", [Transfer, Receipt])
def test_every_rule_of_a_type_stands_in_its_json_schema(kind: type[msgspec.Struct]) -> None:
    schema = json.loads(read_schema(f"dossier/1/{kind.__name__.lower()}.schema.json"))
    for record in records(outline(kind)):
        published = schema["$defs"][record.name]
        assert set(published["properties"]) == {field.name for field in record.fields}
        assert set(published.get("required", [])) == {field.name for field in record.fields if field.required}
        for field in record.fields:
            told = flat(published["properties"][field.name], schema)
            if isinstance(field.content, Scalar):
                assert rules(field.content) <= told, field.name
                assert ("type", "null") in told or not field.nillable
            if isinstance(field.content, Many) and field.content.most is not None:
                assert ("maxItems", str(field.content.most)) in told


def rules(scalar: Scalar) -> set[tuple[str, str]]:
    wanted = {
        "pattern": f"^{scalar.pattern}$" if scalar.pattern else None,
        "minLength": scalar.min_length,
        "maxLength": scalar.max_length,
        "minimum": scalar.minimum,
    }
    found = {(name, str(value)) for name, value in wanted.items() if value is not None}
    return found | {("enum", value) for value in scalar.values}


def flat(schema: dict[str, Any], root: dict[str, Any]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for key, value in schema.items():
        if key == "$ref":
            found |= flat(root["$defs"][value.rpartition("/")[2]], root)
        elif key == "anyOf":
            for one in value:
                found |= flat(one, root)
        elif key == "enum":
            found |= {("enum", one) for one in value}
        else:
            found.add((key, str(value)))
    return found


def test_a_type_that_the_published_forms_cannot_say_is_refused() -> None:
    class Lax(msgspec.Struct):
        text: Annotated[str, Meta(pattern="^a", description="x", extra_json_schema={"description:vi": "x"})]

    class Strange(msgspec.Struct):
        data: Annotated[float, Meta(description="x", extra_json_schema={"description:vi": "x"})]

    class Nested(msgspec.Struct):
        rows: Annotated[tuple[tuple[int, ...], ...], Meta(description="x", extra_json_schema={"description:vi": "x"})]

    for kind in (Lax, Strange, Nested):
        with pytest.raises(TypeError):
            outline(kind)


def test_a_page_without_its_marks_gets_no_reference() -> None:
    with pytest.raises(ValueError, match="begin"):
        with_reference("nothing", [outline(Receipt)])
