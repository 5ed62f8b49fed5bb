"""Every variation of a document that was met says the same; what is wrong is said with its path."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sdk import Malformed, Problem, Transfer, digest
from tests.edxml_papers import CONFIG, FILE, NAMESPACE, OLD_NAMESPACES, Variation, config, document, read, status

HEAD = "edXML:edXMLHeader/edXML:MessageHeader"
OURS = "H21,2026/03/02,101738635/H21.129-260302-0007"
PLAIN = read(document())
BUSSINESS = [
    "<Bussiness><BussinessDocType>0</BussinessDocType></Bussiness>",
    "<Business><BusinessDocType>0</BusinessDocType></Business>",
    "<BussinessDocType>0</BussinessDocType>",
    "<BussinessDocType><BussinessDocType>0</BussinessDocType></BussinessDocType>",
    "<Bussiness>0</Bussiness>",
]
VARIATIONS = st.builds(
    Variation,
    namespace=st.sampled_from([NAMESPACE, *OLD_NAMESPACES]),
    prefixed=st.booleans(),
    content_prefixed=st.booleans(),
    cid_in_reference=st.booleans(),
    cid_in_attachment=st.booleans(),
    order=st.integers(0, 7),
    date=st.sampled_from(["2026/03/01", "01/03/2026", "2026-03-01", "20260301", " 2026/03/01 "]),
    due=st.sampled_from(["2026/03/12", "12/03/2026", "2026-03-12", "2026/03/12 00:00:00", "2026-03-12T00:00:00+07:00"]),
    bussiness=st.sampled_from(BUSSINESS),
    bussiness_in_header=st.booleans(),
    attributes=st.sampled_from(["", 'id="a" version="1.0" mustUnderstand="1" actor="urn:x"']),
    zips=st.booleans(),
    breaks_lines=st.booleans(),
    declared=st.sampled_from(["utf-8", "UTF-8", "utf-16"]),
    trace=st.integers(0, 3),
)


@settings(max_examples=150, deadline=None)
@given(how=VARIATIONS)
def test_every_variation_says_the_same(how: Variation) -> None:
    assert read(document(how)) == PLAIN


def test_what_the_document_says_is_what_is_read() -> None:
    dossier = PLAIN.dossier

    assert PLAIN.event.kind == "submitted"
    assert [(one.scheme, one.value, one.issuer) for one in dossier.identifiers] == [("there", "H21.10,2026/03/01,2491/STP-HCTP", "H21.10")]
    assert dossier.subject == "Đề nghị xác minh & trả lời"
    assert msgspec.to_builtins(dossier.applicant) == {"kind": "state_agency", "name": "Sở Tư pháp tỉnh Mẫu"}
    (paper,) = dossier.components
    (file,) = paper.attachments
    assert (paper.name, file.name, file.sha256, file.size) == ("Công văn", "công văn.pdf", digest(FILE), len(FILE))
    assert dossier.extensions["edxml"] == {f"{HEAD}/edXML:OtherInfo/edXML:Priority": "2"}
    assert dossier.extensions["official_document"]["from"]["name"] == "Sở Tư pháp tỉnh Mẫu"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_in_utf_16_is_read(encoding: str) -> None:
    assert read(document(Variation(encoding=encoding, declared="utf-16"))) == PLAIN


def test_attachments_before_the_envelope_are_read() -> None:
    assert read(document(Variation(attachments_first=True))) == PLAIN


def test_the_signature_is_kept_as_it_came_and_changes_nothing_else() -> None:
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#" Id="s">\n <SignedInfo ><X   a=\'1\'/></SignedInfo>é</Signature>'

    signed = read(document(signature=signature))

    assert signed.dossier.extensions["official_document"]["signature"] == signature
    del signed.dossier.extensions["official_document"]["signature"]
    assert signed.dossier == PLAIN.dossier


@pytest.mark.parametrize("namespace", [NAMESPACE, *OLD_NAMESPACES])
@pytest.mark.parametrize("head", ["MessageHeader", "Status"])
@pytest.mark.parametrize("at", ["2026/03/04 09:15:00", "04/03/2026 09:15:00", "2026-03-04T09:15:00+07:00", "20260304091500"])
def test_a_status_says_the_same_in_every_shape(namespace: str, head: str, at: str) -> None:
    found = read(status("05", OURS, head=head, namespace=namespace, at=at))

    assert found == read(status("05", OURS))
    assert [(one.scheme, one.value) for one in found.dossier.identifiers] == [("dossier", "H21.129-260302-0007"), ("there", OURS)]
    assert msgspec.to_builtins(found.dossier.log)[0]["actor"] == "Cán bộ Thử"


@pytest.mark.parametrize(
    ("code", "kind", "standing"),
    [
        ("01", "processing", "registered"),
        ("02", "rejected", "not_accepted"),
        ("03", "accepted", "accepted"),
        ("04", "processing", "registered"),
        ("05", "processing", "processing"),
        ("06", "completed", "processed"),
        ("13", "withdrawn", "withdrawn"),
        ("15", "withdrawn", "withdrawn"),
        ("16", "processing", "processing"),
    ],
)
def test_every_status_is_an_event_and_keeps_its_code(code: str, kind: str, standing: str) -> None:
    found = read(status(code, "H21,2026/03/05,201738635/H21.129-260302-0007"))

    assert found.event.kind == kind
    assert msgspec.to_builtins(found.dossier.status)["canonical"] == standing
    assert msgspec.to_builtins(found.dossier.status)["raw_code"] == code
    assert found.event.note == "Ý kiến"


@pytest.mark.parametrize("number", ["301738635", "401738635"])
def test_agreeing_to_an_update_withdraws_nothing(number: str) -> None:
    assert read(status("15", f"H21,2026/03/05,{number}/H21.129-260302-0007")).event.kind == "processing"


def test_the_national_code_comes_back_under_its_scheme() -> None:
    found = read(status("03", "H21,2026/03/02,111738635/G22.99-260302-0311"))

    assert next((one.scheme, one.value) for one in found.dossier.identifiers) == ("national", "G22.99-260302-0311")


def test_a_status_without_the_id_is_found_by_what_an_id_is_made_of() -> None:
    body = status("03", OURS).replace(
        f"<DocumentId>{OURS}</DocumentId>".encode(),
        b"<Code>101738635/H21.129-260302-0007</Code><PromulgationDate>02/03/2026</PromulgationDate>",
    )

    assert ("there", OURS) in {(one.scheme, one.value) for one in read(body).dossier.identifiers}


def test_an_answer_means_what_the_site_says_and_its_files_are_results() -> None:
    body = document().replace(
        b"<edXML:Subject>", f"<edXML:ResponseFor><edXML:DocumentId>{OURS}</edXML:DocumentId></edXML:ResponseFor><edXML:Subject>".encode()
    )

    usual, other = read(body), read(body, config(reply_event="completed"))

    assert (usual.event.kind, other.event.kind) == ("processing", "completed")
    assert not usual.dossier.components
    assert usual.dossier.results[0].attachments[0].sha256 == digest(FILE)
    assert ("dossier", "H21.129-260302-0007") in {(one.scheme, one.value) for one in usual.dossier.identifiers}


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("PromulgationDate", "2014/02/30", f"{HEAD}/edXML:PromulgationInfo/edXML:PromulgationDate"),
        ("DueDate", "31/06/2026", f"{HEAD}/edXML:DueDate"),
        ("DocumentId", "000.00.11.H53,2014/02/30,2491/STC-BCTC", f"{HEAD}/edXML:DocumentId"),
        ("BussinessDocType", "7", "edXML:edXMLHeader/edXML:TraceHeaderList/edXML:Bussiness/edXML:BussinessDocType"),
        ("ContentTransferEncoded", "không phải", "edXML:AttachmentEncoded/edXML:Attachment[0]/edXML:ContentTransferEncoded"),
        ("ContentTransferEncoded", "QUJ", "edXML:AttachmentEncoded/edXML:Attachment[0]/edXML:ContentTransferEncoded"),
    ],
)
def test_a_wrong_value_is_a_fault_with_its_path(field: str, value: str, path: str) -> None:
    body = re.sub(rf"(<(?:edXML:)?{field}[^>]*>)[^<]*<", rf"\g<1>{value}<", document().decode()).encode()

    with pytest.raises(Malformed) as caught:
        read(body)

    assert [problem.path for problem in caught.value.problems] == [path]
    assert value not in str(caught.value)


@given(place=st.integers(0, 60), wrong=st.sampled_from(["", "\x01", "<x/>", "9" * 5000, "ý" * 200, "2014/02/30", "-1"]))
@settings(max_examples=150, deadline=None)
def test_no_spoiled_value_is_a_crash(place: int, wrong: str) -> None:
    texts = list(re.finditer(r">([^<>]+)<", document().decode()))
    found = texts[place % len(texts)]
    text = document().decode()

    faults = faults_of((text[: found.start(1)] + wrong + text[found.end(1) :]).encode())

    assert faults is None or faults


def faults_of(body: bytes) -> Sequence[Problem] | None:
    """The faults of a document; None when it has none."""
    try:
        read(body)
    except Malformed as error:
        return error.problems
    return None


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_bytes_that_are_no_document_are_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        read(content)


def test_the_message_id_follows_from_what_is_said_alone() -> None:
    other = read(document().replace(b"x\xc3\xa1c minh", b"x\xc3\xa1c nh\xe1\xba\xadn"))

    assert read(document(Variation(trace=3))).message_id == PLAIN.message_id != other.message_id
    assert isinstance(other, Transfer)
    assert CONFIG.carry_canonical
