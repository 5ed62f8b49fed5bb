"""Reading one long text out of a JSON object while it comes."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.edxml.field import FieldReader
from gateway.sdk import RetryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    """The bytes in pieces."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def taken(content: bytes, size: int, name: str = "data") -> tuple[bytes, dict[str, object]]:
    """What the reader gives, and the rest."""
    reader = FieldReader(name)
    found = b"".join([piece async for piece in reader.stream(pieces(content, size))])
    return found, reader.rest


@settings(max_examples=80, deadline=None)
@given(content=st.binary(max_size=600), size=st.integers(1, 90), slashes=st.booleans(), plus=st.booleans())
async def test_base64_comes_out_however_its_letters_are_escaped(content: bytes, size: int, slashes: bool, plus: bool) -> None:
    text = base64.b64encode(content).decode()
    written = text.replace("/", "\\/") if slashes else text
    written = written.replace("+", "\\u002B") if plus else written
    answer = f'{{"status":"OK","ErrorCode":"0","ErrorDesc":"a \\"data\\": b","data" : "{written}","more":[1]}}'.encode()

    found, rest = await taken(answer, size)

    assert found == content
    assert rest == {"status": "OK", "ErrorCode": "0", "ErrorDesc": 'a "data": b', "data": "", "more": [1]}


@settings(max_examples=80, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200), size=st.integers(1, 60), ascii_only=st.booleans())
async def test_xml_as_it_is_comes_out_however_json_writes_it(text: str, size: int, ascii_only: bool) -> None:
    answer = json.dumps({"success": True, "data": {"docId": "x", "edxml": f"<a>{text}\\</a>"}}, ensure_ascii=ascii_only).encode()

    found, rest = await taken(answer, size, "edxml")

    assert found.decode() == f"<a>{text}\\</a>"
    assert rest == {"success": True, "data": {"docId": "x", "edxml": ""}}


async def test_an_answer_without_the_field_is_only_its_rest() -> None:
    assert await taken(b'{"status":"FAIL","ErrorCode":"22"}', 5) == (b"", {"status": "FAIL", "ErrorCode": "22"})


@pytest.mark.parametrize(
    "answer",
    [
        b"<html></html>",
        b'{"data":"QUJD',
        b'{"data":"QUJ"}',
        b'{"data":"###"}',
        b'{"data":"QUJD"',
        b'{"data":"\xff"}',
        b"[]",
        b"",
        b'{"x":"' + b"y" * 300_000,
    ],
)
async def test_what_is_no_such_answer_can_be_asked_for_again(answer: bytes) -> None:
    with pytest.raises(RetryLater):
        await taken(answer, 1000)
