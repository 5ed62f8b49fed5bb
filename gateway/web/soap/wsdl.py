"""The WSDL 1.1 of the door and the schema of its messages, made from the table of operations and the types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from gateway.schema.xsd import schema_element
from gateway.web.soap.message import NAMESPACE, Fault, described
from gateway.web.soap.table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import msgspec

__all__ = ["BINDINGS", "FILES", "WSDL", "XS", "publication", "schema", "wsdl"]

WSDL = "http://schemas.xmlsoap.org/wsdl/"
BINDINGS = {"Soap11": "http://schemas.xmlsoap.org/wsdl/soap/", "Soap12": "http://schemas.xmlsoap.org/wsdl/soap12/"}
TRANSPORT = "http://schemas.xmlsoap.org/soap/http"
XS = "http://www.w3.org/2001/XMLSchema"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Where the files lie below `schemas/`; a served copy names them by the address it was asked at.
FILES = {"messages.xsd": "messages.xsd", "transfer.xsd": "../../dossier/1/transfer.xsd"}
#: Says in the file what a running gateway replaces by its own address.
NOWHERE = "http://localhost:8080/soap/v1"


def publication() -> dict[str, str]:
    """Name the generated files below `schemas/` with their content."""
    return {"soap/1/lienthong.wsdl": wsdl(NOWHERE, FILES).decode(), "soap/1/messages.xsd": schema(FILES).decode()}


def schema(places: Mapping[str, str]) -> bytes:
    """Write the schema of every message; `places` says where the other schema lies."""
    kinds: list[type[msgspec.Struct]] = [Fault]
    for one in OPERATIONS:
        kinds += (one.takes, one.answers)
    elements = {kind.__name__: described(kind) for kind in kinds}
    return _written(schema_element(elements, namespace=NAMESPACE, canonical_at=places["transfer.xsd"]))


def wsdl(address: str, places: Mapping[str, str]) -> bytes:
    """Write the WSDL of the service at an address; `places` says where the schemas lie."""
    names: dict[str | None, str] = {None: WSDL, "tns": NAMESPACE, "xs": XS} | {key.lower(): uri for key, uri in BINDINGS.items()}
    root = etree.Element(f"{{{WSDL}}}definitions", nsmap=names)  # type: ignore[arg-type]  # the stubs forget the default namespace
    root.set("name", "Lienthong")
    root.set("targetNamespace", NAMESPACE)
    types = etree.SubElement(_add(root, "types"), f"{{{XS}}}schema", {"targetNamespace": f"{NAMESPACE}:wsdl"})
    etree.SubElement(types, f"{{{XS}}}import", {"namespace": NAMESPACE, "schemaLocation": places["messages.xsd"]})
    for one in OPERATIONS:
        _add_message(root, one.name, "parameters", one.name)
        _add_message(root, one.answers.__name__, "parameters", one.answers.__name__)
    _add_message(root, "Fault", "fault", "Fault")
    _add_port_type(root)
    for name, uri in BINDINGS.items():
        _add_binding(root, name, uri)
    service = _add(root, "service", name="Lienthong")
    for name, uri in BINDINGS.items():
        port = _add(service, "port", name=f"Lienthong{name}", binding=f"tns:Lienthong{name}")
        etree.SubElement(port, f"{{{uri}}}address", {"location": address})
    return _written(root)


def _add_message(root: etree._Element, name: str, part: str, element: str) -> None:
    """Declare a message of one part."""
    _add(_add(root, "message", name=name), "part", name=part, element=f"tns:{element}")


def _add_port_type(root: etree._Element) -> None:
    """Declare what can be asked."""
    port_type = _add(root, "portType", name="Lienthong")
    for one in OPERATIONS:
        operation = _add(port_type, "operation", name=one.name)
        documentation = _add(operation, "documentation")
        documentation.text = f"{one.summary} | {one.summary_vi}"
        _add(operation, "input", message=f"tns:{one.name}")
        _add(operation, "output", message=f"tns:{one.answers.__name__}")
        _add(operation, "fault", name="Fault", message="tns:Fault")


def _add_binding(root: etree._Element, name: str, uri: str) -> None:
    """Declare how it is asked in one version of SOAP: document/literal, wrapped."""
    binding = _add(root, "binding", name=f"Lienthong{name}", type="tns:Lienthong")
    etree.SubElement(binding, f"{{{uri}}}binding", {"style": "document", "transport": TRANSPORT})
    for one in OPERATIONS:
        operation = _add(binding, "operation", name=one.name)
        etree.SubElement(operation, f"{{{uri}}}operation", {"soapAction": one.action, "style": "document"})
        for way in ("input", "output"):
            etree.SubElement(_add(operation, way), f"{{{uri}}}body", {"use": "literal"})
        etree.SubElement(_add(operation, "fault", name="Fault"), f"{{{uri}}}fault", {"name": "Fault", "use": "literal"})


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    """Put an element of WSDL below another."""
    return etree.SubElement(parent, f"{{{WSDL}}}{tag}", attributes)


def _written(root: etree._Element) -> bytes:
    """A document as it is published."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
