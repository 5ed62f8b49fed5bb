"""From a document or a status message to a canonical transfer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from connectors.edxml.intake import CANONICAL
from connectors.edxml.letter import LONGEST_ID, own_name, read_name
from connectors.edxml.node import is_status, render
from connectors.edxml.translate import PARTS
from gateway.sdk import (
    EVENT_OF_STATUS,
    EventKind,
    Identifier,
    Malformed,
    Problem,
    Read,
    Status,
    Transfer,
    attachments,
    convert_all,
    digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from connectors.edxml.config import Config
    from connectors.edxml.intake import Content, Paper
    from connectors.edxml.letter import Name, OwnName
    from connectors.edxml.translate import Tables

__all__ = ["read_paper"]

HEAD = "edXML:edXMLHeader/edXML:MessageHeader"
#: Events that bring papers of the dossier; with any other, papers are results.
BRINGS_PAPERS = frozenset({EventKind.SUBMITTED, EventKind.SUPPLEMENTED})
PART_OF_WORD = {word: part for part, word in PARTS.items()}
OWN_CONTENT = re.compile(rf"(?P<word>{'|'.join(PART_OF_WORD)})-(?P<paper>[0-9]+)-[0-9]+")
MOST_IDENTIFIERS = 20
NOT_CANONICAL = "edXML:AttachmentEncoded/canonical"


def read_paper(paper: Paper, *, system: str, tables: Tables, config: Config) -> Read:
    """Read a message; pure. Raises `Malformed` with every fault.

    The message id follows from what is said: the same document, whoever passed it on, has the same id.
    """
    if is_status(paper.envelope):
        transfer = _status(paper, system, tables, config)
    elif paper.canonical is not None:
        transfer = _carried(paper, paper.canonical, system)
    else:
        transfer = _document(paper, system, tables, config)
    named = msgspec.structs.replace(transfer, message_id=f"edxml-{digest(msgspec.json.encode(transfer))[:40]}")
    return Read(transfer=named, raw=paper.rest, media_type="application/xml")


# ---- a status message ----------------------------------------------------------------------------------------------


def _status(paper: Paper, system: str, tables: Tables, config: Config) -> Transfer:
    """Read what became of a document."""
    tree: dict[str, Any] = tables.status.read(render(paper.envelope))
    message: dict[str, Any] = tree.pop("message", {})
    event: dict[str, Any] = tree.pop("event", {})
    answered = _answered(message.get("answers", ()), config)
    own = own_name(answered, config.organ.id)
    status = tree["status"]
    if status["raw_code"] == "15" and own is not None and own.business in {"replace", "update"}:
        status["canonical"] = Status.PROCESSING
    canonical = Status(status["canonical"])
    event["kind"] = EventKind.PROCESSING if canonical is Status.REGISTERED else EVENT_OF_STATUS[canonical]
    if "at" in status:
        event["occurred_at"] = status["at"]
    official = [{**entry, "at": status["at"]} for entry in tree.pop("log", ()) if "at" in status]
    _describe(tree, message)
    identifiers = list(_identifiers([answered], system))
    return _transfer({"event": event, "dossier": {**tree, "identifiers": identifiers, **({"log": official} if official else {})}})


def _answered(answers: Iterable[Mapping[str, Any]], config: Config) -> Name:
    """The document that a status message speaks of: the one of this agency, else the first. Raises `Malformed` when there is none."""
    names = [_name_of_answer(one, index) for index, one in enumerate(answers)]
    found = [one for one in names if one is not None]
    if not found:
        raise Malformed([Problem(path=f"{HEAD}/edXML:ResponseFor/edXML:DocumentId", rule="required")])
    return next((one for one in found if one.organ == config.organ.id), found[0])


def _name_of_answer(answer: Mapping[str, Any], index: int) -> Name | None:
    """The document that is answered, by its id, else by what an id is made of."""
    said = answer.get("document_id")
    if not said and {"organ", "date", "code"} <= answer.keys():
        said = f"{answer['organ']},{str(answer['date']).replace('-', '/')},{answer['code']}"
    return read_name(str(said), path=f"{HEAD}/edXML:ResponseFor[{index}]/edXML:DocumentId") if said else None


# ---- a document of another gateway ---------------------------------------------------------------------------------


def _carried(paper: Paper, canonical: bytes, system: str) -> Transfer:
    """Take the canonical transfer that came along. Raises `Malformed` when it is none, or names files that did not come."""
    try:
        tree = msgspec.json.decode(canonical, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed([Problem(path=NOT_CANONICAL, rule="json")]) from error
    transfer = _transfer({name: value for name, value in tree.items() if name not in {"message_id", "recipients"}})
    here = {one.info.sha256 for one in paper.contents}
    missing = [
        Problem(path=f"{path}.sha256", rule="the content is not in the document", found="nothing")
        for path, file in attachments(transfer.dossier)
        if file.sha256 is not UNSET and file.sha256 not in here
    ]
    if missing:
        raise Malformed(missing)
    return _with_identifier(transfer, _document_name(paper), system)


def _with_identifier(transfer: Transfer, name: Name | None, system: str) -> Transfer:
    """Add the id of the document, by which it can be answered, where there is room for it."""
    known = transfer.dossier.identifiers
    if name is None or len(name.id) > LONGEST_ID or len(known) >= MOST_IDENTIFIERS:
        return transfer
    if any((one.scheme, one.value) == (system, name.id) for one in known):
        return transfer
    own = convert_all({"scheme": system, "value": name.id} | ({"issuer": name.organ} if name.organ else {}), Identifier)
    return msgspec.structs.replace(transfer, dossier=msgspec.structs.replace(transfer.dossier, identifiers=(*known, own)))


def _document_name(paper: Paper) -> Name | None:
    """The id of a document, or what it is made of when there is none."""

    def said(*names: str) -> str:
        """A text of the header."""
        return paper.envelope.said("edXMLHeader", "MessageHeader", *names)

    text = said("DocumentId")
    if not text and said("Code", "CodeNotation"):
        day = said("PromulgationInfo", "PromulgationDate")
        text = f"{said('From', 'OrganId')},{day},{said('Code', 'CodeNumber')}/{said('Code', 'CodeNotation')}"
    return read_name(text, path=f"{HEAD}/edXML:DocumentId") if text else None


# ---- a document ----------------------------------------------------------------------------------------------------


def _document(paper: Paper, system: str, tables: Tables, config: Config) -> Transfer:
    """Read a document that brings no canonical transfer: the dossier is what the standard can say of it."""
    tree: dict[str, Any] = tables.document.read(render(paper.envelope))
    message: dict[str, Any] = tree.pop("message", {})
    event: dict[str, Any] = tree.pop("event", {})
    named = _document_name(paper)
    if named is None:
        raise Malformed([Problem(path=f"{HEAD}/edXML:DocumentId", rule="required")])
    answers = [_name_of_answer(one, index) for index, one in enumerate(message.get("answers", ()))]
    about = message.get("about")
    names = [
        *([read_name(about, path="edXML:edXMLHeader/edXML:TraceHeaderList/edXML:Bussiness/edXML:DocumentId")] if about else []),
        *(one for one in answers if one is not None),
        named,
    ]
    kind = event["kind"] = _kind(event, message, config, answers=len(names) > 1)
    tree["identifiers"] = list(_identifiers(names, system))
    tree.update(_papers(tree.pop("components", ()), paper, kind))
    if kind is EventKind.SUBMITTED:
        tree.setdefault("procedure", {"code": config.procedure})
        tree.setdefault("applicant", _applicant(_sender(message)))
    _describe(tree, message, signature=paper.signature)
    return _transfer({"event": event, "dossier": tree})


def _kind(event: Mapping[str, Any], message: Mapping[str, Any], config: Config, *, answers: bool) -> EventKind:
    """What a document says that happened: its own name for it, else what it does to another, else whether it answers one."""
    if "kind" in event:
        return EventKind(event["kind"])
    match message.get("business"):
        case "recall":
            return EventKind.WITHDRAWN
        case "replace" | "update":
            return EventKind.SUPPLEMENTED
        case _:
            return EventKind(config.reply_event) if answers else EventKind.SUBMITTED


def _papers(references: Iterable[Mapping[str, Any]], paper: Paper, kind: EventKind) -> dict[str, list[dict[str, Any]]]:
    """Put the files into papers: as their ids say, else each a paper of its own; results unless the event brings papers."""
    usual = "components" if kind in BRINGS_PAPERS else "results"
    papers: dict[str, list[dict[str, Any]]] = {}
    last = ""
    for id_, name, file in _files(references, paper):
        own = OWN_CONTENT.fullmatch(id_)
        part = PART_OF_WORD[own["word"]] if own else usual
        place = f"{part} {own['paper']}" if own else ""
        if place and place == last:
            papers[part][-1]["attachments"].append(file)
        else:
            papers.setdefault(part, []).append({"attachments": [file]} | ({"name": name} if name else {}))
        last = place
    return papers


def _files(references: Iterable[Mapping[str, Any]], paper: Paper) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every file with its id and the name of its paper: what the manifest names, then what came unnamed."""
    contents = {one.id: one for one in paper.contents}
    for reference in references:
        said: Mapping[str, Any] = next(iter(reference.get("attachments", ())), {})
        id_ = str(said.get("content_id", "")).removeprefix("cid:")
        content = contents.pop(id_, None)
        file = {"name": said.get("name") or (content.name if content else "") or id_ or "tep-dinh-kem"}
        media_type = said.get("media_type") or (content.media_type if content else "")
        yield id_, reference.get("name") or "", file | _found(content, media_type, id_)
    for content in contents.values():
        if content.media_type != CANONICAL:
            yield (
                content.id,
                content.description,
                {"name": content.name or content.id or "tep-dinh-kem"} | _found(content, content.media_type, ""),
            )


def _found(content: Content | None, media_type: str, id_: str) -> dict[str, Any]:
    """What is known of a file: its content by hash and size, or only its id."""
    known: dict[str, Any] = {"media_type": media_type} if media_type else {}
    if content is not None:
        return known | {"sha256": content.info.sha256, "size": content.info.size}
    return known | {"id": id_ or "không có"}


def _sender(message: Mapping[str, Any]) -> Mapping[str, str]:
    """The agency that sends a document. Raises `Malformed` when it does not say who it is."""
    sender: Mapping[str, str] = message.get("from", {})
    if "id" not in sender:
        raise Malformed([Problem(path=f"{HEAD}/edXML:From/edXML:OrganId", rule="required")])
    return sender


def _applicant(sender: Mapping[str, str]) -> dict[str, Any]:
    """The agency that sends a document of its own, as applicant."""
    contact = {name: sender[other] for name, other in (("phone", "telephone"), ("email", "email"), ("fax", "fax")) if sender.get(other)}
    return {
        "kind": "state_agency",
        "name": sender.get("name") or sender["id"],
        **({"contact": contact} if contact else {}),
        **({"address": {"street": sender["address"]}} if sender.get("address") else {}),
    }


# ---- both ----------------------------------------------------------------------------------------------------------


def _identifiers(names: Iterable[Name], system: str) -> Iterator[dict[str, str]]:
    """The ids of a dossier: those that numbers of ours name, and those of the documents about it."""
    seen: set[tuple[str, str]] = set()
    for name in names:
        own: OwnName | None = own_name(name, name.organ)
        ids = [{"scheme": own.scheme, "value": own.value}] if own is not None and own.scheme else []
        for one in (*ids, {"scheme": system, "value": name.id} | ({"issuer": name.organ} if name.organ else {})):
            key = (one["scheme"], one["value"])
            if key not in seen and len(one["value"]) <= LONGEST_ID:
                seen.add(key)
                yield one


def _describe(tree: dict[str, Any], message: Mapping[str, Any], *, signature: str = "") -> None:
    """Keep what a message says of itself beside the dossier, and its signature as it came."""
    said = {name: value for name, value in message.items() if value} | ({"signature": signature} if signature else {})
    if said:
        tree.setdefault("extensions", {})["official_document"] = said


def _transfer(message: Mapping[str, Any]) -> Transfer:
    """Convert a message whose id is not known yet. Raises `Malformed` with every fault."""
    return convert_all({**message, "message_id": "edxml"}, Transfer)
