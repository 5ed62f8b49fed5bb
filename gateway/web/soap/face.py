"""An agency's own WSDL as a face of the gateway: the files of `schemas/`, naming each other and the service by the address of the request."""

from __future__ import annotations

import posixpath
from functools import cache
from typing import TYPE_CHECKING

from aiohttp import web
from lxml import etree

from gateway.web.soap.wsdl import BINDINGS, WSDL, XS
from gateway.xml import parse_xml
from schemas import schema_path

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["asks_for_face", "face", "files_of"]

ADDRESSES = frozenset(f"{{{uri}}}address" for uri in BINDINGS.values())
#: What may name another file, and by which attribute.
REFERENCES = {f"{{{XS}}}{name}": "schemaLocation" for name in ("import", "include", "redefine")} | {f"{{{WSDL}}}import": "location"}
MOST_FILES = 200


def asks_for_face(request: web.Request) -> bool:
    """Tell whether a request asks for a WSDL, or for a schema of it."""
    return request.method == "GET" and any(name.lower() in {"wsdl", "xsd"} for name in request.query)


def face(request: web.Request, name: str) -> web.Response:
    """Answer the WSDL of this name below `schemas/`, or a file that it names. Answers 404 for any other."""
    files = files_of(name)
    asked = {key.lower(): value for key, value in request.query.items()}
    wanted = asked.get("xsd") or name
    if wanted not in files:
        raise web.HTTPNotFound(reason="the WSDL names no such file")
    address = str(request.url.origin().with_path(request.path))
    root = parse_xml(files[wanted])
    for element in root.iter():
        if element.tag in ADDRESSES:
            element.set("location", address)
        elif element.tag in REFERENCES:
            place = REFERENCES[str(element.tag)]
            named = _below(wanted, element.get(place, ""))
            if named in files:
                element.set(place, f"{address}?xsd={named}")
    return web.Response(body=etree.tostring(root, xml_declaration=True, encoding="UTF-8"), content_type="text/xml", charset="utf-8")


@cache
def files_of(name: str) -> Mapping[str, bytes]:
    """The WSDL and every file that it names, in turn. Raises `FileNotFoundError` for one that is not there."""
    found: dict[str, bytes] = {}
    waiting = [name]
    while waiting and len(found) < MOST_FILES:
        one = waiting.pop()
        if one in found:
            continue
        found[one] = schema_path(one).read_bytes()
        named = [element.get(REFERENCES[str(element.tag)], "") for element in parse_xml(found[one]).iter() if element.tag in REFERENCES]
        waiting += [below for reference in named if (below := _below(one, reference))]
    return found


def _below(name: str, reference: str) -> str:
    """The file below `schemas/` that a file names; empty for an address, and for what lies elsewhere."""
    if not reference or ":" in reference or reference.startswith("/"):
        return ""
    named = posixpath.normpath(posixpath.join(posixpath.dirname(name), reference))
    return "" if named.startswith("..") else named
