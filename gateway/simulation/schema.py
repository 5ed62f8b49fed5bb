"""The schema of the messages of a WSDL, cut out of it: what a simulator validates with."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lxml import etree

__all__ = ["messages_of"]

XS = "{http://www.w3.org/2001/XMLSchema}"
REFERENCES = (f"{XS}import", f"{XS}include", f"{XS}redefine")


def messages_of(wsdl: Path) -> etree.XMLSchema:
    """Compile every schema that stands in the types of a WSDL, with the files that they import."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    schemas = [*etree.parse(str(wsdl), parser).getroot().iterfind(f".//{XS}schema")]
    places = {schema.get("targetNamespace", ""): f"{number}.xsd" for number, schema in enumerate(schemas)}
    whole = etree.Element(f"{XS}schema")
    with tempfile.TemporaryDirectory() as folder:
        for schema in schemas:
            _place_references(schema, places, wsdl.parent.resolve())
            namespace = schema.get("targetNamespace", "")
            place = places[namespace]
            (Path(folder) / place).write_bytes(etree.tostring(schema))
            etree.SubElement(whole, f"{XS}import", {"schemaLocation": place} | ({"namespace": namespace} if namespace else {}))
        (Path(folder) / "all.xsd").write_bytes(etree.tostring(whole))
        return etree.XMLSchema(etree.parse(str(Path(folder) / "all.xsd"), parser))


def _place_references(schema: etree._Element, places: dict[str, str], folder: Path) -> None:
    """Say where what a schema refers to lies: a file beside the WSDL, or another schema inside it."""
    for reference in schema.iter(*REFERENCES):
        place = reference.get("schemaLocation")
        if place:
            reference.set("schemaLocation", (folder / place).as_uri())
        elif reference.get("namespace", "") in places:
            reference.set("schemaLocation", places[reference.get("namespace", "")])
