"""Writes the first form of a new connector: folder, mapping table and test, which pass the connector contract as they stand."""

from __future__ import annotations

import re
from keyword import iskeyword
from pathlib import Path

import jinja2

from gateway.domain.errors import Malformed, Problem, Refused

__all__ = ["create_connector"]

TEMPLATE = Path(__file__).parent / "templates" / "connector"
NAME = re.compile(r"[a-z][a-z0-9]{1,29}(_[a-z0-9]{1,29}){0,3}\Z")
SUFFIX = ".jinja"


def create_connector(name: str, folder: Path) -> list[Path]:
    """Write a connector called `name` below `folder`, the root of the project; answers the written files, sorted.

    Raises `Malformed` for a name that is no Python module, `Refused` when one of the files is there already; then nothing is written.
    """
    if not NAME.match(name) or iskeyword(name):
        hint = "small letters and digits, such as thue or bao_hiem"
        raise Malformed([Problem(path="name", rule="the name of a connector is the name of its folder", hint=hint)], code="connector_name")
    written = {folder / place: text for place, text in _render(name).items()}
    there = [path for path in written if path.exists()]
    if there:
        raise Refused(f"{there[0]} is there already; nothing was written", code="exists")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sorted(written)


def _render(name: str) -> dict[Path, str]:
    """Fill the templates: each file's place below the root, and its text."""
    words = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE),
        variable_start_string="<<",
        variable_end_string=">>",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - it writes Python and YAML, no page
    )
    title = "".join(part.capitalize() for part in name.split("_"))
    places = [path.relative_to(TEMPLATE) for path in TEMPLATE.rglob(f"*{SUFFIX}")]
    return {
        Path(str(place).replace("NAME", name).removesuffix(SUFFIX)): words.get_template(place.as_posix()).render(name=name, title=title)
        for place in places
    }
