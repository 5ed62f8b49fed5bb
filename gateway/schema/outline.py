"""The outline of a canonical type: its fields, what they hold and how they document themselves.

JSON Schema, XSD, XML form and reference table are all read from here, so that they cannot disagree.
"""

from __future__ import annotations

from functools import cache
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import inspect as look

from gateway.schema.namespace import NAMESPACE

if TYPE_CHECKING:
    from enum import Enum

__all__ = [
    "MOMENT",
    "Bag",
    "Content",
    "Field",
    "Many",
    "Record",
    "Scalar",
    "outline",
    "records",
    "rehome",
]

#: RFC 3339 with its zone, as every regular-expression dialect can say it.
MOMENT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+\-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
#: XML name of one item, where it is not the list's name without its last letter.
ITEMS = {"deliveries": "delivery", "log": "entry"}


class Scalar(msgspec.Struct, frozen=True, kw_only=True):
    """One value; `base` is its name in XML Schema. `pattern` is not anchored: it always speaks of the whole text."""

    base: str
    pattern: str = ""
    min_length: int | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    values: tuple[str, ...] = ()


class Bag(msgspec.Struct, frozen=True, kw_only=True):
    """Any JSON values by name."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A structure with named fields, in the order of its type; its elements are of the namespace."""

    name: str
    promise: str
    fields: tuple[Field, ...]
    namespace: str = NAMESPACE


class Many(msgspec.Struct, frozen=True, kw_only=True):
    """A list; `name` is the XML name of one item."""

    name: str
    item: Scalar | Record
    least: int = 0
    most: int | None = None


Content: TypeAlias = Scalar | Bag | Record | Many


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field: what it holds, whether it must be there, whether it may be known to be empty, and what it means."""

    name: str
    content: Content
    required: bool
    nillable: bool
    english: str
    vietnamese: str


@cache
def outline(kind: type[msgspec.Struct]) -> Record:
    """Outline a canonical type; raises TypeError when it uses what the published forms cannot say."""
    described = look.type_info(kind)
    if not isinstance(described, look.StructType):
        raise TypeError(kind)
    return _record(described)


def records(record: Record) -> tuple[Record, ...]:
    """Every record that a record is made of, itself first, each once."""
    found = {record.name: record}
    for field in record.fields:
        content = field.content
        inner = content.item if isinstance(content, Many) else content
        if isinstance(inner, Record):
            found.update((one.name, one) for one in records(inner))
    return tuple(found.values())


def rehome(record: Record, namespace: str, *, known: frozenset[str]) -> Record:
    """The same record in another namespace, with all that it is made of, but for the records that are known by name."""
    if record.name in known:
        return record
    fields = tuple(msgspec.structs.replace(field, content=_rehome_content(field.content, namespace, known)) for field in record.fields)
    return msgspec.structs.replace(record, namespace=namespace, fields=fields)


def _rehome_content(content: Content, namespace: str, known: frozenset[str]) -> Content:
    """Take what a field holds to another namespace."""
    match content:
        case Record():
            return rehome(content, namespace, known=known)
        case Many(item=Record() as item):
            return msgspec.structs.replace(content, item=rehome(item, namespace, known=known))
        case _:
            return content


def _record(described: look.StructType) -> Record:
    """Outline a structure."""
    return Record(
        name=described.cls.__name__,
        promise=cleandoc(described.cls.__doc__ or ""),
        fields=tuple(_field(field) for field in described.fields),
    )


def _field(field: look.Field) -> Field:
    """Outline a field with its documentation in both languages."""
    described, said = _bare(field.type)
    nillable = isinstance(described, look.UnionType)
    if isinstance(described, look.UnionType):
        (inner,) = (one for one in described.types if not isinstance(one, look.NoneType))
        described, _ = _bare(inner)
    return Field(
        name=field.encode_name,
        content=_content(described, field.encode_name),
        required=field.required,
        nillable=nillable,
        english=said["description"],
        vietnamese=said["description:vi"],
    )


def _content(described: look.Type, name: str) -> Content:
    """Outline what a field holds."""
    match described:
        case look.StructType():
            return _record(described)
        case look.VarTupleType():
            item = _content(_bare(described.item_type)[0], name)
            if isinstance(item, Bag | Many):
                raise TypeError(name)
            return Many(
                name=ITEMS.get(name, name.removesuffix("s")),
                item=item,
                least=described.min_length or 0,
                most=described.max_length,
            )
        case look.DictType():
            return Bag()
        case _:
            return _scalar(described, name)


def _scalar(described: look.Type, name: str) -> Scalar:
    """Outline a single value with every rule of its type."""
    match described:
        case look.BoolType():
            return Scalar(base="boolean")
        case look.BytesType():
            return Scalar(base="base64Binary")
        case look.DateTimeType():
            return Scalar(base="dateTime", pattern=MOMENT)
        case look.EnumType(cls=kinds):
            return Scalar(base="string", values=_values(kinds))
        case look.IntType(ge=minimum, le=maximum):
            return Scalar(base="integer", minimum=minimum, maximum=maximum)
        case look.LiteralType(values=values):
            return Scalar(base="string", values=tuple(str(one) for one in values))
        case look.StrType():
            return Scalar(
                base="string",
                pattern=_unanchored(described.pattern or ""),
                min_length=described.min_length,
                max_length=described.max_length,
            )
        case _:
            raise TypeError(name)


def _values(kinds: type[Enum]) -> tuple[str, ...]:
    """The members of a closed set as they are written."""
    return tuple(str(one.value) for one in kinds)


def _bare(described: look.Type) -> tuple[look.Type, dict[str, Any]]:
    """Take the documentation off a type."""
    if isinstance(described, look.Metadata):
        return described.type, described.extra_json_schema or {}
    return described, {}


def _unanchored(pattern: str) -> str:
    r"""Take `^` and `\Z` off a pattern; TypeError when it does not speak of the whole text."""
    if not pattern:
        return ""
    if not (pattern.startswith("^") and pattern.endswith(r"\Z")):
        raise TypeError(pattern)
    return pattern.removeprefix("^").removesuffix(r"\Z")
