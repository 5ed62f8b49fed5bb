"""Files that come with a SOAP message: beside it, by XOP and in base64; what does not fit is refused."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest
from lxml import etree

from connectors.xroad.message import NAMESPACE, send_body
from gateway.sdk import RelatedPart, RelatedWriter, Transfer, include_element
from tests.connector_desk import canonical
from tests.xroad_sides import Offering, body_of, message, offering, soap_call

PAPER = b"%PDF-1.4 giay chung sinh" * 100
SHA256 = hashlib.sha256(PAPER).hexdigest()
IDS = [{"value": "H21.129-260302-0042", "scheme": "dossier"}]
ACCEPTED = canonical("accepted", {"identifiers": IDS, "status": {"canonical": "accepted"}})


@pytest.fixture
async def side() -> AsyncIterator[Offering]:
    async with offering() as opened:
        yield opened


def naming(url: str | None = None, sha256: str | None = None) -> Transfer:
    file = {"name": "giay.pdf"} | ({"url": url} if url else {}) | ({"sha256": sha256} if sha256 else {})
    return canonical("accepted", {"identifiers": IDS, "components": [{"name": "Giấy chứng sinh", "attachments": [file]}]})


async def with_parts(root: bytes, *parts: tuple[str, bytes], root_type: str = "text/xml") -> tuple[bytes, str]:
    written = [
        RelatedPart(content_id="m", media_type=f"{root_type}; charset=utf-8", chunks=once(root), encoding="8bit"),
        *(RelatedPart(content_id=name, media_type="application/pdf", chunks=once(content)) for name, content in parts),
    ]
    writer = RelatedWriter("ranh-gioi-4711", written, root_type=root_type)
    return b"".join([chunk async for chunk in writer.chunks()]), writer.content_type


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.mark.parametrize(
    ("root_type", "body", "part"),
    [
        ("text/xml", send_body("SendTransfer", naming(sha256=SHA256)), SHA256),
        ("text/xml", send_body("SendTransfer", naming(sha256=SHA256)), "bat-ky"),
        ("text/xml", send_body("SendTransfer", naming(url="cid:giay-1")), "giay-1"),
        ("application/xop+xml", send_body("SendTransfer", naming(sha256=SHA256), [SHA256]), SHA256),
    ],
)
async def test_files_come_beside_the_message_by_hash_by_name_and_by_xop(
    side: Offering, root_type: str, body: etree._Element, part: str
) -> None:
    sent, media_type = await with_parts(message(body), (part, PAPER), root_type=root_type)

    answer = await side.handle(soap_call(sent, media_type=media_type))

    assert body_of(answer).findtext("receipt/transfer_id"), answer.body
    (file,) = side.tray.transfers["k-1"].dossier.components[0].attachments
    assert (file.sha256, file.name) == (SHA256, "giay.pdf")
    assert side.blobs.contents == {SHA256: PAPER}


async def test_a_content_may_stand_in_the_body_in_base64(side: Offering) -> None:
    body = send_body("SendTransfer", naming(url="cid:a"))
    etree.SubElement(body, f"{{{NAMESPACE}}}content", id="a").text = "JVBERi0x\nLjQ="

    answer = await side.handle(soap_call(message(body)))

    assert body_of(answer).findtext("receipt/transfer_id"), answer.body
    assert [*side.blobs.contents.values()] == [b"%PDF-1.4"]


def bad_bodies() -> dict[str, etree._Element]:
    """Bodies whose contents do not fit, by what is wrong."""
    bodies = {
        name: send_body("SendTransfer", naming(url="cid:a")) for name in ("twice", "nameless", "not-base64", "dangling", "foreign", "two")
    }
    for name in ("twice", "twice"):
        etree.SubElement(bodies[name], f"{{{NAMESPACE}}}content", id="a").text = "eA=="
    etree.SubElement(bodies["nameless"], f"{{{NAMESPACE}}}content").text = "eA=="
    etree.SubElement(bodies["not-base64"], f"{{{NAMESPACE}}}content", id="a").text = "e"
    etree.SubElement(bodies["dangling"], f"{{{NAMESPACE}}}content", id="a").append(include_element("khong-co"))
    etree.SubElement(bodies["foreign"], "hoSo")
    bodies["two"].append(send_body("SendTransfer", ACCEPTED)[0])
    bodies["missing"] = send_body("SendTransfer", naming(url="cid:a"))
    bodies["unnamed"] = send_body("SendTransfer", ACCEPTED)
    etree.SubElement(bodies["unnamed"], f"{{{NAMESPACE}}}content", id="a").text = "eA=="
    return bodies


@pytest.mark.parametrize("name", sorted(bad_bodies()))
async def test_contents_that_do_not_fit_are_a_business_fault(side: Offering, name: str) -> None:
    answer = await side.handle(soap_call(message(bad_bodies()[name])))

    assert answer.status == 200
    assert body_of(answer).findtext("fault/faultCode") in {"malformed", "mime"}
    assert side.tray.transfers == {}


async def test_a_body_that_is_cut_off_midway_is_not_accepted(side: Offering) -> None:
    sent, media_type = await with_parts(message(send_body("SendTransfer", naming(sha256=SHA256))), (SHA256, PAPER))

    answer = await side.handle(soap_call(sent[:-50], media_type=media_type))

    assert body_of(answer).findtext("fault/faultCode") == "mime"
    assert side.tray.transfers == {}
