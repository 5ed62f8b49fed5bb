"""From a canonical transfer to a document or a status message; names and codes are in `mappings/edxml`."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import msgspec

from connectors.edxml.intake import CANONICAL
from connectors.edxml.letter import instant_of, letter_of
from connectors.edxml.node import NAMESPACE
from gateway.sdk import STATUS_AFTER, CompiledMapping, Document, Malformed, Transfer, load_table, tree_of
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.edxml.config import Config
    from connectors.edxml.letter import Letter, Name
    from gateway.sdk import Outgoing

__all__ = ["CANONICAL_NAME", "DOCUMENT", "STATUS", "Tables", "load_tables", "write_document"]

DOCUMENT, STATUS = "edoc", "status"
CANONICAL_NAME = "ho-so-lien-thong.json"
#: Of what other documents said, this alone may be said again; the rest spoke of their own way.
SAID_AGAIN = "edXML:edXMLHeader/edXML:MessageHeader/edXML:OtherInfo/"
#: Ids of contents by the part of the dossier they are from, with the numbers of paper and file.
PARTS = {"components": "thanh-phan", "results": "ket-qua"}
#: What a status message says in other ways: its document names the dossier.
SAID_OTHERWISE = ("identifiers", "message", "event.kind", "event.occurred_at")
#: Paths of faults that are none of the dossier.
ELSEWHERE = ("edXML:", "event.", "message.")


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled tables: a document, and a status message."""

    document: CompiledMapping
    status: CompiledMapping


@cache
def load_tables() -> Tables:
    """Compile the tables, once for every system that uses them."""
    return Tables(document=load_table(table_path("edxml", "van-ban")), status=load_table(table_path("edxml", "trang-thai")))


def write_document(outgoing: Outgoing, tables: Tables, config: Config) -> Document:
    """Write the one message that a transfer needs, with the hash of each file in the place of its content; pure. Raises `Malformed` with
    every fault.
    """
    letter = letter_of(outgoing, config)
    if letter.kind == "status":
        tree = _status_tree(outgoing, letter, config)
        if config.status_messages == "always" or not _lost(tables.status, tree):
            return _document(STATUS, _written(tables.status, tree), b"")
    tree = _document_tree(outgoing, letter, config)
    canonical = _canonical(outgoing.accepted.transfer) if config.carry_canonical else None
    files = [paper["attachments"][0] for paper in tree["components"]]
    if canonical is not None:
        carrier = {"content_id": "cid:ho-so-lien-thong", "name": CANONICAL_NAME, "media_type": CANONICAL}
        tree["components"].append({"name": "Dữ liệu hồ sơ cho cổng kết nối", "attachments": [carrier]})
        files.append({**carrier, "content": canonical})
    return _document(DOCUMENT, _written(tables.document, tree), b"".join(map(_attachment, files)))


# ---- the two trees -------------------------------------------------------------------------------------------------


def _status_tree(outgoing: Outgoing, letter: Letter, config: Config) -> dict[str, Any]:
    """The canonical tree of a status message: the last step of the log names the official."""
    transfer = outgoing.accepted.transfer
    tree = tree_of(transfer.dossier)
    status = tree.setdefault("status", {"canonical": STATUS_AFTER[transfer.event.kind].value})
    status.setdefault("at", instant_of(outgoing).isoformat())
    tree["log"] = tree.get("log", [])[-1:]
    tree["event"] = msgspec.to_builtins(transfer.event)
    tree["message"] = {"from": msgspec.to_builtins(config.organ), "answers": list(_answers(letter))}
    tree.pop("extensions", None)
    return tree


def _document_tree(outgoing: Outgoing, letter: Letter, config: Config) -> dict[str, Any]:
    """The canonical tree of a document: a paper for each file, and the dossier in words."""
    transfer = outgoing.accepted.transfer
    tree = tree_of(transfer.dossier)
    tree["components"] = list(_one_file_papers(tree))
    tree["subject"] = tree.get("subject") or f"Hồ sơ {letter.notation}"
    tree["event"] = msgspec.to_builtins(transfer.event)
    kept = tree.pop("extensions", {}).get("edxml", {})
    organs = [one.id for one in letter.to]
    tree["extensions"] = {"edxml": {path: value for path, value in kept.items() if path.startswith(SAID_AGAIN)}} if kept else {}
    tree["message"] = {
        "from": msgspec.to_builtins(config.organ),
        "to": [msgspec.to_builtins(one) for one in letter.to],
        "document_id": letter.name.id,
        "number": letter.number,
        "notation": letter.notation,
        "place": config.place,
        "date": letter.day.isoformat(),
        "type": "2",
        "type_detail": "0",
        "summary": "\n".join(_summary(tree, letter)),
        "signer": msgspec.to_builtins(config.signer),
        "places": [one.name for one in letter.to],
        "answers": list(_answers(letter)),
        "at": instant_of(outgoing).isoformat(),
        "business": letter.business,
        **({"about": letter.about} if letter.about else {}),
        **({"replaces": [{"document_id": one, "organs": organs} for one in letter.replaces]} if letter.replaces else {}),
    }
    return tree


def _one_file_papers(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Make of each file whose content is here a paper of its own, with an id that says where it belongs."""
    for part, word in PARTS.items():
        for number, paper in enumerate(tree.get(part, ()), 1):
            for place, file in enumerate(paper.get("attachments", ()), 1):
                if "sha256" in file:
                    file_paper: dict[str, Any] = {"attachments": [{**file, "content_id": f"cid:{word}-{number}-{place}"}]}
                    yield file_paper | ({"name": paper["name"]} if paper.get("name") else {})


def _answers(letter: Letter) -> Iterator[dict[str, str]]:
    """The documents that a message answers."""
    for name in letter.answers:
        yield {"organ": name.organ, "code": name.code, "document_id": name.id} | ({"date": name.day} if _is_day(name) else {})


def _is_day(name: Name) -> bool:
    """Tell whether the id of a document says its day."""
    return len(name.day) == len("2026-03-02")


def _summary(tree: Mapping[str, Any], letter: Letter) -> Iterator[str]:
    """The dossier in words, for an official who has no gateway."""
    procedure, dates = tree.get("procedure", {}), tree.get("dates", {})
    facts = (
        ("Mã hồ sơ", letter.notation),
        ("Thủ tục", " – ".join(filter(None, [procedure.get("code"), procedure.get("name")]))),
        ("Người nộp", tree.get("applicant", {}).get("name")),
        ("Cơ quan giải quyết", tree.get("agency", {}).get("name")),
        ("Ngày tiếp nhận", (dates.get("received") or "")[:10]),
        ("Ngày hẹn trả", (dates.get("due") or "")[:10]),
        ("Ý kiến", tree["event"].get("note")),
        ("Ghi chú", tree.get("note")),
    )
    for label, said in facts:
        if said:
            yield f"{label}: {said}"


# ---- bytes ---------------------------------------------------------------------------------------------------------


def _written(table: CompiledMapping, tree: Mapping[str, Any]) -> bytes:
    """Write a tree. Raises `Malformed` with the path of every fault: of the canonical field, or of the element that cannot say it."""
    try:
        return table.write_bytes(tree)
    except Malformed as error:
        problems = [
            one if one.path.startswith(ELSEWHERE) else msgspec.structs.replace(one, path=f"dossier.{one.path}") for one in error.problems
        ]
        raise Malformed(problems, code=error.code) from error


def _canonical(transfer: Transfer) -> bytes:
    """The transfer for another gateway: all but what speaks of this one's way."""
    tree = tree_of(transfer)
    return msgspec.json.encode({name: value for name, value in tree.items() if name not in {"message_id", "recipients"}})


def _attachment(file: Mapping[str, Any]) -> bytes:
    """Write an attachment: its content, or the hash that is replaced by it when it is sent."""
    content = base64.b64encode(file["content"]).decode() if "content" in file else file["sha256"]
    said = {"ContentId": file["content_id"], "AttachmentName": file["name"], "ContentType": file.get("media_type") or ""}
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in said.items() if text)
    return f"<Attachment>{inner}<ContentTransferEncoded>{content}</ContentTransferEncoded></Attachment>".encode()


def _document(operation: str, envelope: bytes, attachments: bytes) -> Document:
    """Put a document together: the envelope with prefixes, the attachments without."""
    behind = b"<AttachmentEncoded>" + attachments + b"</AttachmentEncoded>" if attachments else b""
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<edXML xmlns="{NAMESPACE}">'.encode() + envelope + behind + b"</edXML>"
    return Document(operation=operation, media_type="application/xml", body=body)


def _lost(table: CompiledMapping, tree: Mapping[str, Any]) -> list[str]:
    """What a status message would not say."""
    return [path for path in table.loss(tree) if not path.startswith(SAID_OTHERWISE)]
