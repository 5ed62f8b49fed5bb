"""Lienthong: an integration gateway that carries dossiers between government agencies."""

__version__ = "0.1.0"
