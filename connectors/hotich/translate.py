"""From a canonical transfer to a registration, and from a status to a canonical transfer; names and codes are in `mappings/hotich`."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from gateway.sdk import (
    EVENT_OF_STATUS,
    CompiledMapping,
    Document,
    Dossier,
    EventKind,
    Identifier,
    Malformed,
    Problem,
    Read,
    Status,
    Transfer,
    attachments,
    digest,
    load_table,
    tree_of,
)
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connectors.hotich.config import Config
    from gateway.sdk import Outgoing

__all__ = ["REGISTER", "StatusNews", "Tables", "dossier_code", "load_tables", "read_status", "reference_of", "write_registration"]

REGISTER = "dangKyHoTich"
SUBMISSIONS = frozenset({EventKind.SUBMITTED, EventKind.SUPPLEMENTED})
#: Which of the ids of a dossier it is registered under: the first of these that it has.
RANKS = {"dossier": 0, "national": 1}
#: What a registration may tell: the steps of processing, often most of a dossier, have no place in it.
TOLD = tuple(name for name in Dossier.__struct_fields__ if name != "log")
UNIT = re.compile(r"[0-9]{5}")


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled tables of one generation: the registration, and one status."""

    registration: CompiledMapping
    status: CompiledMapping


class StatusNews(msgspec.Struct, frozen=True, kw_only=True):
    """What one status says, and the result files that it brought, by their hash."""

    read: Read
    files: dict[str, bytes]


def load_tables(generation: str) -> Tables:
    """Compile the tables of a generation."""
    return Tables(
        registration=load_table(table_path("hotich", f"dang-ky-{generation}")),
        status=load_table(table_path("hotich", "trang-thai")),
    )


# ---- canonical to civil registration -------------------------------------------------------------------------------


def write_registration(outgoing: Outgoing, tables: Tables, config: Config) -> Document:
    """Write the registration of a dossier, with the hash of each file in the place of its content. Raises `Malformed` with every fault:
    this dialect can take submissions and supplements only.
    """
    transfer = outgoing.accepted.transfer
    if transfer.event.kind not in SUBMISSIONS:
        rule = "civil registration takes submissions and supplements only"
        raise Malformed([Problem(path="event.kind", rule=rule, found=transfer.event.kind.value)], code="not_sayable")
    problems = [
        Problem(path=path, rule="civil registration needs the content of the file", found="no sha256")
        for path, attachment in attachments(transfer.dossier)
        if attachment.sha256 is UNSET
    ]
    try:
        tree = tables.registration.write(_canonical(outgoing, config))
    except Malformed as error:
        problems += [msgspec.structs.replace(one, path=f"dossier.{one.path}") for one in error.problems]
    if problems:
        raise Malformed(problems)
    return Document(operation=REGISTER, media_type="application/json", body=msgspec.json.encode(tree))


def _canonical(outgoing: Outgoing, config: Config) -> dict[str, Any]:
    """Prepare the canonical tree: the code of the place of registration, the national procedure code, one numbered file to a paper."""
    tree = tree_of(outgoing.accepted.transfer.dossier, TOLD)
    own = [msgspec.to_builtins(one) for one in outgoing.identifiers if one.scheme == "national"]
    code = {"scheme": "dossier", "value": dossier_code(outgoing)}
    tree["identifiers"] = [code, *(one for one in (*tree["identifiers"], *own) if one["scheme"] != "dossier")]
    if "procedure" in tree:
        tree["procedure"]["code"] = ".".join(tree["procedure"]["code"].split(".")[:2])
    agency = tree.setdefault("agency", {})
    unit = _unit(agency.pop("code", None), config)
    if unit:
        agency["code"] = unit
    tree["components"] = list(_numbered(tree.get("components", ())))
    return tree


def _unit(agency: str | None, config: Config) -> str | None:
    """Find the code of the place of registration: the site's, else the agency code when it is of five digits."""
    if agency is None:
        return None
    return config.units.get(agency) or (agency if UNIT.fullmatch(agency) else None)


def _numbered(papers: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Make of a paper with several files several papers, and number the files from 1."""
    number = 0
    for paper in papers:
        for file in paper.get("attachments", ()):
            number += 1
            yield {**paper, "attachments": [{**file, "id": str(number)}]}


def dossier_code(outgoing: Outgoing) -> str:
    """The id under which the dossier is registered: its dossier code, else its national code, else its first."""
    known: Sequence[Identifier] = (*outgoing.accepted.transfer.dossier.identifiers, *outgoing.identifiers)
    return min(known, key=lambda one: RANKS.get(one.scheme, 2)).value


def reference_of(document: Document) -> str:
    """Name the case at civil registration, `<module>:<id>`: a question for its status needs both."""
    found = msgspec.json.decode(document.body)
    return f"{found['module']}:{found.get('maHoSoMCDT') or found.get('maHoSo')}"


# ---- civil registration to canonical -------------------------------------------------------------------------------


def read_status(row: dict[str, Any], *, known: Sequence[Identifier], tables: Tables, place: str = "value") -> StatusNews:
    """Read one status; `known` are the ids that the gateway has for the dossier. Raises `Malformed` with every fault below `place`.

    The message id follows from dossier, status, time, words and files: the same news is the same message.
    """
    try:
        claimed, files = _claim_files(row)
        tree = tables.status.read(claimed)
        transfer = _transfer(tree, row, files, known)
    except Malformed as error:
        raise Malformed([msgspec.structs.replace(one, path=f"{place}.{one.path}") for one in error.problems], code=error.code) from error
    raw = msgspec.json.encode(claimed)
    return StatusNews(read=Read(transfer=transfer, raw=raw, media_type="application/json"), files=files)


def _transfer(tree: dict[str, Any], row: dict[str, Any], files: Iterable[str], known: Sequence[Identifier]) -> Transfer:
    """Put the canonical tree into a transfer."""
    tree["identifiers"] = _identifiers(tree.get("identifiers", ()), known)
    tree["log"] = [entry for entry in tree.get("log", ()) if "at" in entry]
    status = Status(tree["status"]["canonical"])
    said = [str(row.get(name) or "") for name in ("trangThai", "thoiGianThucHien", "noiDungXuLy", "ghiChu")]
    identity = [tree["identifiers"][0]["value"], *said, *sorted(files)]
    event = {"kind": EVENT_OF_STATUS[status], "occurred_at": tree["status"].get("at"), "note": row.get("noiDungXuLy") or row.get("ghiChu")}
    message = {
        "message_id": f"hotich-{digest(msgspec.json.encode(identity))[:40]}",
        "event": {name: value for name, value in event.items() if value},
        "dossier": tree,
    }
    try:
        return msgspec.convert(message, Transfer)
    except msgspec.ValidationError as error:
        rule, _, where = str(error).rpartition(" - at ")
        raise Malformed([Problem(path=re.sub(r"^\$\.", "", where.strip("`")), rule=rule or str(error))]) from error


def _identifiers(told: Iterable[dict[str, Any]], known: Sequence[Identifier]) -> list[dict[str, Any]]:
    """Name the ids that the status tells, under the schemes that the gateway has for them.

    Others that the gateway knows stay out: they grow with time, and the same news must have the same content.
    """
    schemes = {one.value: one.scheme for one in sorted(known, key=lambda one: (RANKS.get(one.scheme, 2), one.scheme), reverse=True)}
    ids = {one["value"]: {"scheme": schemes.get(one["value"], one["scheme"]), "value": one["value"]} for one in told if one.get("value")}
    if not ids:
        raise Malformed([Problem(path="maHoSoMCDT", rule="required", found="nothing")])
    return list(ids.values())


def _claim_files(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Take the result files out of a status and leave hash, size and name in their place."""
    result = row.get("ketQuaXuLy")
    if isinstance(result, str):
        result = _embedded(result)
    if not isinstance(result, dict):
        return {name: value for name, value in row.items() if name != "ketQuaXuLy"}, {}
    claimed, files = dict(result), {}
    for name, value in result.items():
        if name.startswith(("giay", "trichLuc")) and isinstance(value, str) and value:
            content = _decoded(value, f"ketQuaXuLy.{name}")
            files[digest(content)] = content
            claimed[name] = {"sha256": digest(content), "size": len(content), "name": f"{name}.pdf", "media_type": "application/pdf"}
        elif value in ("", None):
            del claimed[name]
    return {**row, "ketQuaXuLy": claimed}, files


def _embedded(text: str) -> Any:
    """Read a result that came as JSON in a text; an empty text is none."""
    if not text.strip():
        return None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Malformed([Problem(path="ketQuaXuLy", rule="json", found="something else")]) from error


def _decoded(text: str, path: str) -> bytes:
    """Read a file in base64, with or without line breaks."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed([Problem(path=path, rule="base64", found="something else")]) from error
