"""The OpenAPI 3.1 document, made from the table of operations and the types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from gateway import __version__
from gateway.schema.json_schema import published
from gateway.web.meaning import explain
from gateway.web.problem import ProblemDocument
from gateway.web.table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.web.table import Operation

__all__ = ["openapi"]

DESCRIPTION = """Dossiers between agencies: complete, in order, once.

Send the API key of your system as `Authorization: Bearer …`. Send a transfer as often as you like under the same `message_id`: it is
accepted once, and every repetition is answered with the first receipt; other content under the same id is refused. A name may stand once
in an object, texts hold no control characters but tab and line ends, and a document has at most 50 000 values. Errors are
`application/problem+json` and list every fault with its path, up to a hundred."""

#: Ends the name of a type whose key the header may give.
BY_KEY = "ByKey"
ALWAYS = frozenset({401, 500, 503})
ERRORS = {
    400: "Not JSON, or the body breaks the rules of HTTP",
    401: "No API key, or an unknown one",
    404: "No such thing, or not yours to see",
    408: "The request did not arrive in time",
    409: "The lease ran out",
    413: "Too large",
    415: "Another media type is wanted",
    422: "Faulty, with every fault listed; or refused by a rule",
    500: "A defect of the gateway; its operator finds it by the id",
    503: "Not now; try again after Retry-After",
}
ID = {"type": "string", "minLength": 1, "maxLength": 200}
#: What stands in paths and headers: schema, meaning in English and in Vietnamese.
PLACES: dict[str, tuple[dict[str, Any], str, str]] = {
    "Idempotency-Key": ({"type": "string", "pattern": "^[!-~]{1,200}$"}, "The message id, when the body names none", "Thay cho message_id"),
    "delivery_id": (ID, "The gateway's id of the delivery", "Mã lượt chuyển"),
    "identifier": ({"type": "string", "minLength": 1, "maxLength": 100}, "Any id of the dossier, URL-encoded", "Mã hồ sơ bất kỳ"),
    "sha256": ({"type": "string", "pattern": "^[0-9a-f]{64}$"}, "SHA-256 of the content, hexadecimal", "Mã băm SHA-256 của tệp"),
    "transfer_id": (ID, "The gateway's id of the transfer", "Mã lượt gửi"),
}


def openapi(operations: tuple[Operation, ...] = OPERATIONS) -> dict[str, Any]:
    """Describe every operation, with the schema of every type it takes and answers."""
    kinds = {kind for one in operations for kind in (one.takes, *one.answers.values()) if kind not in {None, bytes}} | {ProblemDocument}
    schemas = _components(kinds)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lienthong",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}, {"header": []}],
        "paths": paths,
        "components": {
            "schemas": explain(schemas | _by_key(schemas, operations)),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "The API key of your system"},
                "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same, where Authorization is taken"},
            },
        },
    }


def _components(kinds: Iterable[type[Any]]) -> dict[str, Any]:
    """Describe the types, and all that they hold, by name."""
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    return {name: published(components[name]) for name in sorted(components)}


def _operation(one: Operation) -> dict[str, Any]:
    """Describe one operation."""
    described: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{one.method.lower()}{one.path.removeprefix('/v1')}").strip("_"),
        "summary": one.summary,
        "description": one.summary_vi,
        "parameters": _parameters(one),
    }
    if one.takes is not None:
        described["requestBody"] = {"required": True, "content": _content(one.takes, keyed=one.keyed is not None)}
    answers = {str(status): {"description": "Done", **_held(kind)} for status, kind in one.answers.items()}
    problem = {"application/problem+json": {"schema": _reference(ProblemDocument)}}
    content = {} if one.method == "HEAD" else {"content": problem}
    errors = {str(status): {"description": ERRORS[status], **content} for status in sorted(one.errors | ALWAYS)}
    described["responses"] = answers | errors
    return described


def _parameters(one: Operation) -> list[dict[str, Any]]:
    """Describe what stands in the path, the query and the headers."""
    found = [_place("path", name) for name in re.findall(r"\{(\w+)\}", one.path)]
    if one.query is not None:
        described = published(msgspec.json.schema_components([one.query], ref_template="#/components/schemas/{name}")[1])
        for name, schema in described[one.query.__name__]["properties"].items():
            found.append({"in": "query", "name": name, "required": False, "description": schema.pop("description"), "schema": schema})
    return [*found, _place("header", "Idempotency-Key")] if one.keyed else found


def _place(where: str, name: str) -> dict[str, Any]:
    """Describe what stands in the path or in a header."""
    schema, english, vietnamese = PLACES[name]
    return {
        "in": where,
        "name": name,
        "required": where == "path",
        "description": english,
        "schema": {**schema, "description:vi": vietnamese},
    }


def _held(kind: type[Any] | None) -> dict[str, Any]:
    """Describe what an answer holds."""
    return {} if kind is None else {"content": _content(kind)}


def _content(kind: type[Any], *, keyed: bool = False) -> dict[str, Any]:
    """Describe a body."""
    if kind is bytes:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    either = {"anyOf": [_reference(kind), _reference(kind, BY_KEY)]}
    return {"application/json": {"schema": either if keyed else _reference(kind)}}


def _reference(kind: type[Any], ending: str = "") -> dict[str, str]:
    """Point to the description of a type."""
    return {"$ref": f"#/components/schemas/{kind.__name__}{ending}"}


def _by_key(schemas: dict[str, Any], operations: Iterable[Operation]) -> dict[str, Any]:
    """Describe each keyed type once more, as it may come where the header gives its key."""
    found = {}
    for one in operations:
        if one.keyed and one.takes:
            schema = schemas[one.takes.__name__]
            needed = [field for field in schema["required"] if field != one.keyed]
            words = f"A {one.takes.__name__} whose `{one.keyed}` is given by the header Idempotency-Key"
            found[one.takes.__name__ + BY_KEY] = {**schema, "required": needed, "description": words}
    return found
