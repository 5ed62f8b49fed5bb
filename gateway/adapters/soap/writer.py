"""A writer compiled from the shape of a message, some twenty times as fast as zeep.

It writes what zeep writes, or raises `Strange` and leaves it to zeep: values of other types than the usual, and everything that is at
fault. Only where zeep loses what it was given (an empty value in a choice, a second option of one) it does better, or refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from gateway.adapters.soap.shape import TEXT, Attached, Choosing, Compound, Field
from gateway.adapters.soap.simple import FOREIGN, Simple, Strange
from gateway.domain.errors import Malformed, Problem
from gateway.soap.calling import NIL

__all__ = ["Writer"]

#: Writes a value after what was written before.
Write: TypeAlias = Callable[[Any, list[str]], None]
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
#: Characters that no XML holds, among the bytes of UTF-8.
CONTROL: Final = bytes({*range(32)} - {9, 10, 13})
NOTHING: Final[tuple[object, ...]] = (None, [], ())
NO_CHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


class Writer:
    """Writes the element of a body; holds nothing that changes."""

    def __init__(self, tag: str, shape: Compound) -> None:
        """Compile."""
        self._write = _Compiling(tag, shape).root(tag, shape)

    def write(self, values: dict[str, Any]) -> bytes:
        """Write values. Raises `Strange` for those that zeep must decide about."""
        out: list[str] = []
        try:
            self._write(values, out)
            written = "".join(out).encode()
        except FOREIGN:
            raise Strange from None
        if len(written.translate(None, CONTROL)) != len(written) or any(one in written for one in NO_CHARACTERS):
            raise Strange
        return written


def escaped(text: str) -> str:
    """A text as it stands in an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def quoted(text: str) -> str:
    """A text as it stands in an attribute."""
    return escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


class _Compiling:
    """Compiles the shapes of a message, each once for each name that it goes by."""

    def __init__(self, tag: str, shape: Compound) -> None:
        namespaces = {uri: None for name in (tag, *_tags(shape, set())) if (uri := name.rpartition("}")[0][1:])}
        self._prefixes = {uri: f"n{number}" for number, uri in enumerate(namespaces)}
        self._known: dict[tuple[int, str], Write] = {}

    def root(self, tag: str, shape: Compound) -> Write:
        """The writer of the element of a body, which declares the namespaces."""
        declared = "".join(f' xmlns:{prefix}="{quoted(uri)}"' for uri, prefix in self._prefixes.items())
        return self._compound(shape, self._name(tag), declared)

    def _name(self, tag: str) -> str:
        """A name with its prefix."""
        uri, _, local = tag.rpartition("}")
        return f"{self._prefixes[uri[1:]]}:{local}" if uri else local

    def _field(self, field: Field) -> Write:
        """The writer of an element, however often it comes; it is not called for None."""
        name = self._name(field.tag)
        write = self._simple(field.type, name) if isinstance(field.type, Simple) else self._later(field.type, name)
        if not field.is_many:
            return write
        minimum, maximum, is_compound = field.minimum, field.maximum, isinstance(field.type, Compound)

        def write_all(values: Any, out: list[str]) -> None:
            if type(values) is not list and type(values) is not tuple:
                raise Strange
            if len(values) < minimum or (maximum is not None and len(values) > maximum):
                raise Strange
            for value in values:
                if value is None or (is_compound and value is NIL):
                    raise Strange
                write(value, out)

        return write_all

    def _later(self, shape: Compound, name: str) -> Write:
        """The writer of a compound element; of one that is within itself, only when it is called."""
        key = (id(shape), name)
        if self._known.get(key) is _refuse:
            return lambda value, out: self._known[key](value, out)  # noqa: PLW0108 - it is compiled later
        if key in self._known:
            return self._known[key]
        self._known[key] = _refuse
        self._known[key] = self._compound(shape, name, "")
        return self._known[key]

    def _simple(self, type_: Simple, name: str) -> Write:
        """The writer of an element that holds a text."""
        begin, end, convert, takes_text, nil = f"<{name}>", f"</{name}>", type_.write, type_.takes_text, _nil(name)

        def write(value: Any, out: list[str]) -> None:
            if type(value) is str and takes_text:
                if "&" in value or "<" in value or ">" in value or "\r" in value:
                    value = escaped(value)
                out.append(f"{begin}{value}{end}")
            elif value is NIL:
                out.append(nil)
            else:
                out.append(f"{begin}{convert(value)}{end}")

        return write

    def _compound(self, shape: Compound, name: str, declared: str) -> Write:
        """The writer of an element that holds others."""
        begin, end = f"<{name}{declared}", f"</{name}>"
        known, nil = frozenset(shape.names()), _nil(name)
        attributes = [self._attribute(one) for one in shape.attributes]
        inside = self._text(shape.text) if shape.text else self._parts(shape)

        def write(values: Any, out: list[str]) -> None:
            if values is NIL:
                out.append(nil)
                return
            if type(values) is not dict or not known.issuperset(values):
                raise Strange
            out.append(begin)
            for attribute in attributes:
                attribute(values, out)
            out.append(">")
            inside(values, out)
            out.append(end)

        return write

    def _attribute(self, attached: Attached) -> Write:
        """The writer of an attribute, out of the values of its element."""
        begin, key = f' {self._name(attached.tag)}="', attached.name
        convert, takes_text, is_required = attached.type.write, attached.type.takes_text, attached.is_required
        default = "" if attached.default is None else f'{begin}{quoted(attached.type.zeep.xmlvalue(attached.default))}"'

        def write(values: Any, out: list[str]) -> None:
            value = values.get(key)
            if value is not None:
                out.append(f'{begin}{quoted(value if type(value) is str and takes_text else convert(value))}"')
            elif default and key not in values:
                out.append(default)
            elif is_required:
                raise Strange

        return write

    def _text(self, type_: Simple) -> Write:
        """The writer of the text of an element that has attributes."""
        convert, takes_text, may_be_empty = type_.write, type_.takes_text, type_.is_string

        def write(values: Any, out: list[str]) -> None:
            value = values.get(TEXT)
            if value is not None:
                out.append(escaped(value) if type(value) is str and takes_text else convert(value))
            elif not may_be_empty:
                raise Malformed([Problem(path=TEXT, rule="required")])

        return write

    def _parts(self, shape: Compound) -> Write:
        """The writer of the elements within one."""
        steps = [step for part in shape.parts for step in self._steps(part)]

        def write(values: Any, out: list[str]) -> None:
            for key, one, absent in steps:
                value = values.get(key)
                if value is not None:
                    one(value, out)
                elif absent is not None:
                    absent(values, out)

        return write

    def _steps(self, part: Field | Choosing) -> Iterator[tuple[str, Write, Write | None]]:
        """For each element of a part its key, its writer, and what to do when it is not given."""
        if isinstance(part, Field):
            yield part.name, self._field(part), self._absent(part)
            return
        options = [frozenset(field.name for field in option) for option in part.options]
        chosen = _choice(options)
        for option in part.options:
            for field in option:
                yield field.name, self._field(field), None
        yield "", _refuse, chosen

    def _absent(self, field: Field) -> Write | None:
        """What to do about an element that is not given: nothing, where it may be absent."""
        if field.minimum == 0:
            return None
        name, key = self._name(field.tag), field.name
        if field.default is not None and isinstance(field.type, Simple) and not field.is_many:
            usual = f"<{name}>{escaped(field.type.zeep.xmlvalue(field.default))}</{name}>"

            def write(values: Any, out: list[str]) -> None:
                if key in values:
                    raise Strange
                out.append(usual)

            return write
        nil = _nil(name)
        return _refuse if field.is_many or not field.is_nillable else lambda _, out: out.append(nil)


def _choice(options: list[frozenset[str]]) -> Write:
    """Refuses values of two options: one of them would be lost."""

    def check(values: Any, _: list[str]) -> None:
        given = {name for option in options for name in option if values.get(name) not in NOTHING}
        if given and not any(given <= option for option in options):
            raise Malformed([Problem(path=" | ".join(sorted(given)), rule="only one of these may be given")])

    return check


def _nil(name: str) -> str:
    """An element that says that it is empty."""
    return f'<{name} xmlns:xsi="{XSI}" xsi:nil="true"/>'


def _refuse(_: Any, __: list[str]) -> None:
    """Leave it to zeep, which knows defaults and says what is missing."""
    raise Strange


def _tags(shape: Compound, seen: set[int]) -> Iterator[str]:
    """The names of everything in a shape, each type once."""
    if id(shape) in seen:
        return
    seen.add(id(shape))
    yield from (one.tag for one in shape.attributes)
    for field in shape.fields():
        yield field.tag
        if isinstance(field.type, Compound):
            yield from _tags(field.type, seen)
