"""What becomes of a transfer: which message, in which form, and what comes back from it."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.edxml.translate import DOCUMENT, STATUS, write_document
from gateway.mapping import canonical_paths
from gateway.sdk import Document, Dossier, Identifier, Malformed, Transfer, convert_all, digest, tree_of
from schemas import schema_path
from tests.connector_desk import canonical, outgoing
from tests.edxml_papers import CONFIG, NAMESPACE, TABLES, config, read
from tests.strategies import transfers

if TYPE_CHECKING:
    from connectors.edxml.config import Config

SCHEMA = etree.XMLSchema(etree.parse(str(schema_path("edxml/qcvn-102-2016.xsd"))))
CODE = {"scheme": "dossier", "value": "H21.129-260302-0007"}
THEIRS = {"scheme": "there", "value": "H21.10,2026/03/01,2491/STP-HCTP"}
OURS = {"scheme": "there", "value": "H21,2026/03/02,101738635/H21.129-260302-0007"}
PAPER = b"%PDF-1.4 giay"
FILE = {"name": "giấy.pdf", "sha256": digest(PAPER), "size": len(PAPER), "media_type": "application/pdf"}
HEAD = f"{{{NAMESPACE}}}edXMLEnvelope/{{{NAMESPACE}}}edXMLHeader/"
#: The elements that are written without a prefix.
BARE = {b"edXML", b"AttachmentEncoded", b"Attachment", b"ContentId", b"AttachmentName", b"ContentType", b"ContentTransferEncoded"}
#: What the table of documents does not name and comes back all the same: from beside the envelope, in ids, or as results are like papers.
COMES_BACK_BESIDE = re.compile(
    r"components\[\]\.attachments\[\]\.(sha256|size)|results\[\]\.(name|attachments\[\]\.(name|media_type|sha256|size))"
)
LOST = [path for path in TABLES.document.coverage().lost(canonical_paths(Dossier)) if not COMES_BACK_BESIDE.fullmatch(path)]


def write(transfer: Transfer, *known: dict[str, str], settings: Config = CONFIG) -> Document:
    """Write a transfer, with the ids that the gateway knows of its dossier."""
    identifiers = tuple(msgspec.convert(one, Identifier) for one in known)
    return write_document(outgoing(transfer, identifiers=(*transfer.dossier.identifiers, *identifiers)), TABLES, settings)


def filled(document: Document, *contents: bytes) -> bytes:
    """A document with its contents, as it is sent."""
    body = document.body
    for content in contents:
        body = body.replace(f">{digest(content)}</".encode(), b">" + base64.b64encode(content) + b"</")
    return body


def said(document: Document, path: str) -> str | None:
    """A text of the header."""
    root = etree.fromstring(document.body)
    return root.findtext(HEAD + "/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))


def whole(**changes: Any) -> Transfer:
    """A submission with a file."""
    dossier = {
        "identifiers": [CODE],
        "procedure": {"code": "2.000986", "name": "Liên thông khai sinh"},
        "applicant": {"kind": "citizen", "name": "Đinh Thị Ví Dụ"},
        "components": [{"name": "Giấy chứng sinh", "attachments": [FILE]}],
    }
    return canonical("submitted", dossier | changes)


# ---- which message -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "known", "operation", "business"),
    [
        ("submitted", [], DOCUMENT, "0"),
        ("submitted", [OURS], DOCUMENT, "3"),
        ("supplemented", [OURS], DOCUMENT, "2"),
        ("withdrawn", [OURS], DOCUMENT, "1"),
        ("withdrawn", [THEIRS], STATUS, "15"),
        ("accepted", [THEIRS], STATUS, "03"),
        ("rejected", [THEIRS], STATUS, "02"),
        ("processing", [THEIRS], STATUS, "05"),
        ("completed", [THEIRS], STATUS, "06"),
        ("accepted", [], DOCUMENT, "0"),
        ("supplement_requested", [THEIRS], DOCUMENT, "0"),
        ("payment_requested", [THEIRS], DOCUMENT, "0"),
        ("suspended", [THEIRS], DOCUMENT, "0"),
        ("result_returned", [THEIRS], DOCUMENT, "0"),
    ],
)
def test_each_event_is_told_by_its_message(kind: str, known: list[dict[str, str]], operation: str, business: str) -> None:
    transfer = canonical(kind, tree_of(whole().dossier) | {"components": []})

    written = write(transfer, *known)

    place = "MessageHeader/StatusCode" if operation == STATUS else "TraceHeaderList/Bussiness/BussinessDocType"
    assert (written.operation, said(written, place)) == (operation, business)
    if operation == DOCUMENT:
        assert read(filled(written), CONFIG).event.kind == kind


def test_a_recall_names_what_it_recalls_and_a_replacement_what_it_replaces() -> None:
    second = {"scheme": "there", "value": "H21,2026/03/05,301738635/H21.129-260302-0007"}

    recall, replacement = write(canonical("withdrawn", {"identifiers": [CODE]}), second, OURS), write(whole(), OURS, second)

    assert said(recall, "TraceHeaderList/Bussiness/DocumentId") == OURS["value"]
    replaced = etree.fromstring(replacement.body).iterfind(f".//{{{NAMESPACE}}}ReplacementInfo/{{{NAMESPACE}}}DocumentId")
    assert [one.text for one in replaced] == [OURS["value"], second["value"]]


def test_a_status_answers_the_document_that_the_other_side_sent() -> None:
    written = write(canonical("accepted", {"identifiers": [CODE]}, note="Hẹn trả 12/03"), THEIRS, OURS)

    answered = [said(written, f"MessageHeader/ResponseFor/{name}") for name in ("OrganId", "Code", "PromulgationDate", "DocumentId")]
    assert answered == ["H21.10", "2491/STP-HCTP", "2026/03/01", THEIRS["value"]]
    assert said(written, "MessageHeader/Description") == "Hẹn trả 12/03"


def test_what_a_status_would_lose_goes_as_a_document_where_the_site_wants_that() -> None:
    lean, rich = canonical("accepted", {"identifiers": [CODE]}), canonical("accepted", {"identifiers": [CODE], "fees": [{"amount": 5}]})
    lossless = config(status_messages="when_nothing_is_lost")

    assert [write(one, THEIRS, settings=lossless).operation for one in (lean, rich)] == [STATUS, DOCUMENT]
    assert write(rich, THEIRS).operation == STATUS


def test_papers_are_never_left_behind_by_a_status() -> None:
    transfer = canonical("completed", {"identifiers": [CODE], "results": [{"name": "Giấy khai sinh", "attachments": [FILE]}]})

    found = read(filled(write(transfer, THEIRS), PAPER))

    assert found.event.kind == "completed"
    assert found.dossier.results == transfer.dossier.results


def test_every_attempt_of_a_delivery_writes_the_same_bytes_and_another_delivery_has_another_id() -> None:
    first = outgoing(whole())
    again = msgspec.structs.replace(first, attempt=5)
    other = msgspec.structs.replace(first, key="k-2")

    assert write_document(first, TABLES, CONFIG) == write_document(again, TABLES, CONFIG)
    assert said(write_document(other, TABLES, CONFIG), "MessageHeader/DocumentId") != said(
        write_document(first, TABLES, CONFIG), "MessageHeader/DocumentId"
    )


def test_what_xml_cannot_carry_is_a_fault_with_its_element() -> None:
    with pytest.raises(Malformed) as caught:
        write(whole(subject="a\x01b", components=[{"name": "a\x02", "attachments": [FILE]}]))

    paths = [problem.path.rpartition("/")[2] for problem in caught.value.problems]
    assert sorted(paths) == ["edXML:Description", "edXML:Subject"]


# ---- in which form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [[], [THEIRS], [OURS], [THEIRS, OURS]])
@pytest.mark.parametrize("kind", ["submitted", "supplemented", "accepted", "rejected", "completed", "withdrawn", "suspended"])
def test_what_is_written_is_the_one_correct_form(kind: str, known: list[dict[str, str]]) -> None:
    transfer = canonical(kind, tree_of(whole().dossier), note="Ý kiến & lý do")

    body = filled(write(transfer, *known), PAPER)

    root = etree.fromstring(body)
    SCHEMA.assertValid(root)
    assert set(re.findall(rb"<([A-Za-z]+)[ />]", body)) <= BARE
    assert body.count(b"<edXML:") == sum(1 for _ in root[0].iter())


def test_an_official_reads_what_the_dossier_is_about() -> None:
    content = said(write(whole(dates={"due": "2026-03-12T17:00:00+07:00"})), "MessageHeader/Content") or ""

    assert content.splitlines() == [
        "Mã hồ sơ: H21.129-260302-0007",
        "Thủ tục: 2.000986 – Liên thông khai sinh",
        "Người nộp: Đinh Thị Ví Dụ",
        "Ngày hẹn trả: 2026-03-12",
    ]


def test_what_another_document_said_of_its_way_is_not_said_again() -> None:
    head = "edXML:edXMLHeader/edXML:MessageHeader"
    kept = {
        f"{head}/edXML:OtherInfo/edXML:PageAmount": "3",
        f"{head}/edXML:To[1]/edXML:OrganId": "X99",
        f"{head}/edXML:OtherInfo/edXML:Priority": "2",
    }

    written = write(whole(extensions={"edxml": kept}))

    assert said(written, "MessageHeader/OtherInfo/PageAmount") == "3"
    assert said(written, "MessageHeader/OtherInfo/Priority") == "2"
    assert b"X99" not in re.sub(rb"<AttachmentEncoded>.*", b"", written.body)


# ---- what comes back ---------------------------------------------------------------------------------------------------


def with_files(transfer: Transfer) -> tuple[Transfer, list[bytes]]:
    """The transfer with files that exist: each with a content of its own."""
    tree = tree_of(transfer)
    contents: list[bytes] = []
    for part in ("components", "results"):
        for paper in tree["dossier"].get(part, ()):
            for file in paper.get("attachments", ()):
                if "sha256" in file:
                    content = f"tệp số {len(contents)}".encode()
                    contents.append(content)
                    file |= {"sha256": digest(content), "size": len(content)}
    return convert_all(tree, Transfer), contents


def without(tree: Any, path: str) -> None:
    """Take what is at a path out of a tree."""
    name, _, rest = path.partition(".")
    many = name.endswith("[]")
    if not isinstance(tree, dict) or name.removesuffix("[]") not in tree:
        return
    if not rest:
        del tree[name.removesuffix("[]")]
        return
    for inner in tree[name.removesuffix("[]")] if many else [tree[name]]:
        without(inner, rest)


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(transfer=transfers())
def test_between_two_gateways_nothing_is_lost(transfer: Transfer) -> None:
    transfer, contents = with_files(transfer)

    found = read(filled(write(transfer, settings=config(status_messages="when_nothing_is_lost")), *contents))

    expected = transfer.dossier.identifiers
    assert found.event == transfer.event
    assert found.in_reply_to == transfer.in_reply_to
    assert found.dossier.identifiers[: len(expected)] == expected
    assert [one.scheme for one in found.dossier.identifiers[len(expected) :]] in ([], ["there"])
    assert msgspec.structs.replace(found.dossier, identifiers=()) == msgspec.structs.replace(transfer.dossier, identifiers=())


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
).filter(lambda text: text == text.strip())
FILES = st.lists(st.tuples(TEXTS, st.sampled_from(["application/pdf", "image/png", ""])), min_size=1, max_size=3)
PAPERS = st.lists(st.tuples(st.none() | TEXTS, FILES), max_size=3)


@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
@given(
    subject=TEXTS,
    note=st.none() | TEXTS,
    due=st.none() | st.dates(),
    kind=st.sampled_from(["submitted", "supplemented", "completed", "suspended", "supplement_requested"]),
    papers=PAPERS,
    more=st.fixed_dictionaries(
        {}, optional={"channel": st.just("online"), "fees": st.just([{"amount": 5}]), "note": TEXTS, "agency": st.just({"name": "Sở"})}
    ),
)
def test_an_agency_without_a_gateway_gives_back_all_but_what_is_declared_lost(
    subject: str, note: str | None, due: Any, kind: str, papers: list[Any], more: dict[str, Any]
) -> None:
    contents: list[bytes] = []
    part = "components" if kind in {"submitted", "supplemented"} else "results"
    tree = {"identifiers": [CODE], "subject": subject, "applicant": {"kind": "citizen", "name": "A"}, "procedure": {"code": "1.1"}, **more}
    tree[part] = [_paper(name, files, contents) for name, files in papers]
    tree["dates"] = {"due": f"{due.isoformat()}T00:00:00+07:00"} if due and due.year > 1900 else {}

    transfer = canonical(kind, tree, note=note)
    found = tree_of(read(filled(write(transfer, settings=config(carry_canonical=False)), *contents)))

    expected = tree_of(transfer)
    for path in LOST:
        without(expected["dossier"], path)
        without(found["dossier"], path)
    del found["dossier"]["identifiers"][1:]
    assert found["event"] == {name: value for name, value in expected["event"].items() if name != "occurred_at"}
    assert _filled(found["dossier"]) == _filled(expected["dossier"])


def _paper(name: str | None, files: list[tuple[str, str]], contents: list[bytes]) -> dict[str, Any]:
    """A paper with files that exist."""
    paper: dict[str, Any] = {"attachments": [], "code": "lost"} | ({"name": name} if name else {})
    for file, media_type in files:
        contents.append(f"tệp {len(contents)}".encode())
        entry = {"name": file, "sha256": digest(contents[-1]), "size": len(contents[-1])}
        paper["attachments"].append(entry | ({"media_type": media_type} if media_type else {}))
    return paper


def _filled(tree: Any) -> Any:
    """A tree without what is empty: it says no more than what is absent."""
    if isinstance(tree, dict):
        found = {name: _filled(value) for name, value in tree.items()}
        return {name: value for name, value in found.items() if value not in ({}, [], None)}
    return [kept for value in tree if (kept := _filled(value)) not in ({}, [], None)] if isinstance(tree, list) else tree


def test_a_canonical_transfer_that_names_a_file_that_did_not_come_is_a_fault() -> None:
    body = filled(write(whole()), PAPER).replace(base64.b64encode(PAPER), base64.b64encode(b"another"))

    with pytest.raises(Malformed) as caught:
        read(body)

    assert [problem.path for problem in caught.value.problems] == ["dossier.components[0].attachments[0].sha256"]


@pytest.mark.parametrize("carried", [b"{", b"[]", b"{}", b'{"event":{"kind":"flown"},"dossier":{"identifiers":[]}}', b"[" * 5000])
def test_a_canonical_transfer_that_is_none_is_a_fault(carried: bytes) -> None:
    body = filled(write(whole()), PAPER)
    found = re.findall(rb"<ContentTransferEncoded>([^<]*)<", body)[-1]

    with pytest.raises(Malformed):
        read(body.replace(found, base64.b64encode(carried)))


def test_the_recipients_of_one_gateway_are_no_matter_of_the_other() -> None:
    transfer = msgspec.structs.replace(whole(), recipients=("so-tu-phap",))

    found = read(filled(write(transfer), PAPER))

    assert found.recipients == ()
    assert found.message_id != transfer.message_id
