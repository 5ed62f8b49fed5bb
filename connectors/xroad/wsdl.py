"""The WSDL of the service, in one file: a security server hands on no schema that a WSDL only points to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from gateway.sdk import parse_xml
from schemas import read_schema

if TYPE_CHECKING:
    from connectors.xroad.config import Config

__all__ = ["service_wsdl"]

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
VERSION = "{http://x-road.eu/xsd/xroad.xsd}version"
SCHEMAS = ("xroad/identifiers.xsd", "xroad/xroad.xsd", "dossier/1/transfer.xsd", "xroad/lienthong.xsd")
#: The service codes in the files; a site may have others.
SEND, STATUS = "SendTransfer", "GetStatus"
NAMED = ("name", "element", "message", "soapAction")
#: Stands for the schemas until all else is written.
PLACE = "@schemas@"


@lru_cache(maxsize=32)
def service_wsdl(config: Config, address: str) -> bytes:
    """Write the WSDL with the site's service codes and version, at an address."""
    root = parse_xml(read_schema("xroad/lienthong.wsdl").encode())
    types = root.find(f"{WSDL}types")
    if types is None:
        raise ValueError("the WSDL has no types")
    del types[:]
    types.text = PLACE
    codes = {SEND: config.send_service, STATUS: config.status_service}
    for element in root.iter():
        _rename(element, codes)
    for version in [*root.iter(VERSION)]:
        version.text = config.service_version
        parent = version.getparent()
        if not config.service_version and parent is not None:
            parent.remove(version)
    for place in root.iter(f"{SOAP}address"):
        place.set("location", address)
    schemas = b"".join(_schema(name, codes) for name in SCHEMAS)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").replace(PLACE.encode(), schemas)


def _schema(name: str, codes: dict[str, str]) -> bytes:
    """A schema that points at the others by their namespaces only. Put into a tree it would lose the prefixes that its attributes use."""
    schema = parse_xml(read_schema(name).encode())
    for imported in schema.iterfind(f"{XS}import"):
        imported.attrib.pop("schemaLocation", "")
    if name.startswith("xroad/"):
        for element in schema.iterfind(f"{XS}element"):
            _rename(element, codes)
    return etree.tostring(schema)


def _rename(element: etree._Element, codes: dict[str, str]) -> None:
    """Put the site's service codes in the places of those of the file: in names of the WSDL, and of the wrappers."""
    for attribute in NAMED:
        said = element.get(attribute, "")
        prefix, colon, local = said.rpartition(":")
        for code, name in codes.items():
            if local in {code, f"{code}Response"}:
                element.set(attribute, prefix + colon + name + local.removeprefix(code))
