"""Write the generated files of `schemas/` again: `python -m gateway.schema`."""

from __future__ import annotations

from gateway.schema.publication import publication
from schemas import schema_path

if __name__ == "__main__":
    page = schema_path("README.md").read_text(encoding="utf-8")
    for name, text in publication(page).items():
        schema_path(name).write_text(text, encoding="utf-8")
