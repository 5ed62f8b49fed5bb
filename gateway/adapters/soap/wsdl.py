"""A WSDL with all that it imports, loaded by zeep from the files of one folder and from nowhere else.

Importing zeep takes a while, and so does loading: both happen in a thread, when a service is called for the first time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlparse

import zeep.exceptions
from lxml import etree
from zeep.settings import Settings
from zeep.transports import Transport
from zeep.wsdl import Document
from zeep.wsdl.bindings.soap import Soap11Binding, Soap12Binding

from gateway.adapters.soap.operation import Operation
from gateway.adapters.soap.typed import watch_translations
from gateway.domain.errors import NeedsPerson
from gateway.soap import SOAP_11, SOAP_12

if TYPE_CHECKING:
    from pathlib import Path

    from zeep.wsdl.definitions import Port

__all__ = ["Wsdl", "load_wsdl"]

#: What zeep and lxml raise over a WSDL that is broken, or says what zeep does not know.
FOREIGN = (
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    etree.LxmlError,
    zeep.exceptions.Error,
)
VERSIONS = {Soap11Binding: SOAP_11, Soap12Binding: SOAP_12}


class Wsdl:
    """The operations of a WSDL, by its ports."""

    def __init__(self, name: str, document: Document) -> None:
        """Keep what was loaded."""
        self._name = name
        self._document = document
        self._ports = {
            port.name: self._operations(port)
            for service in document.services.values()
            for port in service.ports.values()
            if type(port.binding) in VERSIONS
        }

    def operation(self, name: str, port: str) -> Operation:
        """Find an operation, at a port or, for no name, at the first one. Raises `NeedsPerson` when there is none."""
        ports = self._ports
        found = ports.get(port) if port else next(iter(ports.values()), None)
        if found is None:
            raise NeedsPerson(
                f"{self._name} has no SOAP port {port or 'at all'}; it has: {', '.join(sorted(ports)) or 'none'}", code="wsdl"
            )
        if name not in found:
            raise NeedsPerson(f"{self._name} has no operation {name}; it has: {', '.join(sorted(found))}", code="wsdl")
        return found[name]

    def _operations(self, port: Port) -> dict[str, Operation]:
        """The operations of a port."""
        version = VERSIONS[type(port.binding)]
        return {name: Operation(version, found, self._document.types) for name, found in port.binding.all().items()}


class FileTransport(Transport):  # type: ignore[misc]  # zeep has no types
    """Reads the files below a folder; what lies elsewhere, and everything with a scheme, is refused. Makes no session."""

    def __init__(self, folder: Path) -> None:
        """Know the folder."""
        self._folder = folder.resolve()

    def __del__(self) -> None:
        """Nothing to close."""

    def load(self, url: str) -> bytes:
        """Read a file."""
        path = (self._folder / url).resolve()
        if urlparse(url).scheme or not path.is_relative_to(self._folder):
            raise ValueError("a WSDL imports files of its own folder only")
        return path.read_bytes()

    def get(self, *_: object) -> None:
        """Call nobody."""
        raise NotImplementedError

    post = get


def load_wsdl(name: str, folder: Path) -> Wsdl:
    """Load the WSDL `name` of a folder, whose files may import each other. Raises `NeedsPerson` for one that cannot be used."""
    settings = Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, force_https=False)
    watch_translations()
    try:
        return Wsdl(name, Document(str(folder.resolve() / name), FileTransport(folder), settings=settings))
    except FOREIGN as error:
        raise NeedsPerson(f"the WSDL {name} cannot be loaded: {type(error).__name__}: {error}", code="wsdl") from error
