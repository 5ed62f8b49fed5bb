"""Control characters are found in any text of a document, and only there."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Malformed
from gateway.domain.tree import CONTROL, DEEPEST, is_suspect, require_plain, text_faults

TREES = st.recursive(
    st.none() | st.integers(-9, 9) | st.text(st.sampled_from("ab\\u0bf/\n\t\x00\x08\x0c\x1f\ufffe\ufeff\U0001f600")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from("ab\\\x00")), inner),
)


def texts(tree: object) -> list[str]:
    match tree:
        case str():
            return [tree]
        case list():
            return [text for one in tree for text in texts(one)]
        case dict():
            return [*tree, *(text for one in tree.values() for text in texts(one))]
        case _:
            return []


@given(TREES)
def test_a_document_is_plain_when_no_text_of_it_holds_a_control_character(tree: object) -> None:
    held = any(CONTROL.search(text) for text in texts(tree))
    document = msgspec.json.encode(tree)

    if held:
        with pytest.raises(Malformed):
            require_plain(document)
    else:
        require_plain(document)


@pytest.mark.parametrize(
    ("document", "plain"),
    [
        (rb'"\u000a\u000D\u0009\n\u001f"', False),
        (rb'"\u000a\u000D\u0009\n\u0020"', True),
        (rb'"\u000B"', False),
        (rb'"\uFFfE"', False),
        (rb'"\ufffd\uf000"', True),
        (rb'"\\u0000\\b"', True),
        (rb'"\\\b"', False),
    ],
)
def test_every_way_to_escape_is_read(document: bytes, plain: bool) -> None:
    assert is_suspect(document) is not plain
    assert bool(text_faults(msgspec.json.decode(document))) is not plain


def test_every_place_is_told_and_no_value() -> None:
    with pytest.raises(Malformed) as raised:
        require_plain(msgspec.json.encode({"note": "bí mật\0", "list": ["a", "\x08"], "x\x01": 1}))

    assert sorted((one.path, one.found) for one in raised.value.problems) == [
        ("", "an object"),
        ("list[1]", "a text of 1 characters"),
        ("note", "a text of 7 characters"),
    ]


def test_what_is_nested_too_deeply_is_found() -> None:
    tree: object = []
    for _ in range(DEEPEST + 1):
        tree = [tree]

    assert is_suspect(msgspec.json.encode(tree))
    assert [one.rule for one in text_faults(tree)] == [f"nested deeper than {DEEPEST}"]
