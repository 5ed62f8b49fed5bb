"""The compiled writer and reader do what zeep does, for schemas and values made by chance; only where zeep loses something they do better."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.adapters.soap.reader import Reader
from gateway.adapters.soap.shape import shape_of
from gateway.adapters.soap.simple import Strange
from gateway.adapters.soap.typed import read_typed, write_typed
from gateway.adapters.soap.writer import Writer
from gateway.adapters.soap.wsdl import load_wsdl
from gateway.domain.errors import Malformed
from gateway.sdk import NIL
from gateway.xml import parse_xml
from schemas import schema_path
from tests.benchmarks.soap import SAMPLES, message
from tests.soap_schemas import NAMESPACE, infoset, load, messages, without_nothing

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from gateway.adapters.soap.operation import Operation

#: What may be put in the place of a value to spoil it.
ODD = st.one_of(
    st.none(),
    st.just(NIL),
    st.integers(-3, 3),
    st.booleans(),
    st.floats(),
    st.sampled_from(["", "x", "có dấu", "\0", "\ud800", "\ufffe", b"\xff", {}, [], [None], {"la": 1}, (), object()]),
)


def by_zeep(operation: Operation, values: dict[str, Any]) -> Any:
    try:
        return infoset(etree.fromstring(write_typed(operation._input.body, values)))
    except Malformed:
        return "refused"


def compiled(operation: Operation, values: dict[str, Any]) -> Any:
    element = operation._input.body
    try:
        return infoset(etree.fromstring(Writer(element.qname.text, shape_of(element)).write(values)))
    except Malformed:
        return "refused"
    except Strange:
        return "left to zeep"


def read_both(operation: Operation, text: bytes) -> tuple[Any, Any]:
    element = operation._output
    assert element is not None
    try:
        slow = without_nothing(read_typed(element, parse_xml(text), operation._schema))
    except Malformed:
        slow = "refused"
    try:
        return without_nothing(Reader(shape_of(element)).read(parse_xml(text))), slow
    except Malformed:
        return "refused", slow
    except Strange:
        return "left to zeep", slow


@given(messages(), st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_a_schema_allows_is_written_and_read_as_by_zeep(message: Any, data: DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        operation = load(message.schema, Path(folder))
    for values in data.draw(st.lists(message.values, min_size=1, max_size=4)):
        written = compiled(operation, values)

        assert written == by_zeep(operation, values)
        fast, slow = read_both(operation, operation.write(values).body)
        assert fast in (slow, "left to zeep")


@given(messages(), st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_is_spoiled_is_written_as_by_zeep_or_left_to_it(message: Any, data: DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        operation = load(message.schema, Path(folder))
    values = data.draw(message.values)
    for _ in range(data.draw(st.integers(1, 3))):
        spoil(values, data)

    assert compiled(operation, values) in (by_zeep(operation, values), "left to zeep", "refused")


@given(messages(), st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_an_answer_lacks_or_has_too_much_is_read_as_by_zeep_or_left_to_it(message: Any, data: DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        operation = load(message.schema, Path(folder))
    root = etree.fromstring(operation.write(data.draw(message.values)).body)
    for _ in range(data.draw(st.integers(1, 3))):
        mutilate(root, data)

    fast, slow = read_both(operation, etree.tostring(root))

    assert fast in (slow, "left to zeep", "refused")


def spoil(values: dict[str, Any], data: DataObject) -> None:
    """Put something odd at a place of the values."""
    name = data.draw(st.sampled_from([*values, "la"]))
    inner = values.get(name)
    if isinstance(inner, dict) and inner and data.draw(st.booleans()):
        spoil(inner, data)
    elif isinstance(inner, list) and inner and isinstance(inner[0], dict) and data.draw(st.booleans()):
        spoil(inner[0], data)
    elif name in values and data.draw(st.booleans()):
        del values[name]
    else:
        values[name] = data.draw(ODD)


def mutilate(root: etree._Element, data: DataObject) -> None:
    """Take away, repeat, move or rename an element, or change a text or an attribute."""
    one = data.draw(st.sampled_from([*root.iter()]))
    match data.draw(st.integers(0, 6)):
        case 0 if one is not root:
            one.getparent().remove(one)  # type: ignore[union-attr]  # only the root has no parent
        case 1 if one is not root:
            one.addnext(etree.fromstring(etree.tostring(one)))
        case 2 if one is not root:
            one.getparent().append(one)  # type: ignore[union-attr]  # likewise
        case 3:
            one.tag = data.draw(st.sampled_from(["{urn:la}la", etree.QName(one).localname, f"{{{NAMESPACE}}}{etree.QName(one).localname}"]))
        case 4:
            one.text = data.draw(st.sampled_from([None, "", "x", " 1 ", "TRUE", "2026-03-02", "٣"]))
        case 5:
            one.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")
        case _:
            one.set(data.draw(st.sampled_from(["la", "a0", "a1"])), "1")


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_messages_of_our_own_door_are_written_and_read_as_by_zeep(sample: str) -> None:
    operation = load_wsdl("soap/1/lienthong.wsdl", schema_path("")).operation("SendDossier", "")
    text = etree.tostring(message(sample))
    reader = Reader(shape_of(operation._input.body))

    values = reader.read(parse_xml(text))

    assert values == read_typed(operation._input.body, parse_xml(text), operation._schema)
    assert compiled(operation, values) == by_zeep(operation, values)


# ---- where zeep loses something ---------------------------------------------------------------------------------------

CHOICE = f"""<xs:schema targetNamespace='{NAMESPACE}' elementFormDefault='qualified'><xs:element name='Hoi'><xs:complexType><xs:sequence>
<xs:choice><xs:element name='so' type='xs:int'/><xs:element name='chu' type='xs:string'/>
<xs:sequence><xs:element name='tu' type='xs:int'/><xs:element name='den' type='xs:int'/></xs:sequence></xs:choice>
<xs:element name='co' type='xs:boolean' minOccurs='0'/><xs:element name='khoi' type='xs:base64Binary' minOccurs='0'/>
<xs:element name='dem' minOccurs='0'><xs:complexType><xs:simpleContent><xs:extension base='xs:int'><xs:attribute name='a' type='xs:string'/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.mark.parametrize("values", [{"so": 0}, {"chu": ""}, {"so": 5}, {"tu": 0, "den": 3}])
def test_an_empty_value_in_a_choice_is_not_lost(values: dict[str, Any], tmp_path: Path) -> None:
    operation = load(CHOICE, tmp_path)

    written = etree.fromstring(operation.write(values).body)

    assert {etree.QName(child).localname: child.text or "" for child in written} == {name: str(value) for name, value in values.items()}
    read = {name: value for name, value in operation.read(written).items() if value is not None}
    assert read == {name: value for name, value in values.items() if value != ""}


@pytest.mark.parametrize(
    "values", [{"so": 0, "chu": "x"}, {"so": 1, "chu": "x"}, {"so": 1, "tu": 1, "den": 2}, {"so": 1, "dem": {"a": "x"}}]
)
def test_what_would_be_lost_is_refused(values: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        load(CHOICE, tmp_path).write(values)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<so>1</so><co>yes</co>", "co"),
        ("<so>một</so>", "so"),
        ("<so>1_000</so>", "so"),
        ("<so>1<b/></so>", "so"),
        ("<so>1</so><khoi>không phải</khoi>", "khoi"),
        ("<so>1</so><dem a='x'>?</dem>", "dem"),
    ],
)
def test_a_text_of_another_type_is_a_fault_with_its_path(text: str, path: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed) as caught:
        load(CHOICE, tmp_path).read(parse_xml(f"<Hoi xmlns='{NAMESPACE}'>{text}</Hoi>"))

    assert [problem.path for problem in caught.value.problems] == [path]


# ---- what has no shape ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "values"),
    [
        ("<xs:choice maxOccurs='unbounded'><xs:element name='a' type='xs:string'/><xs:element name='b' type='xs:int'/></xs:choice>", {"_value_1": [{"a": "x"}, {"b": 2}]}),
        ("<xs:sequence><xs:any minOccurs='0'/></xs:sequence>", {}),
        ("<xs:sequence><xs:element name='a'><xs:simpleType><xs:list itemType='xs:int'/></xs:simpleType></xs:element></xs:sequence>", {"a": [1, 2]}),
        ("<xs:sequence><xs:element name='a'/></xs:sequence>", {"a": "x"}),
        ("<xs:sequence><xs:element name='a' type='xs:string'/></xs:sequence><xs:anyAttribute/>", {"a": "x"}),
    ],
)  # fmt: skip
def test_what_is_not_compiled_is_left_to_zeep(inside: str, values: dict[str, Any], tmp_path: Path) -> None:
    schema = f"<xs:schema targetNamespace='{NAMESPACE}'><xs:element name='Hoi'><xs:complexType>{inside}</xs:complexType></xs:element></xs:schema>"
    operation = load(schema, tmp_path)

    assert operation._writer is None
    assert infoset(etree.fromstring(operation.write(values).body)) == by_zeep(operation, values)


def test_elements_in_any_order_and_within_themselves_are_read_and_written(tmp_path: Path) -> None:
    node = "<xs:complexType name='Nut'><xs:all><xs:element name='ten' type='xs:string'/><xs:element name='con' type='t:Nut' minOccurs='0'/></xs:all></xs:complexType>"
    operation = load(f"<xs:schema targetNamespace='{NAMESPACE}'>{node}<xs:element name='Hoi' type='t:Nut'/></xs:schema>", tmp_path)
    values = {"ten": "a", "con": {"ten": "b", "con": {"ten": "c"}}}

    written = compiled(operation, values)

    assert written == by_zeep(operation, values)
    turned = f"<Hoi xmlns='{NAMESPACE}'><con xmlns=''><con><ten>c</ten></con><ten>b</ten></con><ten xmlns=''>a</ten></Hoi>"
    assert without_nothing(operation.read(parse_xml(turned))) == values


def test_every_fault_of_values_is_told_with_its_path(tmp_path: Path) -> None:
    lines = "<xs:element name='dong' maxOccurs='2'><xs:complexType><xs:sequence><xs:element name='so' type='xs:int'/></xs:sequence><xs:attribute name='a' use='required' type='xs:string'/></xs:complexType></xs:element>"
    schema = f"<xs:schema targetNamespace='{NAMESPACE}'><xs:element name='Hoi'><xs:complexType><xs:sequence>{lines}<xs:element name='ngay' type='xs:date'/></xs:sequence></xs:complexType></xs:element></xs:schema>"

    with pytest.raises(Malformed) as caught:
        load(schema, tmp_path).write({"dong": [{"so": [], "a": "\0"}, {"la": 1}, 5], "khac": "x"})

    assert sorted(problem.path for problem in caught.value.problems) == [
        "dong",
        "dong[0].a",
        "dong[0].so",
        "dong[1].a",
        "dong[1].la",
        "dong[1].so",
        "dong[2]",
        "khac",
        "ngay",
    ]
