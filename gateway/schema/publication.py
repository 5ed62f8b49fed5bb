"""Every file of `schemas/` that is generated from the types, as text."""

from __future__ import annotations

import json

from gateway.domain.receipt import Receipt
from gateway.domain.transfer import Transfer
from gateway.schema.json_schema import json_schema
from gateway.schema.namespace import NAMESPACE
from gateway.schema.outline import outline
from gateway.schema.reference import with_reference
from gateway.schema.xsd import xsd

__all__ = ["publication"]


def publication(readme: str) -> dict[str, str]:
    """Name every generated file below `schemas/` with its content; `readme` is the page that holds the reference now."""
    kinds = (Transfer, Receipt)
    files = {"README.md": with_reference(readme, [outline(kind) for kind in kinds])}
    for kind in kinds:
        name = kind.__name__.lower()
        schema = json_schema(kind, urn=f"{NAMESPACE}:{name}")
        files[f"dossier/1/{name}.schema.json"] = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        files[f"dossier/1/{name}.xsd"] = xsd(outline(kind), namespace=NAMESPACE).decode()
    return files
