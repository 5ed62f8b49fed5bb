"""XML in and out: elements as plain trees.

An element with only text is that text; any other is an object of its attributes (`@name`), its text (`#text`) and its children
by their prefixed names, a list where a name repeats. `xsi:nil="true"` is null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from gateway.mapping.tree import JsonValue, Tree, shape, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.mapping.run import Run

__all__ = ["Names", "element_of", "tree_of"]

XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
#: Names of elements kept ready; extensions may bring any number of names.
REMEMBERED = 2000
REPEATED = re.compile(r"\[[0-9]+\]\Z")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Names:
    """The names of elements as the table writes them, by the namespaces it declares."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        """Know the prefixes; `default` is the one that is not written."""
        self.default = namespaces.get("default")
        self.tags: dict[str, str] = {}
        self._prefixes = {uri: prefix for prefix, uri in namespaces.items() if prefix != "default"}
        self._uris = {prefix: uri for prefix, uri in namespaces.items() if prefix != "default"}

    def tag(self, name: str) -> str:
        """The name of an element as lxml takes it; remembered, up to a bound."""
        tag = self.tags.get(name)
        if tag is None:
            tag = self.qualified(name)
            if len(self.tags) < REMEMBERED:
                etree.QName(tag)
                self.tags[name] = tag
        return tag

    def element(self, name: str) -> etree._Element:
        """A new root element, with every namespace declared."""
        if not self.default:
            return etree.Element(self.qualified(name), nsmap=self._uris)
        declared: dict[str | None, str] = {None: self.default}
        declared.update(self._uris)
        return etree.Element(self.qualified(name), nsmap=declared)  # type: ignore[arg-type]  # the stubs forget the default namespace

    def written(self, tag: str, *, attribute: bool = False) -> str:
        """A name of lxml as it stands in the table; in a namespace that is not declared, lxml's own form."""
        if not tag.startswith("{"):
            return tag
        uri, _, name = tag[1:].partition("}")
        if not attribute and uri == self.default:
            return name
        prefix = self._prefixes.get(uri)
        return f"{prefix}:{name}" if prefix else tag

    def qualified(self, name: str, *, attribute: bool = False) -> str:
        """A name of the table as lxml takes it."""
        prefix, colon, local = name.rpartition(":")
        if name.startswith("{"):
            return name
        if colon and prefix in self._uris:
            return f"{{{self._uris[prefix]}}}{local}"
        if not colon and self.default and not attribute:
            return f"{{{self.default}}}{name}"
        return name


def tree_of(element: etree._Element, names: Names) -> Tree:
    """The content of a root element as a tree; always an object."""
    content = _content(element, names, {})
    if isinstance(content, dict):
        return content
    return {"#text": content} if content else {}


def _content(element: etree._Element, names: Names, known: dict[str, str]) -> JsonValue:
    if not len(element) and not element.keys():
        return element.text or ""
    if element.get(NIL) in {"true", "1"} and not len(element) and not element.text:
        return None
    tree: Tree = {"@" + names.written(str(name), attribute=True): str(value) for name, value in element.items()}
    for child in element:
        if isinstance(child.tag, str):
            name = known.get(child.tag)
            if name is None:
                name = known[child.tag] = names.written(child.tag)
            _add(tree, name, _content(child, names, known))
    text = "".join([element.text or "", *(child.tail or "" for child in element)])
    if text.strip():
        tree["#text"] = text
    return tree


def _add(tree: Tree, name: str, value: JsonValue) -> None:
    if name not in tree:
        tree[name] = value
        return
    present = tree[name]
    if isinstance(present, list):
        present.append(value)
    else:
        tree[name] = [present, value]


def element_of(tree: Tree, root: str, names: Names, run: Run) -> etree._Element:
    """A root element with the content of a tree, in the tree's order; what XML cannot carry is reported to the run."""
    element = names.element(root)
    _fill(element, tree, names, run, "")
    return element


def _fill(element: etree._Element, value: JsonValue, names: Names, run: Run, path: str) -> None:
    if isinstance(value, dict):
        tags = names.tags
        for name, inner in value.items():
            if inner.__class__ is str and name in tags and not FORBIDDEN.search(inner):
                etree.SubElement(element, tags[name]).text = inner
                continue
            _set(element, name, inner, names, run, f"{path}/{name}" if path else name)
    elif value is None:
        element.set(NIL, "true")
    elif isinstance(value, list):
        run.report(path, "type", value, "a list inside a list")
    else:
        element.text = _text(value, run, path)


def _text(value: JsonValue, run: Run, path: str) -> str:
    text = spoken(value)
    if FORBIDDEN.search(text):
        run.report(path, "text", value, "characters that XML cannot carry")
        return ""
    return text


def _set(
    element: etree._Element,
    name: str,
    value: JsonValue,
    names: Names,
    run: Run,
    path: str,
) -> None:
    if name == "#text":
        element.text = None if value is None else _text(value, run, path)
        return
    try:
        if name.startswith("@"):
            _attribute(element, name[1:], value, names, run, path)
            return
        tag = names.tag(REPEATED.sub("", name))
        for inner in value if isinstance(value, list) else [value]:
            _fill(etree.SubElement(element, tag), inner, names, run, path)
    except ValueError:
        run.report(path, "text", value, "not a name of XML")


def _attribute(
    element: etree._Element,
    name: str,
    value: JsonValue,
    names: Names,
    run: Run,
    path: str,
) -> None:
    if isinstance(value, (dict, list)):
        run.report(path, "type", value, f"an attribute is a text, not {shape(value)}")
    elif value is not None:
        element.set(names.qualified(name, attribute=True), _text(value, run, path))
