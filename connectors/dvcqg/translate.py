"""From a canonical transfer to the calls of the portal, and back; the field names and codes are in `mappings/dvcqg`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from connectors.dvcqg.wire import PROGRESS, SUBMIT
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
    attachments,
    digest,
    load_table,
)
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.dvcqg.config import Config
    from gateway.sdk import Dossier, Outgoing

__all__ = ["CHUNK", "Tables", "load_tables", "read_item", "write_documents"]

#: How many steps one call may carry.
CHUNK = 10
#: Longest texts that the portal takes; a longer one is a fault, for cutting it would lose something unseen.
LIMITS: Mapping[str, int] = {
    "DanhSachGiayToKetQua[].TenGiayTo": 2000,
    "NguoiXuLy": 50,
    "TaiLieuNop[].TenTepDinhKem": 4000,
    "TrichYeuHoSo": 1000,
}
SUBMISSIONS = frozenset({EventKind.SUBMITTED, EventKind.SUPPLEMENTED})


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled tables of one variant: the dossier, and one step of its processing."""

    dossier: CompiledMapping
    step: CompiledMapping


def load_tables(variant: str) -> Tables:
    """Compile the tables of a variant."""
    return Tables(
        dossier=load_table(table_path("dvcqg", f"ho-so-{variant}")),
        step=load_table(table_path("dvcqg", "tien-do")),
    )


# ---- canonical to portal -------------------------------------------------------------------------------------------


def write_documents(outgoing: Outgoing, tables: Tables, config: Config) -> tuple[Document, ...]:
    """Write the calls that a transfer needs, each as the bare list of its `data`: the dossier when it is submitted or has results,
    then its steps, ten to a call. Raises `Malformed` with every fault.
    """
    transfer = outgoing.accepted.transfer
    tree = _canonical(outgoing)
    documents = []
    whole = transfer.dossier.procedure is not UNSET and transfer.dossier.applicant is not UNSET
    if transfer.event.kind in SUBMISSIONS or (whole and transfer.dossier.results):
        documents.append(_document(SUBMIT, [_whole(tree, transfer.dossier, tables, config)]))
    steps = [_written(tables.step, step) for step in _steps(tree, transfer, outgoing)]
    if problems := list(_too_long(steps)):
        raise Malformed(problems, code="too_long")
    documents += [_document(PROGRESS, steps[start : start + CHUNK]) for start in range(0, len(steps), CHUNK)]
    return tuple(documents)


def _whole(tree: dict[str, Any], dossier: Dossier, tables: Tables, config: Config) -> dict[str, Any]:
    """Write a dossier, with one file to a paper and an address for each file."""
    problems = list(_without_address(dossier, config))
    papers = {part: [one for paper in tree[part] for one in _split(paper, config)] for part in ("components", "results") if part in tree}
    try:
        item = _written(tables.dossier, tree | papers)
        problems += _too_long([item])
    except Malformed as error:
        problems += error.problems
    if problems:
        raise Malformed(problems)
    return item


def _written(table: CompiledMapping, tree: dict[str, Any]) -> dict[str, Any]:
    """Write one item of a call."""
    try:
        found = table.write(tree)
    except Malformed as error:
        raise Malformed([msgspec.structs.replace(one, path=f"dossier.{one.path}") for one in error.problems]) from error
    if not isinstance(found, dict):
        raise TypeError("the tables of the portal are JSON tables")
    return found


def _document(operation: str, items: list[Any]) -> Document:
    """Put the items of one call into a document."""
    return Document(operation=operation, media_type="application/json", body=msgspec.json.encode(items))


def _canonical(outgoing: Outgoing) -> dict[str, Any]:
    """Prepare the canonical tree: named by the id that the portal knows, and with a status."""
    transfer = outgoing.accepted.transfer
    tree: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(transfer.dossier))  # a tuple would be no list to a table
    tree["identifiers"] = _identifiers(outgoing)
    tree.setdefault("status", {"canonical": STATUS_AFTER[transfer.event.kind].value})
    return tree


def _identifiers(outgoing: Outgoing) -> list[dict[str, Any]]:
    """Name the dossier by the code that the portal knows: its own, else the dossier code, else the national code."""
    known = (*outgoing.accepted.transfer.dossier.identifiers, *outgoing.identifiers)
    rest = [msgspec.to_builtins(one) for one in known if one.scheme not in {"dossier", outgoing.system}]
    for scheme in (outgoing.system, "dossier", "national"):
        for one in known:
            if one.scheme == scheme:
                return [{"scheme": "dossier", "value": one.value}, *rest]
    return rest


def _split(paper: dict[str, Any], config: Config) -> Iterator[dict[str, Any]]:
    """Make of a paper with several files several papers, for the portal's list is one of files; tell where the gateway's own lie."""
    files = paper.get("attachments")
    if not files:
        yield paper
        return
    for file in files:
        own = (
            {}
            if config.attachment_url is None or "sha256" not in file
            else {"url": config.attachment_url.replace("{sha256}", file["sha256"])}
        )
        yield {**paper, "attachments": [{**file, **own}]}


def _without_address(dossier: Dossier, config: Config) -> Iterator[Problem]:
    """Name the files that the portal could not fetch."""
    for path, file in attachments(dossier):
        if not file.url and (file.sha256 is UNSET or config.attachment_url is None):
            hint = "set attachment_url in the configuration of the system"
            yield Problem(path=f"{path}.url", rule="the portal fetches files from an address", found="none", hint=hint)


def _steps(tree: dict[str, Any], transfer: Transfer, outgoing: Outgoing) -> Iterator[dict[str, Any]]:
    """Name the steps to report: those of the log, and the event itself unless the log has it or the dossier travels whole."""
    status = STATUS_AFTER[transfer.event.kind].value
    told = False
    for entry in tree.get("log", ()):
        told = told or entry.get("status", {}).get("canonical") == status
        yield _step(tree, {"status": {"canonical": Status.PROCESSING.value}, **entry})
    if told or transfer.event.kind in SUBMISSIONS:
        return
    when = transfer.event.occurred_at or outgoing.accepted.accepted_at
    entry = {"at": msgspec.to_builtins(when), "status": {"canonical": status}}
    if transfer.event.note:
        entry["content"] = transfer.event.note
    yield _step(tree, entry)


def _step(tree: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Make the canonical document of one step."""
    return {"identifiers": tree["identifiers"], "log": [entry]}


def _too_long(items: list[dict[str, Any]]) -> Iterator[Problem]:
    """Name every text that is longer than the portal takes."""
    for item in items:
        for path, limit in LIMITS.items():
            head, listed, field = path.partition("[].")
            for row in item.get(head, []) if listed else [item]:
                length = len(row.get(field if listed else head, ""))
                if length > limit:
                    yield Problem(path=path, rule=f"the portal takes at most {limit} characters", found=f"{length} characters")


# ---- portal to canonical -------------------------------------------------------------------------------------------


def read_item(service: str, item: Any, *, updating: bool, place: str, system: str, tables: Tables) -> Read:
    """Read one dossier or one step that the portal sent; raises `Malformed` with every fault below `place`."""
    if not isinstance(item, dict):
        raise Malformed([Problem(path=place, rule="type", found=type(item).__name__, hint="an object")])
    try:
        tree = (tables.step if service == PROGRESS else tables.dossier).read(item)
        transfer = _transfer(service, item, tree, updating=updating, system=system)
    except Malformed as error:
        raise Malformed([msgspec.structs.replace(one, path=f"{place}.{one.path}") for one in error.problems], code=error.code) from error
    return Read(transfer=transfer, raw=msgspec.json.encode(item), media_type="application/json")


def _transfer(service: str, item: dict[str, Any], tree: dict[str, Any], *, updating: bool, system: str) -> Transfer:
    """Put the canonical tree into a transfer whose message id follows from the content alone."""
    own = next(one["value"] for one in tree["identifiers"] if one["scheme"] == "dossier")
    tree["identifiers"].append({"scheme": system, "value": own})
    tree["log"] = [entry for entry in tree.get("log", ()) if "at" in entry]
    status = Status(tree["status"]["canonical"])
    content = msgspec.json.encode([service, updating, item], order="deterministic")
    message = {
        "message_id": f"dvcqg-{digest(content)[:40]}",
        "event": {"kind": _event(service, status, updating=updating), **_circumstances(service, tree)},
        "dossier": tree,
    }
    try:
        return msgspec.convert(message, Transfer)
    except msgspec.ValidationError as error:
        rule, _, where = str(error).rpartition(" - at ")
        path = re.sub(r"^\$\.", "", where.strip("`"))
        raise Malformed([Problem(path=path, rule=rule or str(error))]) from error


def _event(service: str, status: Status, *, updating: bool) -> EventKind:
    """Tell what happened: a dossier that is new was submitted, a registered one that comes again was supplemented, else the status says it."""
    if service == SUBMIT and not updating:
        return EventKind.SUBMITTED
    if service == SUBMIT and status is Status.REGISTERED:
        return EventKind.SUPPLEMENTED
    return EVENT_OF_STATUS[status]


def _circumstances(service: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Tell when it happened and what was remarked, where the portal said so."""
    if service == PROGRESS:
        entry = tree["log"][0] if tree["log"] else {}
        found = {"occurred_at": entry.get("at"), "note": entry.get("content")}
    else:
        dates = tree.get("dates", {})
        found = {"occurred_at": dates.get("submitted") or dates.get("received")}
    return {name: value for name, value in found.items() if value is not None}
