"""What a WSDL says of a message, made plain once: which elements, in which order, how often, of which type.

Made from the types as zeep has read them, so that names, forms, imports and extensions mean here what they mean there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zeep.xsd import Attribute, ComplexType, Element
from zeep.xsd.elements import All, Any, Choice, Group, Sequence

from gateway.adapters.soap.simple import Simple, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zeep.xsd.elements.base import Base

__all__ = ["TEXT", "Attached", "Choosing", "Compound", "Field", "content_tags", "shape_of"]

#: The key of the text of an element that has attributes, too.
TEXT = "_value_1"


class Attached:
    """An attribute. `name` is the key of its value, `tag` its name in XML."""

    def __init__(self, name: str, found: Attribute) -> None:
        """Take an attribute of zeep."""
        self.name = name
        self.tag: str = found.qname.text
        self.type = Simple(found.type)
        self.is_required: bool = found.required
        self.default: str | None = found.default


class Field:
    """An element at its place. `name` is the key of its values, `tag` its name in XML."""

    def __init__(self, name: str, found: Element, type_: Simple | Compound, *, can_be_chosen: bool = False) -> None:
        """Take an element of zeep."""
        self.name = name
        self.tag: str = found.qname.text
        self.type = type_
        self.minimum: int = 0 if can_be_chosen else found.min_occurs
        self.maximum: int | None = None if found.max_occurs == "unbounded" else found.max_occurs
        self.is_many: bool = found.accepts_multiple
        self.is_nillable: bool = found.nillable
        self.default: str | None = None if found.is_optional else found.default


class Choosing:
    """One of several: each option is fields that come together."""

    def __init__(self, options: list[tuple[Field, ...]]) -> None:
        """Keep the options."""
        self.options = options


class Compound:
    """A type of elements, or of a text with attributes; filled after it was made, for types can hold themselves."""

    def __init__(self) -> None:
        """Begin empty."""
        self.attributes: list[Attached] = []
        self.parts: list[Field | Choosing] = []
        self.text: Simple | None = None
        self.is_in_any_order = False

    def fields(self) -> Iterator[Field]:
        """Every element, whether it must be there or can be chosen."""
        for part in self.parts:
            if isinstance(part, Field):
                yield part
            else:
                for option in part.options:
                    yield from option

    def names(self) -> list[str]:
        """The keys of its values."""
        return [*([TEXT] if self.text else []), *(one.name for one in self.fields()), *(one.name for one in self.attributes)]


def shape_of(element: Element) -> Compound:
    """The shape of the element of a body. Raises `Unsupported`."""
    if not isinstance(element.type, ComplexType):
        raise Unsupported
    return _Shaping().compound(element.type)


def content_tags(shape: Compound, seen: set[int] | None = None) -> Iterator[str]:
    """The names of the elements that hold base64, and nothing else."""
    known = set() if seen is None else seen
    known.add(id(shape))
    for field in shape.fields():
        if isinstance(field.type, Simple):
            if field.type.is_content:
                yield field.tag
        elif id(field.type) not in known:
            yield from content_tags(field.type, known)


class _Shaping:
    """Makes the shapes of the types that a message is made of, each once."""

    def __init__(self) -> None:
        self._known: dict[int, Compound] = {}

    def compound(self, found: ComplexType) -> Compound:
        """The shape of a complex type."""
        if id(found) in self._known:
            return self._known[id(found)]
        shape = self._known[id(found)] = Compound()
        for name, attribute in found.attributes:
            if type(attribute) is not Attribute or attribute.array_type:
                raise Unsupported
            shape.attributes.append(Attached(name, attribute))
        for name, inside in found.elements_nested:
            if isinstance(inside, Element):
                if name != TEXT:
                    raise Unsupported
                shape.text = Simple(inside.type)
            else:
                shape.is_in_any_order = type(inside) is All
                shape.parts = [*self._parts(inside)]
        names = shape.names()
        if len(set(names)) != len(names):
            raise Unsupported
        return shape

    def _parts(self, container: Base) -> Iterator[Field | Choosing]:
        """The parts of a sequence, with those of sequences within it at their places."""
        if container.accepts_multiple:
            raise Unsupported
        if isinstance(container, Group):
            yield from self._parts(container.child)
        elif isinstance(container, Choice):
            yield Choosing([tuple(self._option(name, one)) for name, one in container.elements_nested])
        elif isinstance(container, Sequence | All):
            for name, one in container.elements_nested:
                if isinstance(one, Element):
                    yield self._field(name, one)
                elif isinstance(one, Any | All):
                    raise Unsupported
                else:
                    yield from self._parts(one)
        else:
            raise Unsupported

    def _option(self, name: str | None, one: Base) -> Iterator[Field]:
        """The fields of one option of a choice."""
        if isinstance(one, Element):
            if name != one.name:
                raise Unsupported
            yield self._field(one.name, one, can_be_chosen=True)
            return
        for part in self._parts(one):
            if not isinstance(part, Field):
                raise Unsupported
            yield part

    def _field(self, name: str, found: Element, *, can_be_chosen: bool = False) -> Field:
        """An element at its place."""
        if type(found) is not Element:
            raise Unsupported
        type_ = self.compound(found.type) if isinstance(found.type, ComplexType) else Simple(found.type)
        return Field(name, found, type_, can_be_chosen=can_be_chosen)
