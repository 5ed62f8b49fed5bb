"""The frames packed by hand are the library's, byte for byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, frame, header
from pamqp.body import ContentBody

from gateway.adapters.rabbitmq.frame import (
    MEDIA_TYPE,
    pack_ack,
    pack_content,
    pack_publish,
    pack_reject,
)

NAMES = st.from_regex(r"[a-zA-Z0-9._:-]{0,120}", fullmatch=True)
CHANNELS = st.integers(1, 65535)


@given(CHANNELS, NAMES, NAMES)
def test_a_publish_is_the_librarys(channel: int, exchange: str, key: str) -> None:
    expected = commands.Basic.Publish(exchange=exchange, routing_key=key, mandatory=True)

    assert pack_publish(channel, exchange, key) == frame.marshal(expected, channel)


@given(
    CHANNELS,
    st.text(min_size=1, max_size=60),
    st.binary(min_size=1, max_size=100),
    st.dictionaries(st.sampled_from(["due-at", "raised"]), st.integers(2**31, 2**50), max_size=2),
)
def test_a_content_is_the_librarys(channel: int, message_id: str, body: bytes, headers: dict[str, int]) -> None:
    properties = commands.Basic.Properties(
        content_type=MEDIA_TYPE,
        delivery_mode=2,
        message_id=message_id,
        headers=dict(headers) or None,
    )
    expected = frame.marshal(header.ContentHeader(body_size=len(body), properties=properties), channel) + frame.marshal(
        ContentBody(body), channel
    )

    packed = pack_content(channel, message_id, body, frame_max=4096, headers=headers)

    assert packed == expected


@given(CHANNELS, st.integers(1, 2**63 - 1), st.booleans())  # the library it is compared with packs no larger tag
def test_an_acknowledgement_is_the_librarys(channel: int, tag: int, multiple: bool) -> None:
    acknowledged = commands.Basic.Ack(delivery_tag=tag, multiple=multiple)
    rejected = commands.Basic.Reject(delivery_tag=tag, requeue=False)

    assert pack_ack(channel, tag, multiple=multiple) == frame.marshal(acknowledged, channel)
    assert pack_reject(channel, tag) == frame.marshal(rejected, channel)


@given(st.binary(max_size=2000), st.integers(100, 300))
def test_a_long_body_is_cut_to_the_size_of_a_frame(body: bytes, frame_max: int) -> None:
    packed = pack_content(1, "delivery", body, frame_max=frame_max)

    parts, rest = [], packed
    while rest:
        size, _, part = frame.unmarshal(rest)
        assert size <= frame_max
        if isinstance(part, ContentBody):
            parts.append(part.value)
        rest = rest[size:]
    assert b"".join(parts) == body
