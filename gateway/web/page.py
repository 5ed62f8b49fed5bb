"""The readable pages: the start page and the reference of the API, each in one file that needs nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
import msgspec
from aiohttp import web

from gateway.web.openapi import openapi

__all__ = ["add_pages", "reference_page", "start_page"]

SECURITY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "max-age=300"}


def add_pages(app: web.Application) -> None:
    """Serve the description of the API for machines and for people."""
    document = openapi()
    described = msgspec.json.encode(document)
    start, reference = start_page(document), reference_page(document)

    async def for_machines(_: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json")

    async def for_people(_: web.Request) -> web.Response:
        return web.Response(text=reference, content_type="text/html", headers=SECURITY)

    async def for_visitors(_: web.Request) -> web.Response:
        return web.Response(text=start, content_type="text/html", headers=SECURITY)

    app.router.add_get("/v1/openapi.json", for_machines)
    app.router.add_get("/v1/docs", for_people)
    app.router.add_get("/", for_visitors)


def reference_page(document: dict[str, Any]) -> str:
    """Render the OpenAPI document for people."""
    return _templates().get_template("reference.html").render(document=document, form=_form)


def start_page(document: dict[str, Any]) -> str:
    """Render the page that a visitor finds first."""
    return _templates().get_template("start.html").render(document=document)


def _form(rule: dict[str, Any]) -> dict[str, str]:
    """Say in a few words what a field holds, and the type to look at for more."""
    if "$ref" in rule:
        name = rule["$ref"].rpartition("/")[2]
        return {"text": name, "to": name}
    if "anyOf" in rule:
        forms = [_form(one) for one in rule["anyOf"]]
        return {"text": " or ".join(one["text"] for one in forms), "to": next((one["to"] for one in forms if one["to"]), "")}
    if rule.get("type") == "array":
        inner = _form(rule["items"]) if isinstance(rule.get("items"), dict) else {"text": "anything", "to": ""}
        return {"text": f"list of {inner['text']}", "to": inner["to"]}
    if "enum" in rule:
        return {"text": ", ".join(map(str, rule["enum"])), "to": ""}
    limits = {"maxLength": "at most {} characters", "minimum": "from {}", "maximum": "to {}", "format": "{}"}
    said = [words.format(rule[name]) for name, words in limits.items() if name in rule]
    kind = rule.get("type", "any value")
    return {"text": ", ".join([kind, *said]), "to": ""}


@cache
def _templates() -> jinja2.Environment:
    """Open the templates, once."""
    loader = jinja2.PackageLoader("gateway.web", "templates")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
