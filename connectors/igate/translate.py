"""What the tables cannot say: which of the two forms a message has, which event it tells, and the habits of the dialect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.sdk import (
    EVENT_OF_STATUS,
    STATUS_AFTER,
    CompiledMapping,
    Document,
    EventKind,
    Malformed,
    Problem,
    Read,
    Status,
    Transfer,
    convert_all,
    digest,
    load_table,
    tree_of,
)
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.sdk import Outgoing

__all__ = ["RECEIVE", "STATUS", "SUPPLEMENT", "Tables", "load_tables", "read_document", "write_document"]

#: The operations: hand a dossier over, add to one, tell what happened to one.
RECEIVE = "receive"
STATUS = "status"
SUPPLEMENT = "supplement"
#: Statuses in which a dossier that is shown whole for the first time was just submitted.
FIRST = frozenset({Status.REGISTERED, Status.ACCEPTED})
LOCAL_PHONE = re.compile(r"0[0-9]{8,10}\Z")
KINDS_BY_NUMBER = ((re.compile(r"[0-9]{12}\Z"), "citizen_id"), (re.compile(r"[0-9]{9}\Z"), "old_citizen_id"))
#: The scheme under which the tables know the system's own id of a dossier.
OWN = "igate"


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled tables: a whole dossier, and what happened to one."""

    dossier: CompiledMapping
    status: CompiledMapping


def load_tables() -> Tables:
    """Compile the tables."""
    return Tables(dossier=load_table(table_path("igate", "ho-so")), status=load_table(table_path("igate", "trang-thai")))


# ---- canonical to one-stop -----------------------------------------------------------------------------------------


def write_document(outgoing: Outgoing, tables: Tables) -> Document:
    """Write the one call that a transfer needs: the whole dossier when it is submitted or supplemented, else its status.

    Files are named by their hash; `deliver` puts the system's ids in their place. Raises `Malformed` with every fault.
    """
    transfer = outgoing.accepted.transfer
    kind = transfer.event.kind
    tree = _canonical(outgoing)
    if kind in {EventKind.SUBMITTED, EventKind.SUPPLEMENTED}:
        operation = RECEIVE if kind is EventKind.SUBMITTED else SUPPLEMENT
        written = tables.dossier.write(tree)
    else:
        operation, written = STATUS, tables.status.write(tree)
    return Document(operation=operation, media_type="application/json", body=msgspec.json.encode(written))


def _canonical(outgoing: Outgoing) -> dict[str, Any]:
    """Prepare the canonical tree for the tables."""
    transfer = outgoing.accepted.transfer
    tree = tree_of(transfer.dossier)
    tree["identifiers"] = list(_identifiers(outgoing))
    status = tree.get("status", {})
    if transfer.event.kind is EventKind.SUBMITTED:
        status = {"canonical": Status.REGISTERED.value}
    status.setdefault("canonical", STATUS_AFTER[transfer.event.kind].value)
    status.setdefault("at", msgspec.to_builtins(transfer.event.occurred_at or outgoing.accepted.accepted_at))
    tree["status"] = status
    if transfer.event.note and not tree.get("note"):
        tree["note"] = transfer.event.note
    _localise(tree)
    return tree


def _identifiers(outgoing: Outgoing) -> Iterator[dict[str, str]]:
    """The ids that the system can say: its own, the code, the national code; the national code stands in for a code that is missing."""
    known: dict[str, str] = {}
    for one in (*outgoing.accepted.transfer.dossier.identifiers, *outgoing.identifiers):
        known.setdefault(one.scheme, one.value)
    if outgoing.system in known:
        yield {"scheme": OWN, "value": known[outgoing.system]}
    if code := known.get("dossier", known.get("national")):
        yield {"scheme": "dossier", "value": code}
    if "national" in known:
        yield {"scheme": "national", "value": known["national"]}


def _localise(tree: dict[str, Any]) -> None:
    """Write telephone numbers as +84, put the citizen's card first among the papers, and leave out other systems' ids of files."""
    applicant = tree.get("applicant", {})
    phone = applicant.get("contact", {}).get("phone")
    if phone and LOCAL_PHONE.match(phone):
        applicant["contact"]["phone"] = f"+84{phone[1:]}"
    if "identity_documents" in applicant:
        applicant["identity_documents"].sort(key=lambda paper: paper["kind"] != "citizen_id")
    for part in ("components", "results"):
        for paper in tree.get(part, ()):
            for file in paper.get("attachments", ()):
                file.pop("id", None)


# ---- one-stop to canonical -----------------------------------------------------------------------------------------


def read_document(document: object, *, system: str, tables: Tables, is_first: bool) -> Read:
    """Read a dossier, or what happened to one; raises `Malformed` with every fault.

    `is_first`: nothing was heard of this dossier before. The message id follows from the content and from the event that is told of it: what
    is pushed and polled is one message when both tell the same, and two when they do not.
    """
    if not isinstance(document, dict):
        raise Malformed([Problem(path="", rule="type", hint="an object")])
    raw = msgspec.json.encode(document, order="deterministic")
    plain = msgspec.json.decode(raw)
    _plain(plain)
    is_whole = "applicant" in plain or "procedure" in plain
    tree: dict[str, Any] = (tables.dossier if is_whole else tables.status).read(plain)
    _own_id(tree, system)
    if isinstance(applicant := tree.get("applicant"), dict):
        _name_papers(applicant)
    status = Status(tree["status"]["canonical"])
    event: dict[str, Any] = {"kind": EventKind.SUBMITTED if is_whole and is_first and status in FIRST else EVENT_OF_STATUS[status]}
    if "at" in tree["status"]:
        event["occurred_at"] = tree["status"]["at"]
    if not is_whole and tree.get("note"):
        event["note"] = tree.pop("note")
    message = {"message_id": f"igate-{digest(event['kind'].encode() + raw)[:40]}", "event": event, "dossier": tree}
    return Read(transfer=convert_all(message, Transfer), raw=raw, media_type="application/json")


def _plain(document: dict[str, Any]) -> None:
    """Bring variants of the dialect into one: a procedure's names may be one object; a hash never comes from outside."""
    procedure = document.get("procedure")
    if isinstance(procedure, dict) and isinstance(procedure.get("translate"), dict):
        procedure["translate"] = [{"languageId": 228, **procedure["translate"]}]
    for part in ("dossierFormFile", "attachment"):
        papers = document.get(part)
        for paper in papers if isinstance(papers, list) else ():
            files = paper.get("file") if isinstance(paper, dict) else None
            for file in files if isinstance(files, list) else ():
                if isinstance(file, dict):
                    file.pop("sha256", None)


def _own_id(tree: dict[str, Any], system: str) -> None:
    """Name the system's own id of the dossier by the name that the system has here."""
    for one in tree.get("identifiers", ()):
        if one.get("scheme") == OWN:
            one["scheme"] = system


def _name_papers(applicant: dict[str, Any]) -> None:
    """Say what kind of paper a number is of, by its form; a paper without number is none."""
    papers = [paper for paper in applicant.get("identity_documents", ()) if paper.get("number")]
    for paper in papers:
        paper["kind"] = next((kind for form, kind in KINDS_BY_NUMBER if form.match(paper["number"])), "other")
    if "identity_documents" in applicant:
        applicant["identity_documents"] = papers
