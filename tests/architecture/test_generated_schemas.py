"""The generated files of `schemas/` say what the types say now."""

from __future__ import annotations

import pytest

from gateway.schema.publication import publication
from gateway.web.soap.wsdl import publication as soap_publication
from schemas import read_schema

FILES = publication(read_schema("README.md")) | soap_publication()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_generated_file_is_fresh(name: str) -> None:
    assert read_schema(name) == FILES[name], "stale: run scripts/generate"
