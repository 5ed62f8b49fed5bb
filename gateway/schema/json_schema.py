"""The JSON Schema (2020-12) of a canonical type."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.schema.outline import MOMENT, outline

__all__ = ["json_schema", "published"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: type[msgspec.Struct], *, urn: str) -> dict[str, Any]:
    """Describe a canonical type for JSON; `urn` becomes its `$id`.

    Patterns are written for ECMA-262 (`$` for the end), instants by pattern as well as by format, since validators may ignore formats.
    """
    outline(kind)  # what the other forms cannot say is refused here too
    described = published(msgspec.json.schema(kind))
    return {"$schema": DIALECT, "$id": urn, **described}


def published(value: Any) -> Any:
    """Bring every pattern, instant and description of a schema into its published form."""
    if isinstance(value, list):
        return [published(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: published(one) for key, one in value.items()}
    if isinstance(pattern := found.get("pattern"), str):
        found["pattern"] = pattern.removesuffix(r"\Z") + "$"
    if found.get("format") == "date-time":
        found["pattern"] = f"^{MOMENT}$"
    if isinstance(text := found.get("description"), str):
        found["description"] = " ".join(text.split())
    return found
