"""What the simulated agency tells of a dossier: a call of its own, to the service of whoever sent it."""

from __future__ import annotations

from connectors.xroad.header import Header, write_header
from connectors.xroad.identifier import Service, read_subsystem
from connectors.xroad.message import send_body
from gateway.sdk import SOAP_11, Dossier, Event, EventKind, Transfer, primary_identifier, write_envelope

__all__ = ["SERVICE", "answer_message"]

SERVICE = "SendTransfer"


def answer_message(transfer: Transfer, kind: EventKind, *, client: str, provider: str) -> bytes:
    """Write the message that something happened to the dossier of a transfer; the same again has the same id."""
    id_ = f"{transfer.message_id}-{kind}"
    answer = Transfer(
        message_id=id_, event=Event(kind=kind), dossier=Dossier(identifiers=transfer.dossier.identifiers), in_reply_to=transfer.message_id
    )
    service = Service(provider=read_subsystem(provider, place="provider"), code=SERVICE, version="v1")
    issue = primary_identifier(transfer.dossier).value
    header = Header(client=read_subsystem(client, place="client"), service=service, id=id_, issue=issue)
    return write_envelope(SOAP_11, send_body(SERVICE, answer), headers=write_header(header))
