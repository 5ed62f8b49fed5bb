"""The OpenAPI 3.1 document, made from the table of operations and the types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from gateway import __version__
from gateway.web.problem import ProblemDocument

if TYPE_CHECKING:
    from gateway.web.table import Operation

__all__ = ["openapi"]

ERRORS = {
    "401": "No or an unknown API key",
    "404": "No such thing, or not yours to see",
    "408": "The request did not arrive in time",
    "409": "The lease ran out",
    "413": "Too large",
    "415": "Another media type is wanted",
    "422": "Faulty or refused; every fault is listed",
    "503": "Not now; try again after Retry-After",
}


def openapi(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Describe every operation, with the schema of every type it takes and answers."""
    kinds = {kind for one in operations for kind in (one.takes, *one.answers.values()) if kind not in {None, bytes}} | {ProblemDocument}
    ordered = sorted(kinds, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    named = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lienthong",
            "version": __version__,
            "description": "Dossiers between agencies: complete, in order, once.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": _published(components),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "The API key of your system"}},
        },
    }


def _operation(one: Operation, named: dict[Any, Any]) -> dict[str, Any]:
    """Describe one operation."""
    places = [("path", name, {"type": "string"}) for name in re.findall(r"\{(\w+)\}", one.path)]
    places += [("query", name, schema) for name, schema in one.query.items()]
    places += [("header", name, schema) for name, schema in one.headers.items()]
    described: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{one.method.lower()}{one.path.removeprefix('/v1')}").strip("_"),
        "summary": one.summary,
        "description": one.summary_vi,
        "parameters": [{"in": place, "name": name, "required": place == "path", "schema": schema} for place, name, schema in places],
        "responses": {str(status): _answer(kind, named) for status, kind in one.answers.items()},
    }
    problem = {"application/problem+json": {"schema": named[ProblemDocument]}}
    described["responses"] |= {status: {"description": text, "content": problem} for status, text in ERRORS.items()}
    if one.takes is not None:
        described["requestBody"] = {"required": True, "content": _content(one.takes, named)}
    return described


def _answer(kind: type[Any] | None, named: dict[Any, Any]) -> dict[str, Any]:
    """Describe one answer."""
    return {"description": "Done"} if kind is None else {"description": "Done", "content": _content(kind, named)}


def _content(kind: type[Any], named: dict[Any, Any]) -> dict[str, Any]:
    """Describe a body."""
    if kind is bytes:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": named[kind]}}


def _published(value: Any) -> Any:
    """Write patterns as ECMA-262 does."""
    if isinstance(value, dict):
        found = {key: _published(one) for key, one in value.items()}
        if isinstance(pattern := found.get("pattern"), str):
            found["pattern"] = pattern.removesuffix(r"\Z") + "$" if pattern.endswith(r"\Z") else pattern
        return found
    return [_published(one) for one in value] if isinstance(value, list) else value
