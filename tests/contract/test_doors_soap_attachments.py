"""Attachments of SOAP messages: by MTOM, beside the message and inline, in and out; what is missing or broken is refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.multipart import RelatedPart, RelatedWriter, read_media_type, read_related
from gateway.soap import SOAP_11, SoapVersion, includes, mtom_writer, read_envelope, swa_writer
from gateway.soap.version import VERSIONS
from tests.doors import Visit, open_visit, transfer
from tests.soap import DOSSIER, S, acted, call, envelope, message, post, sent

if TYPE_CHECKING:
    from tests.soap import Told

BOTH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
PAPER = "Giấy chứng sinh".encode() * 100
HASH = hashlib.sha256(PAPER).hexdigest()


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def with_papers(*papers: dict[str, Any]) -> dict[str, Any]:
    whole = transfer()
    whole["dossier"]["components"] = [{"name": "Giấy tờ", "attachments": list(papers)}]
    return whole


def enclosed(*contents: tuple[str, str]) -> str:
    inside = "".join(f"<attachment><id>{name}</id><content>{content}</content></attachment>" for name, content in contents)
    return f"<attachments>{inside}</attachments>"


def included(cid: str) -> str:
    return f'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:{cid}"/>'


def part(name: str, content: bytes = PAPER) -> RelatedPart:
    return RelatedPart(content_id=name, media_type="application/pdf", chunks=once(content))


async def send(visit: Visit, writer: RelatedWriter) -> Told:
    return await post(visit, writer.chunks(), writer.content_type)


async def stored(visit: Visit, told: Told) -> dict[str, Any]:
    assert told.fault is None, told.body
    _, view = await visit.ask("GET", f"/v1/transfers/{told.text('receipt', 'transfer_id')}")
    found: dict[str, Any] = view["transfer"]["dossier"]["components"][0]["attachments"][0]
    return found


@BOTH
async def test_a_content_by_mtom_becomes_a_claim_check(visit: Visit, version: SoapVersion) -> None:
    body = sent(with_papers({"name": "a.pdf", "url": "cid:f1"}), enclosed(("f1", included("p%20x@y"))))
    told = await send(visit, mtom_writer("b", version, envelope(body, version), [part("p x@y")]))

    assert await stored(visit, told) == {"name": "a.pdf", "sha256": HASH, "size": len(PAPER)}
    async with visit["so-tu-phap"].get(f"/v1/attachments/{HASH}") as answered:
        assert await answered.read() == PAPER


@BOTH
async def test_a_content_beside_the_message_is_named_by_its_content_id(visit: Visit, version: SoapVersion) -> None:
    body = sent(with_papers({"name": "a.pdf", "url": "cid:giay%2D1@x", "media_type": "application/pdf"}))
    told = await send(visit, swa_writer("b", version, envelope(body, version), [part("giay-1@x")]))

    assert (await stored(visit, told))["sha256"] == HASH


@BOTH
async def test_a_content_inline_is_base64(visit: Visit, version: SoapVersion) -> None:
    lines = base64.encodebytes(PAPER).decode()
    told = await call(visit, sent(with_papers({"name": "a.pdf", "url": "cid:f1"}), enclosed(("f1", lines))), version=version)

    assert await stored(visit, told) == {"name": "a.pdf", "sha256": HASH, "size": len(PAPER)}


async def test_a_content_may_be_named_by_its_hash_alone(visit: Visit) -> None:
    body = sent(with_papers({"name": "a.pdf", "sha256": HASH}))

    assert (await stored(visit, await send(visit, swa_writer("b", SOAP_11, envelope(body), [part("any")]))))["sha256"] == HASH


async def test_the_same_message_in_another_wrapping_is_the_same_transfer(visit: Visit) -> None:
    papers = with_papers({"name": "a.pdf", "url": "cid:f1"})
    first = await send(visit, swa_writer("b", SOAP_11, envelope(sent(papers)), [part("f1")]))
    again = await call(visit, sent(papers, enclosed(("f1", base64.b64encode(PAPER).decode()))))

    assert (again.text("repeated"), again.text("receipt", "digest")) == ("true", first.text("receipt", "digest"))


async def test_what_is_kept_as_evidence_is_the_envelope_and_not_the_contents(visit: Visit) -> None:
    body = envelope(sent(with_papers({"name": "a.pdf", "url": "cid:f1"}), enclosed(("f1", included("p")))))
    told = await send(visit, mtom_writer("b", SOAP_11, body, [part("p")]))

    kept = await visit.gateway.reader.payload(told.text("receipt", "transfer_id"), raw=True)
    assert kept == body


@BOTH
@pytest.mark.parametrize("by", ["message", "header"])
async def test_contents_come_back_by_mtom_when_they_are_asked_for(visit: Visit, version: SoapVersion, by: str) -> None:
    other = b"\0" * 300_000
    papers = with_papers({"name": "a", "url": "cid:a"}, {"name": "b", "url": "cid:b"}, {"name": "c", "url": "cid:a"})
    told = await send(visit, swa_writer("b", SOAP_11, envelope(sent(papers)), [part("b", other), part("a")]))
    transfer_id = told.text("receipt", "transfer_id")
    asked = message("GetDossier", transfer_id=transfer_id, **({"contents": "mtom"} if by == "message" else {}))
    headers = {"Content-Type": version.media_type} | ({"Accept": "multipart/related"} if by == "header" else {})

    async with visit["so-tu-phap"].post("/soap/v1", data=envelope(asked, version), headers=headers) as answered:
        related = await read_related(read_media_type(answered.headers["Content-Type"]), answered.content.iter_chunked(1000))
        contents = {one.content_id: await one.whole(10**6) async for one in related.parts}
        assert answered.headers["Content-Length"]

    found = read_envelope(related.root, version=version).body
    assert found is not None
    assert [contents[cid] for _, cid in includes(found)] == [PAPER, other]
    assert [one.text for one in found.iter(f"{S}sha256")] == [HASH, hashlib.sha256(other).hexdigest()]


async def test_contents_stay_away_when_they_are_not_asked_for(visit: Visit) -> None:
    papers = with_papers({"name": "a", "url": "cid:a"}, {"name": "b", "url": "https://tep.example/1"})
    told = await send(visit, swa_writer("b", SOAP_11, envelope(sent(papers)), [part("a")]))

    found = await acted(visit, "GetDossier", system="so-tu-phap", transfer_id=told.text("receipt", "transfer_id"))

    assert (found.text("attachments", "attachment", "sha256"), found.text("attachments", "attachment", "size")) == (HASH, str(len(PAPER)))
    assert found.element is not None
    assert found.element.find(f".//{S}content") is None
    assert [one.text for one in found.element.iter(f"{{{DOSSIER}}}url")] == ["https://tep.example/1"]


FAULTY = {
    "a name that names nothing": (with_papers({"name": "a", "url": "cid:x"}), "", [], "malformed"),
    "a content that nobody names": (with_papers({"name": "a", "url": "cid:x"}), "", ["x", "y"], "malformed"),
    "another hash than told": (with_papers({"name": "a", "url": "cid:x", "sha256": "0" * 64}), "", ["x"], "malformed"),
    "another size than told": (with_papers({"name": "a", "url": "cid:x", "size": 3}), "", ["x"], "malformed"),
    "a part that did not come": (with_papers({"name": "a", "url": "cid:x"}), enclosed(("x", included("y"))), [], "mime"),
    "a part twice": (with_papers({"name": "a", "url": "cid:x"}), "", ["x", "x"], "mime"),
    "a part without a name": (with_papers({"name": "a", "url": "cid:x"}), "", ["x", ""], "mime"),
    "an include of an address": (
        with_papers({"name": "a", "url": "cid:x"}),
        enclosed(("x", included("y").replace("cid:", "http://127.0.0.1/"))),
        [],
        "malformed",
    ),
    "one part included twice": (
        with_papers({"name": "a", "url": "cid:x"}, {"name": "b", "url": "cid:z"}),
        enclosed(("x", included("y")), ("z", included("y"))),
        ["y"],
        "malformed",
    ),
    "one name twice": (with_papers({"name": "a", "url": "cid:x"}), enclosed(("x", "QQ=="), ("x", "QUI=")), [], "malformed"),
    "no base64": (with_papers({"name": "a", "url": "cid:x"}), enclosed(("x", "%%%")), [], "malformed"),
    "text beside an include": (with_papers({"name": "a", "url": "cid:x"}), enclosed(("x", included("y") + "<b/>")), ["y"], "malformed"),
}


@pytest.mark.parametrize(("whole", "more", "parts", "code"), FAULTY.values(), ids=FAULTY)
async def test_contents_that_do_not_fit_are_refused_and_nothing_is_accepted(
    visit: Visit, whole: dict[str, Any], more: str, parts: list[str], code: str
) -> None:
    told = await send(visit, swa_writer("b", SOAP_11, envelope(sent(whole, more)), [part(name, PAPER + name.encode()) for name in parts]))

    assert told.fault is not None
    assert (told.status, told.fault.dotted) == (500, f"Client.{code}")
    assert (await visit.ask("GET", "/v1/dossiers/H40.10-260302-0001/trace"))[0] == 404


def stored_files(folder: Path) -> list[Path]:
    """What the store of attachments holds, finished or not."""
    return [path for path in folder.rglob("*") if path.is_file() and (path.parent.name == "incoming" or len(path.name) == 64)]


async def test_a_body_that_is_cut_off_is_refused_and_nothing_of_it_is_kept(visit: Visit, tmp_path: Path) -> None:
    writer = swa_writer("b", SOAP_11, envelope(sent(with_papers({"name": "a", "url": "cid:x"}))), [part("x")])
    whole = b"".join([chunk async for chunk in writer.chunks()])

    told = await post(visit, whole[:-200], writer.content_type)

    assert told.fault is not None
    assert told.fault.dotted == "Client.mime"
    assert not stored_files(tmp_path)


async def test_attachments_beyond_the_limit_are_refused(visit: Visit) -> None:
    writer = swa_writer("b", SOAP_11, envelope(sent(with_papers({"name": "a", "url": "cid:x"}))), [part("x", bytes(1_100_000))])
    told = await send(visit, writer)

    assert told.fault is not None
    assert (told.status, told.fault.dotted) == (413, "Client.too_large")
