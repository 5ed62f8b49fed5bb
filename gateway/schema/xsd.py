"""The XML Schema of canonical types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from gateway.schema.namespace import NAMESPACE
from gateway.schema.outline import MOMENT, Bag, Field, Many, Record, Scalar, records

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["XS", "schema_element", "xsd"]

XS = "http://www.w3.org/2001/XMLSchema"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Prefix of the canonical types in a schema that imports them.
CANONICAL = "dossier"


def xsd(record: Record, *, namespace: str) -> bytes:
    """Describe a record as an XML document: elements in the order of the type, `xsi:nil` for what is known to be empty."""
    root = schema_element({record.name.lower(): record}, namespace=namespace)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def schema_element(elements: Mapping[str, Record], *, namespace: str, canonical_at: str = "") -> etree._Element:
    """Describe global elements and every type they are made of; canonical types, in a schema of another namespace, are imported from
    where `canonical_at` says that their schema lies.
    """
    names: dict[str | None, str] = {"xs": XS, None: namespace} | ({CANONICAL: NAMESPACE} if canonical_at else {})
    root = etree.Element(f"{{{XS}}}schema", nsmap=names)  # type: ignore[arg-type]  # the stubs forget the default namespace
    root.set("targetNamespace", namespace)
    root.set("elementFormDefault", "qualified")
    if canonical_at:
        _add(root, "import", namespace=NAMESPACE, schemaLocation=canonical_at)
    for name, record in elements.items():
        _add(root, "element", name=name, type=record.name)
    writer = _TypeWriter(namespace)
    if not canonical_at:
        writer.add_moment(root)
    found = {one.name: one for record in elements.values() for one in records(record)}
    for one in found.values():
        if one.namespace == namespace:
            writer.add_record(root, one)
    return root


class _TypeWriter:
    """Declares types of one namespace."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._moment = "Moment" if namespace == NAMESPACE else f"{CANONICAL}:Moment"

    def add_moment(self, root: etree._Element) -> None:
        """Declare an instant."""
        moment = _add(root, "simpleType", name="Moment")
        _document(moment, "An instant with its zone", "Thời điểm có múi giờ")
        restriction = _add(moment, "restriction", base="xs:dateTime")
        _add(restriction, "pattern", value=MOMENT)

    def add_record(self, root: etree._Element, record: Record) -> None:
        """Declare a record as a type."""
        declared = _add(root, "complexType", name=record.name)
        _document(declared, " ".join(record.promise.split()))
        sequence = _add(declared, "sequence")
        for field in record.fields:
            self._add_field(sequence, field)

    def _add_field(self, sequence: etree._Element, field: Field) -> None:
        """Declare a field: absent where it may be, nil where it may be known to be empty."""
        element = _add(sequence, "element", name=field.name)
        if not field.required:
            element.set("minOccurs", "0")
        if field.nillable:
            element.set("nillable", "true")
        _document(element, field.english, field.vietnamese)
        content = field.content
        if isinstance(content, Many):
            self._add_many(element, content)
        elif isinstance(content, Bag):
            _add_bag(element)
        else:
            self._set_type(element, content)

    def _add_many(self, element: etree._Element, many: Many) -> None:
        """Declare a list: an element with one child for each item."""
        sequence = _add(_add(element, "complexType"), "sequence")
        item = _add(sequence, "element", name=many.name)
        item.set("minOccurs", str(many.least))
        item.set("maxOccurs", "unbounded" if many.most is None else str(many.most))
        self._set_type(item, many.item)

    def _set_type(self, element: etree._Element, content: Scalar | Record) -> None:
        """Give an element its type: a record's, or a restricted simple one."""
        if isinstance(content, Record):
            element.set("type", content.name if content.namespace == self._namespace else f"{CANONICAL}:{content.name}")
            return
        if content.base == "dateTime":
            element.set("type", self._moment)
            return
        facets = _facets(content)
        if not facets:
            element.set("type", f"xs:{content.base}")
            return
        simple = _add(element, "simpleType")
        restriction = _add(simple, "restriction", base=f"xs:{content.base}")
        for name, value in facets:
            _add(restriction, name, value=value)


def _add_bag(element: etree._Element) -> None:
    """Declare the extensions: each a name and its value as JSON text."""
    sequence = _add(_add(element, "complexType"), "sequence")
    item = _add(sequence, "element", name="extension")
    item.set("minOccurs", "0")
    item.set("maxOccurs", "unbounded")
    _document(item, "One value as JSON text", "Một giá trị, viết bằng JSON")
    content = _add(_add(item, "complexType"), "simpleContent")
    extension = _add(content, "extension", base="xs:string")
    _add(extension, "attribute", name="name", type="xs:string", use="required")


def _facets(scalar: Scalar) -> list[tuple[str, str]]:
    """The rules of a single value as facets of XML Schema."""
    given = {
        "pattern": scalar.pattern or None,
        "minLength": scalar.min_length,
        "maxLength": scalar.max_length,
        "minInclusive": scalar.minimum,
        "maxInclusive": scalar.maximum,
    }
    facets = [(name, str(value)) for name, value in given.items() if value is not None]
    return facets + [("enumeration", value) for value in scalar.values]


def _document(element: etree._Element, english: str, vietnamese: str = "") -> None:
    """Say what a declaration means, in the languages in which it is said."""
    annotation = _add(element, "annotation")
    for language, text in (("en", english), ("vi", vietnamese)):
        if text:
            documentation = _add(annotation, "documentation")
            documentation.set(LANG, language)
            documentation.text = text


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    """Put an element of XML Schema below another."""
    return etree.SubElement(parent, f"{{{XS}}}{tag}", attributes)
