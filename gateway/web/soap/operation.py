"""The operations of the SOAP door: the use cases of REST v1, with its rights and its idempotency."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import msgspec

from gateway.domain.errors import Malformed, Refused
from gateway.domain.transfer import attachments
from gateway.soap import with_contents
from gateway.web.soap import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.web.soap.asked import Asked

__all__ = ["acknowledge", "fetch", "follow", "look", "read", "refuse", "send"]

Kind = TypeVar("Kind", bound=msgspec.Struct)


async def send(asked: Asked, said: message.SendDossier) -> message.SendDossierResponse:
    """Accept a transfer with what came along; a repetition is answered with the stored receipt."""
    doors, name = asked.doors, asked.system.name
    try:
        stored = await asked.enclosed.store(doors.blobs(name))
        with _below("transfer"):
            transfer = with_contents(said.transfer, stored, is_signed=asked.is_signed)
            receipt, new = await doors.acceptor.accept(name, transfer, raw=asked.raw, raw_media_type=asked.raw_media_type)
    except (Malformed, Refused) as error:
        doors.telemetry.refused(sender=name, code=error.code)
        raise
    return message.SendDossierResponse(receipt=_like(receipt, message.Receipt), repeated=not new)


async def fetch(asked: Asked, said: message.GetPending) -> message.GetPendingResponse:
    """Hand out deliveries, the oldest first, at most one of a dossier."""
    asked.require_inbox()
    items = await asked.doors.inbox.lease(asked.system.name, limit=said.limit, hold=timedelta(seconds=said.hold_seconds))
    return message.GetPendingResponse(
        deliveries=tuple(
            message.PendingDelivery(
                delivery_id=item.delivery_id,
                lease=item.lease,
                leased_until=item.leased_until,
                repeated=item.repeated,
                transfer_id=item.accepted.id,
                dossier_id=item.accepted.dossier_id,
                sender=item.accepted.sender,
                event=item.accepted.transfer.event.kind,
                accepted_at=item.accepted.accepted_at,
                identifiers=item.identifiers,
            )
            for item in items
        )
    )


async def read(asked: Asked, said: message.GetDossier) -> message.GetDossierResponse:
    """Read a transfer, and which contents of its attachments are here."""
    record = await asked.transfer_of(said.transfer_id)
    transfer = await asked.content_of(record)
    hashes = dict.fromkeys(one.sha256 for _, one in attachments(transfer.dossier) if isinstance(one.sha256, str))
    found = [await asked.doors.blobs(asked.system.name).info(one) for one in hashes]
    return message.GetDossierResponse(
        transfer_id=record.id,
        dossier_id=record.dossier_id,
        sender=record.sender,
        accepted_at=record.accepted_at,
        transfer=transfer,
        attachments=tuple(message.StoredContent(sha256=info.sha256, size=info.size) for info in found if info),
    )


async def acknowledge(asked: Asked, said: message.Acknowledge) -> message.AcknowledgeResponse:
    """Settle a delivery as taken."""
    asked.require_inbox()
    await asked.doors.inbox.acknowledge(asked.system.name, said.delivery_id, said.lease, reference=said.reference)
    return message.AcknowledgeResponse()


async def refuse(asked: Asked, said: message.Refuse) -> message.RefuseResponse:
    """Settle a delivery as refused."""
    asked.require_inbox()
    await asked.doors.inbox.refuse(asked.system.name, said.delivery_id, said.lease, code=said.code, text=said.text)
    return message.RefuseResponse()


async def look(asked: Asked, said: message.GetStatus) -> message.GetStatusResponse:
    """Read the receipt and the deliveries of a transfer."""
    record = await asked.transfer_of(said.transfer_id)
    page = await asked.deliveries_of(record, cursor=said.cursor or None, limit=said.limit)
    return message.GetStatusResponse(
        receipt=_like(record.receipt, message.Receipt),
        deliveries=tuple(_like(one, message.Delivery) for one in page.deliveries),
        cursor=page.cursor or msgspec.UNSET,
    )


async def follow(asked: Asked, said: message.GetTrace) -> message.GetTraceResponse:
    """Follow a dossier by any of its ids."""
    trace = await asked.trace(said.identifier, scheme=said.scheme or None)
    return message.GetTraceResponse(
        dossier_id=trace.dossier.id,
        origin=trace.dossier.origin,
        procedure=trace.dossier.procedure,
        opened_at=trace.dossier.opened_at,
        identifiers=trace.dossier.identifiers,
        transfers=tuple(_like(one, message.TracedTransfer) for one in trace.transfers),
        deliveries=tuple(_like(one, message.Delivery) for one in trace.deliveries),
    )


def _like(value: msgspec.Struct, kind: type[Kind]) -> Kind:
    """A value as the message that says the same."""
    return msgspec.convert(value, kind, from_attributes=True)


@contextmanager
def _below(name: str) -> Iterator[None]:
    """Name what is wrong with a field of the message by its whole path."""
    try:
        yield
    except Malformed as error:
        problems = [msgspec.structs.replace(one, path=f"{name}.{one.path}" if one.path else name) for one in error.problems]
        raise Malformed(problems, code=error.code) from error
