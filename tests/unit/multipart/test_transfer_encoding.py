"""Base64 in pieces, in both directions."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Malformed
from gateway.multipart.transfer_encoding import Base64Decoder, base64_encoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def stream(pieces: list[bytes]) -> AsyncIterator[bytes]:
    """The pieces, one by one."""
    for piece in pieces:
        yield piece


@given(st.lists(st.binary(max_size=20)))
async def test_what_is_written_in_pieces_is_the_base64_of_the_whole(pieces: list[bytes]) -> None:
    assert b"".join([piece async for piece in base64_encoded(stream(pieces))]) == base64.b64encode(b"".join(pieces))


async def test_a_large_piece_is_written_in_small_ones() -> None:
    written = [piece async for piece in base64_encoded(stream([bytes(1_000_000)]))]

    assert max(map(len, written)) <= 256 * 1024
    assert base64.b64decode(b"".join(written)) == bytes(1_000_000)


@pytest.mark.parametrize("between", [[], [b""], [b"\r\n"], [b" ", b""]])
def test_nothing_comes_after_the_end_whatever_stands_between(between: list[bytes]) -> None:
    decoder = Base64Decoder()
    assert decoder.feed(b"QQ==") == b"A"

    assert [decoder.feed(piece) for piece in between] == [b""] * len(between)

    with pytest.raises(Malformed):
        decoder.feed(b"QUJD")
