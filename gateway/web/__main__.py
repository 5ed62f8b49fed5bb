"""Write `schemas/openapi.json` and `schemas/soap/` again: `python -m gateway.web`."""

from __future__ import annotations

import json

from gateway.web.openapi import openapi
from gateway.web.soap.wsdl import publication
from schemas import schema_path

if __name__ == "__main__":
    text = json.dumps(openapi(), ensure_ascii=False, indent=2) + "\n"
    schema_path("openapi.json").write_text(text, encoding="utf-8")
    for name, content in publication().items():
        schema_path(name).write_text(content, encoding="utf-8")
