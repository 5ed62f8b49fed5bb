"""The names of the canonical XML form."""

from __future__ import annotations

__all__ = ["NAMESPACE", "NIL", "XSI"]

NAMESPACE = "urn:vn:lienthong:dossier:1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
