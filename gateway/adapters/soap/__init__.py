"""The way to agencies' SOAP services: typed by zeep from WSDL files, carried by the gateway's own HTTP."""

from __future__ import annotations

from gateway.adapters.soap.client import ZeepSoap

__all__ = ["ZeepSoap"]
