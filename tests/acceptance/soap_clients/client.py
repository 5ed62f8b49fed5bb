"""Sends, fetches (by MTOM), reads, acknowledges and provokes a fault with zeep; says in JSON what it saw."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests
import zeep
from lxml import etree
from zeep.transports import Transport

SOAP = "{urn:vn:lienthong:soap:1}"


def service(address: str, version: str, key: str) -> Any:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    port = "LienthongSoap12" if version == "1.2" else "LienthongSoap11"
    transport = Transport(session=session)
    return zeep.Client(f"{address}?wsdl", port_name=port, transport=transport).service


def transfer(message_id: str, code: str) -> dict[str, Any]:
    attachment = {"name": "giấy.pdf", "url": "cid:f1"}
    dossier = {
        "identifiers": {"identifier": [{"value": code, "scheme": "dossier"}]},
        "procedure": {"code": "1.012784"},
        "applicant": {"kind": "citizen", "name": "Nguyễn Văn Thử"},
        "components": {"component": [{"attachments": {"attachment": [attachment]}}]},
    }
    return {"message_id": message_id, "event": {"kind": "submitted"}, "dossier": dossier}


def main(address: str, version: str, sender_key: str, receiver_key: str, file: str, code: str) -> None:
    sender, receiver = service(address, version, sender_key), service(address, version, receiver_key)
    content = Path(file).read_bytes()
    sent = sender.SendDossier(transfer=transfer(f"zeep-{code}", code), attachments={"attachment": [{"id": "f1", "content": content}]})
    (delivery,) = receiver.GetPending(limit=10, hold_seconds=60)
    read = receiver.GetDossier(transfer_id=delivery.transfer_id, contents="mtom")
    receiver.Acknowledge(delivery_id=delivery.delivery_id, lease=delivery.lease, reference=f"ZEEP-{code}")
    status = sender.GetStatus(transfer_id=sent.receipt.transfer_id)
    fault: Any = None
    try:
        sender.SendDossier(transfer=transfer("x y", ""))
    except zeep.exceptions.Fault as error:
        fault = error
    detail = etree.ElementTree(fault.detail)
    said = {
        "sent": sent.receipt.transfer_id,
        "pending": delivery.transfer_id,
        "owner": read.transfer.dossier.applicant.name,
        "sha256": read.attachments.attachment[0].sha256,
        "same": read.attachments.attachment[0].content == content,
        "state": status.deliveries.delivery[0].state,
        "fault_code": fault.code,
        "fault_text": fault.message,
        "fault_paths": [one.text for one in detail.iter(f"{SOAP}path")],
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
