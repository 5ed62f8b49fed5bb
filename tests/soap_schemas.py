"""Schemas of messages made by chance, as WSDLs, with values that they allow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gateway.adapters.soap.wsdl import load_wsdl
from gateway.sdk import NIL

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DrawFn
    from lxml import etree

    from gateway.adapters.soap.operation import Operation

__all__ = ["NAMESPACE", "Message", "infoset", "load", "messages", "without_nothing", "wsdl_of"]

NAMESPACE = "urn:thu"
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from("<>&\"'\r\n\t ")), max_size=12)
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=7)), timezone(-timedelta(hours=3, minutes=30))])
SIMPLE: dict[str, SearchStrategy[Any]] = {
    "string": TEXTS,
    "token": st.text(LETTERS, max_size=6).map(lambda text: " ".join(text.split())),
    "int": st.integers(-(2**31), 2**31 - 1),
    "integer": st.integers(-(10**30), 10**30),
    "decimal": st.one_of(st.decimals(allow_nan=False, allow_infinity=False), st.integers()),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": st.dates(min_value=date(1000, 1, 1)),
    "dateTime": st.builds(datetime.replace, st.datetimes(), tzinfo=ZONES),
    "base64Binary": st.binary(max_size=9),
    "anyURI": st.sampled_from(["urn:x", "https://mau.example.vn/?a=1&b=2"]),
    "t:Loai": st.sampled_from(["A", "B"]),
}
FALSE: tuple[object, ...] = ("", b"", 0, False, None, [], {})


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A schema of a message, and the strategy of values for it."""

    schema: str
    values: SearchStrategy[dict[str, Any]]


@st.composite
def messages(draw: DrawFn) -> Message:
    """A message by chance: elements optional, repeated, empty by declaration, chosen, with attributes, within each other."""
    counter = iter(range(1000))
    form = draw(st.sampled_from(["qualified", "unqualified"]))
    inside, values = draw(_compound(counter, 0))
    body = f"<xs:element name='Hoi'><xs:complexType>{inside}</xs:complexType></xs:element>"
    return Message(schema=f"<xs:schema elementFormDefault='{form}' targetNamespace='{NAMESPACE}'>{KINDS}{body}</xs:schema>", values=values)


KINDS = (
    "<xs:simpleType name='Loai'><xs:restriction base='xs:string'><xs:enumeration value='A'/><xs:enumeration value='B'/></xs:restriction></xs:simpleType>"
    "<xs:complexType name='Goc'><xs:sequence><xs:element name='goc' type='xs:string' minOccurs='0'/></xs:sequence><xs:attribute name='g' type='xs:int'/></xs:complexType>"
)


@st.composite
def _compound(draw: DrawFn, counter: Any, depth: int) -> tuple[str, SearchStrategy[dict[str, Any]]]:
    """What is within a complex type, and its values."""
    parts = draw(st.lists(_particle(counter, depth), max_size=4 if depth < 2 else 2))
    attributes = draw(st.lists(_attribute(counter), max_size=2))
    inside = "<xs:sequence>" + "".join(text for text, _ in parts) + "</xs:sequence>" + "".join(text for text, _ in attributes)
    return inside, _merged([values for _, values in (*parts, *attributes)])


@st.composite
def _attribute(draw: DrawFn, counter: Any) -> tuple[str, SearchStrategy[dict[str, Any]]]:
    """An attribute and its value."""
    name, kind = f"a{next(counter)}", draw(st.sampled_from(["string", "int", "boolean"]))
    use = draw(st.sampled_from(["", "use='required'"] + (["default='x'"] if kind == "string" else [])))
    given = SIMPLE[kind].map(lambda value: {name: value})
    return f"<xs:attribute name='{name}' type='xs:{kind}' {use}/>", given if "required" in use else _perhaps(given)


@st.composite
def _particle(draw: DrawFn, counter: Any, depth: int) -> tuple[str, SearchStrategy[dict[str, Any]]]:
    """An element, a choice of some, or a sequence within the sequence."""
    match draw(st.integers(0, 7 if depth < 2 else 5)):
        case 7:
            options = draw(st.lists(_element(counter, depth + 1, chosen=True), min_size=2, max_size=3))
            return "<xs:choice>" + "".join(text for text, _ in options) + "</xs:choice>", st.one_of([values for _, values in options])
        case 6:
            parts = draw(st.lists(_element(counter, depth + 1), min_size=1, max_size=2))
            return "<xs:sequence>" + "".join(text for text, _ in parts) + "</xs:sequence>", _merged([values for _, values in parts])
        case _:
            return draw(_element(counter, depth + 1))


@st.composite
def _element(draw: DrawFn, counter: Any, depth: int, *, chosen: bool = False) -> tuple[str, SearchStrategy[dict[str, Any]]]:
    """An element and its values; one of a choice is given, and says something, for zeep loses it otherwise."""
    name = f"e{next(counter)}"
    is_compound = draw(st.integers(0, 3)) == 0 and depth < 3
    kind = draw(st.sampled_from(sorted(SIMPLE)))
    minimum = 1 if chosen else draw(st.integers(0, 1))
    most = draw(st.sampled_from(["1", "1", "1", "3", "unbounded"]))
    nillable = draw(st.booleans())
    said = f"name='{name}' minOccurs='{minimum}' maxOccurs='{most}' nillable='{str(nillable).lower()}'"
    match draw(st.integers(0, 2)) if is_compound else -1:
        case -1:
            one, text = SIMPLE[kind], f"<xs:element {said} type='{kind if ':' in kind else f'xs:{kind}'}'/>"
        case 0:
            inside, values = draw(_attribute(counter))
            kind = draw(st.sampled_from(["string", "int"]))
            one = _merged([values, SIMPLE[kind].map(lambda value: {"_value_1": value})])
            content = f"<xs:simpleContent><xs:extension base='xs:{kind}'>{inside}</xs:extension></xs:simpleContent>"
            text = f"<xs:element {said}><xs:complexType>{content}</xs:complexType></xs:element>"
        case 1:
            inside, values = draw(_compound(counter, depth))
            goc = st.fixed_dictionaries({}, optional={"goc": TEXTS, "g": SIMPLE["int"]})
            one = _merged([goc, values])
            content = f"<xs:complexContent><xs:extension base='t:Goc'>{inside}</xs:extension></xs:complexContent>"
            text = f"<xs:element {said}><xs:complexType>{content}</xs:complexType></xs:element>"
        case _:
            inside, one = draw(_compound(counter, depth))
            text = f"<xs:element {said}><xs:complexType>{inside}</xs:complexType></xs:element>"
    nil = st.just(NIL) if nillable else st.nothing()
    if chosen:
        one = one.filter(lambda value: value not in FALSE)
    given = st.one_of(one, nil) if most == "1" else st.lists(one, min_size=minimum, max_size=3)
    named = given.map(lambda value: {name: value})
    if minimum == 0:
        return text, _perhaps(named)
    return text, st.one_of(named, st.just({name: None})) if nillable and most == "1" and not chosen else named


def _perhaps(given: SearchStrategy[dict[str, Any]]) -> SearchStrategy[dict[str, Any]]:
    """The values, or nothing."""
    return st.one_of(given, st.just({}))


def _merged(parts: list[SearchStrategy[dict[str, Any]]]) -> SearchStrategy[dict[str, Any]]:
    """The values of parts beside each other."""
    return st.tuples(*parts).map(lambda found: {name: value for one in found for name, value in one.items()})


def wsdl_of(schema: str) -> str:
    """A WSDL whose one operation asks and answers with the same element."""
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{NAMESPACE}" targetNamespace="{NAMESPACE}"><types>{schema}</types>
<message name="M"><part name="p" element="t:Hoi"/></message>
<portType name="P"><operation name="Hoi"><input message="t:M"/><output message="t:M"/></operation></portType>
<binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="Hoi"><s:operation soapAction=""/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation></binding>
<service name="S"><port name="C" binding="t:B"><s:address location="http://mau.example/"/></port></service></definitions>"""


def load(schema: str, folder: Path) -> Operation:
    """The operation of a schema."""
    (folder / "thu.wsdl").write_text(wsdl_of(schema), encoding="utf-8")
    return load_wsdl("thu.wsdl", folder).operation("Hoi", "")


def infoset(element: etree._Element) -> tuple[Any, ...]:
    """All that an element says: names, attributes, texts and order; not its prefixes."""
    children = tuple(infoset(child) for child in element)
    return str(element.tag), tuple(sorted((str(name), str(value)) for name, value in element.attrib.items())), element.text or "", children


def without_nothing(values: Any) -> Any:
    """Values without the names for which nothing is there."""
    if isinstance(values, dict):
        return {name: without_nothing(value) for name, value in values.items() if value is not None and value != []}
    return [without_nothing(value) for value in values] if isinstance(values, list) else values
