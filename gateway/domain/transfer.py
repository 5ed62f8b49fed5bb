"""One canonical message: what happened to a dossier, as one sender tells it to others."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.domain.dossier import Dossier, Identifier
from gateway.domain.errors import Malformed, Problem
from gateway.domain.event import EventKind
from gateway.domain.part import Moment, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.dossier import Attachment

__all__ = [
    "AcceptedTransfer",
    "Event",
    "Transfer",
    "attachments",
    "digest",
    "encode_accepted",
    "encode_transfer",
    "find_gaps",
    "primary_identifier",
    "require_complete",
]

#: From 2048 bytes on, `hashlib` gives up the interpreter lock.
PIECE = 2047
SHORT = 16 * PIECE
#: The version of the canonical form that is read and written here; left out, it is meant.
SCHEMA: Literal["dossier/1"] = "dossier/1"
Token = Annotated[str, Meta(pattern=r"^[!-~]{1,200}\Z")]


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What happened, and when."""

    kind: Annotated[EventKind, said("What happened to the dossier", "Sự kiện của hồ sơ")]
    occurred_at: Annotated[Moment | None | UnsetType, said("When it happened", "Thời điểm xảy ra")] = UNSET
    note: Annotated[
        Annotated[str, Meta(max_length=4000)] | None | UnsetType,
        said("Reason or remark of the agency", "Lý do, ghi chú"),
    ] = UNSET


class Transfer(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What a system sends: an event and the dossier, whole or the part that the event speaks of.

    `message_id` is the sender's own id of this message: the same id with the same content is the same transfer, however often it comes.
    `recipients` are agency codes or system names; when empty, the routing table of the site decides.
    """

    schema: Annotated[Literal["dossier/1"], said("Version of the canonical form", "Phiên bản lược đồ")] = SCHEMA
    message_id: Annotated[
        Token,
        said("The sender's own id of this message; the same for every repetition", "Mã thông điệp do bên gửi đặt; không đổi khi gửi lại"),
    ]
    event: Annotated[Event, said("What happened, and when", "Sự kiện và thời điểm")]
    dossier: Annotated[Dossier, said("The dossier, whole or in part", "Hồ sơ")]
    recipients: Annotated[
        Annotated[tuple[Token, ...], Meta(max_length=50)],
        said(
            "Agency codes or system names; empty: the routing table decides",
            "Mã cơ quan hoặc tên hệ thống nhận; để trống: theo bảng định tuyến",
        ),
    ] = ()
    in_reply_to: Annotated[
        Token | None | UnsetType,
        said("Id of the message that this one answers", "Mã thông điệp được trả lời"),
    ] = UNSET


class AcceptedTransfer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A transfer that the gateway has accepted: what travels on the queue and what a connector writes from."""

    id: str
    sender: str
    dossier_id: str
    accepted_at: datetime
    transfer: Transfer


def encode_transfer(transfer: Transfer) -> bytes:
    """Write a transfer as canonical JSON: said or left out, the version makes no other content."""
    return msgspec.json.encode(msgspec.structs.replace(transfer, schema=SCHEMA))  # the default itself, which is not written


def encode_accepted(accepted: AcceptedTransfer, canonical: bytes) -> bytes:
    """Write an accepted transfer as JSON, given its transfer as JSON: what is written already is not written again."""
    fields = {name: getattr(accepted, name) for name in ("id", "sender", "dossier_id", "accepted_at")}
    return msgspec.json.encode(fields | {"transfer": msgspec.Raw(canonical)})


def digest(content: bytes) -> str:
    """Name a content by its SHA-256, hexadecimal.

    A short one is hashed in pieces so small that Python keeps its interpreter lock: to win it back costs more than the hashing.
    """
    if len(content) > SHORT:
        return sha256(content).hexdigest()
    hashed = sha256()
    for begin in range(0, len(content), PIECE):
        hashed.update(content[begin : begin + PIECE])
    return hashed.hexdigest()


def attachments(dossier: Dossier) -> Iterator[tuple[str, Attachment]]:
    """Walk over every attachment of a dossier, each with its path."""
    for index, component in enumerate(dossier.components):
        for place, attachment in enumerate(component.attachments):
            yield f"dossier.components[{index}].attachments[{place}]", attachment
    for index, result in enumerate(dossier.results):
        for place, attachment in enumerate(result.attachments):
            yield f"dossier.results[{index}].attachments[{place}]", attachment


def primary_identifier(dossier: Dossier) -> Identifier:
    """Name the id that people know the dossier by: its dossier code, else its national code, else the first."""
    ranks = {"dossier": 0, "national": 1}
    return min(dossier.identifiers, key=lambda identifier: ranks.get(identifier.scheme, 2))


def find_gaps(transfer: Transfer) -> list[Problem]:
    """List what the event demands of the dossier and the dossier lacks, with paths; empty when nothing is missing."""
    dossier = transfer.dossier
    missing = _missing(dossier) if transfer.event.kind is EventKind.SUBMITTED else []
    return [*missing, *_repeated(dossier.identifiers), *_without_content(dossier)]


def require_complete(transfer: Transfer) -> None:
    """Raise `Malformed` with every gap that `find_gaps` lists."""
    if gaps := find_gaps(transfer):
        raise Malformed(gaps, code="incomplete")


def _missing(dossier: Dossier) -> list[Problem]:
    """List what a submission needs and this one lacks."""
    wanted = {"procedure": dossier.procedure, "applicant": dossier.applicant}
    return [
        Problem(path=f"dossier.{name}", rule="a submission needs it", found="nothing") for name, value in wanted.items() if value is UNSET
    ]


def _repeated(identifiers: tuple[Identifier, ...]) -> list[Problem]:
    """List the identifiers that stand there twice."""
    keys = [(identifier.scheme, identifier.value) for identifier in identifiers]
    return [
        Problem(path=f"dossier.identifiers[{index}]", rule="named twice", found="a repetition")
        for index, key in enumerate(keys)
        if key in keys[:index]
    ]


def _without_content(dossier: Dossier) -> list[Problem]:
    """List the attachments that name no content."""
    return [
        Problem(path=path, rule="needs sha256 of an uploaded file, or url, or id", found="none of them")
        for path, attachment in attachments(dossier)
        if attachment.sha256 is UNSET and attachment.url is UNSET and attachment.id is UNSET
    ]
