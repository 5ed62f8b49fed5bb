"""The OpenAPI document says what the doors do, in both languages, and its file is fresh."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from gateway.domain.transfer import Transfer
from gateway.schema.json_schema import json_schema
from gateway.web.application import build
from gateway.web.meaning import MEANINGS
from gateway.web.openapi import openapi
from gateway.web.table import OPERATIONS
from schemas import read_schema

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.web.doors import Doors

DOCUMENT = openapi()
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"]


@pytest.fixture
async def doors(tmp_path: Path) -> Doors:
    from gateway.app import open_gateway  # noqa: PLC0415 - only this fixture opens a gateway
    from gateway.settings.site import Site  # noqa: PLC0415 - likewise
    from gateway.web.serve import doors_of  # noqa: PLC0415 - likewise

    async with open_gateway(Site(name="thu", data=str(tmp_path))) as gateway:
        return doors_of(gateway)


async def test_what_is_described_is_what_is_routed(doors: Doors) -> None:
    routes = build(doors).router.routes()
    routed = {(route.method, route.resource.canonical) for route in routes if route.resource is not None}

    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}

    api = {(method, path) for method, path in routed if path.startswith("/v1/") and path not in {"/v1/docs", "/v1/openapi.json"}}
    assert api - {("HEAD", path) for method, path in described if method == "GET"} == described - {("HEAD", "/v1/attachments/{sha256}")}
    assert len(described) == len(OPERATIONS)


def test_the_file_is_fresh() -> None:
    assert read_schema("openapi.json") == json.dumps(DOCUMENT, ensure_ascii=False, indent=2) + "\n", "stale: run scripts/generate"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_field_is_explained_in_both_languages(name: str) -> None:
    silent = [
        field
        for field, rule in SCHEMAS[name].get("properties", {}).items()
        if not (rule.get("description", "").strip() and rule.get("description:vi", "").strip())
    ]

    assert not silent


def test_no_meaning_is_given_to_a_field_that_is_not_there() -> None:
    stale = {(name, field) for name, fields in MEANINGS.items() for field in fields if field not in SCHEMAS[name]["properties"]}

    assert not stale


def test_a_transfer_is_described_as_in_its_own_schema() -> None:
    own = json.loads(json.dumps(json_schema(Transfer, urn="urn:x")["$defs"]["Transfer"]))

    described = json.loads(json.dumps(SCHEMAS["Transfer"]).replace("#/components/schemas/", "#/$defs/"))

    assert described == own


def test_every_operation_says_its_errors_as_problems() -> None:
    for methods in DOCUMENT["paths"].values():
        for method, one in methods.items():
            errors = {status: answer for status, answer in one["responses"].items() if status >= "400"}
            assert {"401", "503"} <= errors.keys()
            if method != "head":
                assert all(list(answer["content"]) == ["application/problem+json"] for answer in errors.values())


def test_every_reference_leads_somewhere() -> None:
    text = msgspec.json.encode(DOCUMENT).decode()

    named = {piece.partition('"')[0] for piece in text.split("#/components/schemas/")[1:]}

    assert named <= SCHEMAS.keys()
