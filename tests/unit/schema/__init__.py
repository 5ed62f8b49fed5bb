"""Tests of the generated schemas and of the XML form."""
