"""The published form of the canonical types: JSON Schema, XSD, XML and the reference, all made from one outline."""
