"""The readable pages: the start page and the reference of the API."""

from __future__ import annotations

from typing import Any

import jinja2

__all__ = ["reference_page"]

_environment = jinja2.Environment(
    loader=jinja2.PackageLoader("gateway.web", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def reference_page(document: dict[str, Any]) -> str:
    """Render the OpenAPI document for people, in one page that needs nothing else."""
    return _environment.get_template("reference.html").render(document=document, name=lambda ref: str(ref).rpartition("/")[2])
