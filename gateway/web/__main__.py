"""Write `schemas/openapi.json` again: `python -m gateway.web`."""

from __future__ import annotations

import json

from gateway.web.openapi import openapi
from schemas import schema_path

if __name__ == "__main__":
    text = json.dumps(openapi(), ensure_ascii=False, indent=2) + "\n"
    schema_path("openapi.json").write_text(text, encoding="utf-8")
